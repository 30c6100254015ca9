"""``python -m plan``."""

from plan.cli import main

if __name__ == "__main__":
    main()
