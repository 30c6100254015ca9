"""``python -m guanghui``."""

from guanghui.plan.cli import main

if __name__ == "__main__":
    main()
