"""Permission to send requests to vendors, which a replica that no longer leads does not have."""

from collections.abc import Callable
from dataclasses import dataclass


def always() -> bool:
    """Permit everything, as without leader election."""
    return True


@dataclass(frozen=True, slots=True)
class Permission:
    """What may be sent at the moment of the call: a process that was suspended must ask before each request.

    Attributes:
        may_poll: Returns whether vendors may be polled and signed in to.
        may_sign_out: Returns whether sessions may be closed after polling has stopped.
    """

    may_poll: Callable[[], bool] = always
    may_sign_out: Callable[[], bool] = always
