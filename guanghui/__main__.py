"""``python -m guanghui``."""

from guanghui.plan.run.cli import main

if __name__ == "__main__":
    main()
