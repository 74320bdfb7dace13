"""A stand-in for the running exporter: it serves what a test puts in."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestClient

from exporter.metrics.pages import Format, Page
from exporter.polling.health import TargetHealth

Client = TestClient[web.Request, web.Application]

NOW = 1_700_000_000.0


class Now:
    """A clock that stands still."""

    def time(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError


@dataclass
class StandIn:
    """What the routes need to know of an exporter.

    Attributes:
        pages: The page of each target.
        health: How the polling goes.
        ready: Whether every target has been polled.
        generation: What tells scrapes whether the pages are still those of before.
        passing: What changes with every look.
    """

    pages: dict[str, bytes] = field(default_factory=lambda: {"north": b"north 1\n", "south": b"south 1\n"})
    health: list[TargetHealth] = field(default_factory=list)
    ready: bool = True
    generation: int = 0
    passing: bytes = b""

    def page(self, form: Format, targets: Iterable[str] | None = None) -> Page:
        names = self.pages if targets is None else targets
        lasting = [f"# {form.name}\n".encode(), *(self.pages[name] for name in names)]
        return Page((self.generation,), lasting, [self.passing])
