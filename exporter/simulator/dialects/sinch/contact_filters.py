"""The parameters of `/contacts` that select rows by their content."""

import re
from collections.abc import Callable, Iterator, Mapping

from exporter.simulator.dialects.sinch.statuses import Row

Condition = Callable[[Row], bool]

# These accept a list instead of a pattern; the collection applies them.
LISTS = ("id", "agentId", "queueId", "queueLoginType")
_FIELDS = frozenset(
    {
        "agentName",
        "applicationId",
        "applicationName",
        "channel",
        "contactGroupId",
        "destination",
        "origQueueId",
        "origQueueName",
        "queueName",
        "record",
        "reportingGroupId",
        "reportingGroupName",
        "serviceClosed",
        "source",
        "status",
        "subject",
        "subtype",
        "type",
    }
)


def conditions(query: Mapping[str, str]) -> Iterator[Condition]:
    """Yield the conditions that a query sets.

    Args:
        query: The parameters of the request.
    """
    for name in _FIELDS & query.keys():
        yield _fits(name, query[name])
    if "search" in query:
        yield _contains(query["search"])
    if query.get("pickable") == "true":
        yield _is_pickable
    if query.get("activeQueue") == "true":
        yield _is_in_own_queue


def _fits(name: str, pattern: str) -> Condition:
    """Return a condition on one field; the pattern may contain * and ?."""
    parts = ({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    expression = re.compile("".join(parts), re.DOTALL)
    return lambda row: expression.fullmatch(_text(row.get(name))) is not None


def _contains(text: str) -> Condition:
    return lambda row: text in str(row["source"]) or text in str(row["destination"])


def _is_pickable(row: Row) -> bool:
    """Return whether an agent with every right could pick the contact; the interface excludes phone calls."""
    return row["channel"] != "PHONE" and row["status"] in {"InQueue", "InProcess_Pending"}


def _is_in_own_queue(_row: Row) -> bool:
    """Return False: the user of the interface is not an agent of any queue."""
    return False


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
