"""The entry point; an interrupt ends it without a traceback, even during imports."""

import sys

_INTERRUPTED = 130


def main() -> int:
    """Run the command line and return the process's exit code."""
    try:
        from exporter.cli.main import main as run  # noqa: PLC0415 - slow imports belong inside the try

        return run()
    except KeyboardInterrupt:
        return _INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
