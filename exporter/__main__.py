"""The entry point; a signal ends it without a traceback, even during imports."""

import os
import signal
import sys
from types import FrameType

_INTERRUPTED = 130
_TERMINATED = 143


def main() -> int:
    """Run the command line and return the process's exit code."""
    # A reload requested meanwhile needs nothing: the configuration has not been read yet, or just now. By default the
    # signal ends the process, which systemd takes for a clean exit. The simulation has nothing to reload.
    if "simulate" not in sys.argv:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    # Process 1 of a container ignores signals without a handler. The event loop replaces this one when it starts.
    signal.signal(signal.SIGTERM, _terminate)
    try:
        from exporter.cli.main import main as run  # noqa: PLC0415 - slow imports belong inside the try

        return run()
    except KeyboardInterrupt:
        return _INTERRUPTED


def _terminate(_number: int, _frame: FrameType | None) -> None:
    """End the process at once: nothing has been started that must be stopped."""
    os._exit(_TERMINATED)


if __name__ == "__main__":
    sys.exit(main())
