"""Waits that a vendor counts in buckets, as histograms of the model."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise
from typing import Final, cast

from exporter.model import CONTACT_OUTCOMES, ContactOutcome, Histogram

ALL: Final = "all"
SUM: Final = "sum"


def wait_histograms(counts: Mapping[str, float]) -> Mapping[ContactOutcome, Histogram]:
    """Return the waits of each outcome; for a schema's `combine`.

    Args:
        counts: By outcome and upper bound in seconds, such as `answered.30`, the contacts that waited for at most that
            long; as `answered.all` all contacts, and as `answered.sum` the seconds that they waited, if published.
            Without the count of all contacts, or with counts that do not grow with the bound, an outcome is left out.

    Raises:
        ValueError: A name is not of this form: a mistake in the schema.
    """
    by_outcome: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for name, count in counts.items():
        outcome, _, bound = name.partition(".")
        if outcome not in CONTACT_OUTCOMES:
            message = f"{name}: unknown outcome"
            raise ValueError(message)
        by_outcome[outcome][bound] = count
    found = ((cast("ContactOutcome", outcome), _histogram(entries)) for outcome, entries in by_outcome.items())
    return {outcome: histogram for outcome, histogram in found if histogram is not None}


def _histogram(entries: Mapping[str, float]) -> Histogram | None:
    total = entries.get(ALL)
    below = sorted((float(bound), count) for bound, count in entries.items() if bound not in {ALL, SUM})
    if total is None or not below:
        return None
    counts = (*(count for _, count in below), total)
    if any(larger < smaller for smaller, larger in pairwise(counts)):
        return None
    return Histogram(bounds=tuple(bound for bound, _ in below), counts=counts, sum=entries.get(SUM))
