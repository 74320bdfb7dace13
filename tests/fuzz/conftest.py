"""Nothing is stored, and a long run says how many cases it tried."""

import tempfile

import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from tests.fuzz.profiles import LONG, counted

_HOME = tempfile.TemporaryDirectory()
set_hypothesis_home_dir(_HOME.name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many cases each property was tried with."""
    if LONG and counted:
        terminalreporter.section("cases")
        for name, count in counted.items():
            terminalreporter.line(f"{count:>10,}  {name}")
        terminalreporter.line(f"{counted.total():>10,}  together")


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    _HOME.cleanup()
