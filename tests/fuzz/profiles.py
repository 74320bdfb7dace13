"""Number of cases: few and fixed in every test run, many and random in `make fuzz`."""

import os
from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

Test = TypeVar("Test", bound=Callable[..., None])

LONG = os.environ.get("FUZZ") == "long"
# The share of the long profile's cases to run.
_SHARE = float(os.environ.get("FUZZ_SHARE", "1"))
counted: Counter[str] = Counter()


def cases(short: int, many: int, **given_as: st.SearchStrategy[Any]) -> Callable[[Test], Test]:
    """Return a decorator that runs a property with a number of cases and counts them.

    Args:
        short: Number of cases in a test run.
        many: Number of cases in `make fuzz`.
        given_as: Strategies of the test's arguments; other arguments are fixtures.
    """
    profile = settings(
        max_examples=max(1, round(many * _SHARE)) if LONG else short,
        derandomize=not LONG,
        database=None,
        deadline=None,
        print_blob=LONG,
        # A case is only a few changes, and shrinking it takes minutes.
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )

    def decorate(test: Test) -> Test:
        name = test.__name__.removeprefix("test_").replace("_", " ")

        @wraps(test)
        def count(*args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - arguments of the property
            counted[name] += 1
            test(*args, **kwargs)

        return profile(given(**given_as)(count))  # type: ignore[return-value]

    return decorate
