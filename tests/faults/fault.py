"""A fault between a target and its vendor, injected for a limited time."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from tests.faults.proxy import Proxy, Responder

Switch = Callable[[Proxy], Awaitable[None]]


async def _no_op(_proxy: Proxy) -> None:
    pass


@dataclass(frozen=True)
class Fault:
    """A fault.

    Attributes:
        name: Its name on the page.
        respond: Responds to requests during the fault; None if the fault does not change responses.
        begin: Called when the fault begins.
        end: Called when the fault ends.
        tls: Whether its targets use TLS.
        retry_after: Seconds in the `Retry-After` of each response; 0 if not sent.
        pause: Seconds for which the exporter itself may pause when the fault ends.
        settings: Additional target settings by vendor.
        not_applicable: Reasons by vendor for not injecting it.
        but: Selects series that it may change.
    """

    name: str
    respond: Responder | None = None
    begin: Switch = _no_op
    end: Switch = _no_op
    tls: bool = False
    retry_after: float = 0.0
    pause: float = 0.0
    settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    not_applicable: Mapping[str, str] = field(default_factory=dict)
    but: Callable[[bytes], bool] | None = None
