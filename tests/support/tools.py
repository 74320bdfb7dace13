"""External programs that some tests run."""

import os
import shutil

import pytest


def require(name: str) -> str:
    """Return the path of a program; if it is missing, skip the test, or fail it if CI=true."""
    path = shutil.which(name)
    if path is None:
        message = f"{name} is not on the PATH"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path
