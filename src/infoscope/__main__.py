"""Run the command line as ``python -m infoscope``."""

from infoscope.cli import main

if __name__ == "__main__":
    main()
