"""How many cases: few with every test run and always the same, many by `make fuzz` and always others."""

import os
from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

Test = TypeVar("Test", bound=Callable[..., None])

LONG = os.environ.get("FUZZ") == "long"
# A share of the long profile's cases, to look quickly or for longer.
_SHARE = float(os.environ.get("FUZZ_SHARE", "1"))
counted: Counter[str] = Counter()


def cases(short: int, many: int, **given_as: st.SearchStrategy[Any]) -> Callable[[Test], Test]:
    """Return a decorator that has a property tried with so many cases, which are counted.

    Args:
        short: How many with every test run.
        many: How many by `make fuzz`.
        given_as: What the test's arguments are drawn from; the others are fixtures.
    """
    profile = settings(
        max_examples=max(1, round(many * _SHARE)) if LONG else short,
        derandomize=not LONG,
        database=None,
        deadline=None,
        print_blob=LONG,
        # A case is a handful of changes already, and making it less takes minutes.
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )

    def decorate(test: Test) -> Test:
        name = test.__name__.removeprefix("test_").replace("_", " ")

        @wraps(test)
        def count(*args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the property's own
            counted[name] += 1
            test(*args, **kwargs)

        return profile(given(**given_as)(count))  # type: ignore[return-value]

    return decorate
