"""What a fault is: something that goes wrong between a target and its vendor, from one moment to another."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from tests.faults.proxy import Proxy, Strike

Switch = Callable[[Proxy], Awaitable[None]]


async def _nothing(_proxy: Proxy) -> None:
    pass


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong.

    Attributes:
        name: What a reader calls it.
        strike: What is answered meanwhile, None where it is no matter of answers.
        begin: What else happens when it begins.
        end: What else happens when it ends.
        tls: Whether its targets are asked over TLS.
        retry_after: Seconds that the vendor asks to be left alone after each answer.
        pause: Seconds for which the exporter itself may be pausing when it ends.
        settings: What its targets have configured besides, by vendor.
        spares: Vendors that it cannot befall, and why.
    """

    name: str
    strike: Strike | None = None
    begin: Switch = _nothing
    end: Switch = _nothing
    tls: bool = False
    retry_after: float = 0.0
    pause: float = 0.0
    settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    spares: Mapping[str, str] = field(default_factory=dict)
