"""``python -m plan``, as long as the checkout is the working directory."""

from guanghui.plan.run.cli import main

if __name__ == "__main__":
    main()
