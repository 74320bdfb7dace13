"""Programs from outside that some tests hand their output to."""

import os
import shutil

import pytest


def require(name: str) -> str:
    """Return the path of a program; where it is missing the test is skipped, or fails where CI=true."""
    path = shutil.which(name)
    if path is None:
        message = f"{name} is not on the PATH"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path
