"""The dispositions that agents give to calls, in a fixed order that every agent repeats."""

from collections import Counter
from collections.abc import Mapping
from itertools import islice

DISPOSITIONS = ("Resolved", "Call back", "Sale", "No resolution")
# Most calls are resolved.
_ORDER = ("Resolved", "Call back", "Resolved", "Sale", "Resolved", "Resolved", "No resolution", "Resolved")


def dispositions_of(calls: int) -> Mapping[str, float]:
    """Return how many of an agent's calls of a day have each disposition."""
    rounds, rest = divmod(calls, len(_ORDER))
    each, begun = Counter(_ORDER), Counter(islice(_ORDER, rest))
    return {name: rounds * each[name] + begun[name] for name in DISPOSITIONS}
