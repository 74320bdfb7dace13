"""Starts the command line, so that an interrupt ends it quietly even while it is loaded."""

import sys

_INTERRUPTED = 130


def main() -> int:
    """Run the command line and return the process's exit code."""
    try:
        from exporter.cli.main import main as run  # noqa: PLC0415 - what takes time to load is loaded within the try

        return run()
    except KeyboardInterrupt:
        return _INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
