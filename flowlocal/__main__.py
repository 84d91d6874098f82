"""``python -m flowlocal`` is the command line."""

from flowlocal.cli import main

if __name__ == "__main__":
    main()
