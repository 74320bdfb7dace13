"""All faults by family."""

from tests.faults.families import (
    answers,
    bodies,
    certificates,
    connections,
    credentials,
    manager,
    pages,
    slowness,
    values,
)

FAMILIES = {
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
FAULTS = tuple(fault for faults in FAMILIES.values() for fault in faults)

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
