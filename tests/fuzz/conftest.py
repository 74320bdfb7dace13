"""Keep no state between runs, and print the number of cases after a long run."""

import tempfile

import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from tests.fuzz.profiles import LONG, counted

_HOME = tempfile.TemporaryDirectory()
set_hypothesis_home_dir(_HOME.name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the number of cases of each property."""
    if LONG and counted:
        terminalreporter.section("cases")
        for name, count in counted.items():
            terminalreporter.line(f"{count:>10,}  {name}")
        terminalreporter.line(f"{counted.total():>10,}  total")


def pytest_unconfigure() -> None:
    """Delete the temporary home."""
    _HOME.cleanup()
