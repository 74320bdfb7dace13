"""All faults by family, for vendors with code and for definitions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tests.faults.families import (
    answers,
    bodies,
    certificates,
    connections,
    credentials,
    definition_pages,
    manager,
    pages,
    slowness,
    values,
)
from tests.faults.fault import Fault
from tests.faults.matrix import DEFINITIONS, VENDORS

FAMILIES: Mapping[str, Sequence[Fault]] = {
    "answers": answers.FAULTS,
    "bodies": bodies.FAULTS,
    "types": bodies.TYPES,
    "values": values.FAULTS,
    "pages": pages.FAULTS,
    "slowness": slowness.FAULTS,
    "connections": connections.FAULTS,
    "certificates": certificates.FAULTS,
    "credentials": credentials.FAULTS,
    "manager": manager.FAULTS,
}


def _counts_agents(line: bytes) -> bool:
    """Select the counts of agents: one whose state cannot be read is counted as unknown."""
    return line.startswith(b"contactcenter_agents{")


DEFINITION_FAMILIES: Mapping[str, Sequence[Fault]] = {
    **{name: faults for name, faults in FAMILIES.items() if name != "manager"},
    # In rows that are nested deeply, a type may be wrong in the state alone.
    "types": tuple(replace(fault, but=_counts_agents) for fault in bodies.TYPES),
    "pages": definition_pages.FAULTS,
}
GROUPS: Sequence[tuple[Sequence[str], Mapping[str, Sequence[Fault]]]] = (
    (VENDORS, FAMILIES),
    (DEFINITIONS, DEFINITION_FAMILIES),
)
FAULTS = tuple(fault for faults in FAMILIES.values() for fault in faults)
DEFINITION_FAULTS = tuple(fault for faults in DEFINITION_FAMILIES.values() for fault in faults)

# A sample of each kind, run with every test run.
_SOME = (
    "503 with `Retry-After`",
    "429 without `Retry-After`",
    "redirect to another host",
    "truncated body",
    "gzip bomb",
    "body of 400 MiB",
    "wrong JSON types at level 2",
    "totals of 0 in one response",
    "totals and durations of 32-bit -1",
    "lists of one as objects",
    "pages of at most 7 rows",
    "rows that move up between pages",
    "hangs in the body",
    "connection refused",
    "name does not resolve",
    "TLS certificate expired",
    "token refused",
    "token expired within a poll",
    "session ended with 403",
    "session ended with a redirect to a login page",
    "AMI session ended with status 200",
    "AMI list that lost an item",
)
SOME = tuple(fault for fault in FAULTS if fault.name in _SOME)
assert len(SOME) == len(_SOME)

# Fewer: what the engine of definitions does itself, the rest being the code that all vendors share.
_SOME_OF_DEFINITIONS = (
    "429 without `Retry-After`",
    "redirect to another host",
    "HTML page",
    "wrong JSON types at level 2",
    "totals of 0 in one response",
    "next page at another host",
    "next page is the same page",
    "later pages fail",
    "list ends before its total",
    "session ended with a login page",
)
SOME_OF_DEFINITIONS = tuple(fault for fault in DEFINITION_FAULTS if fault.name in _SOME_OF_DEFINITIONS)
assert len(SOME_OF_DEFINITIONS) == len(_SOME_OF_DEFINITIONS)
