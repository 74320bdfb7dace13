"""A stub of the running exporter that serves the pages a test provides."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestClient

from exporter.metrics.pages import Format, Page
from exporter.polling.health import TargetHealth

Client = TestClient[web.Request, web.Application]

NOW = 1_700_000_000.0


class Now:
    """A clock that always returns the same time."""

    def time(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        """Return at once: no time passes."""


@dataclass
class StandIn:
    """A stub exporter.

    Attributes:
        pages: The page of each target.
        health: The health of each target.
        ready: Whether every target has been polled once.
        term: The period in which it polls.
        generation: The generation of the pages.
        passing: The content that changes with every scrape.
    """

    pages: dict[str, bytes] = field(default_factory=lambda: {"north": b"north 1\n", "south": b"south 1\n"})
    health: list[TargetHealth] = field(default_factory=list)
    ready: bool = True
    term: int = 1
    generation: int = 0
    passing: bytes = b""

    def page(self, form: Format, targets: Iterable[str] | None = None) -> Page:
        names = self.pages if targets is None else targets
        lasting = [f"# {form.name}\n".encode(), *(self.pages[name] for name in names)]
        return Page((self.generation,), lasting, [self.passing])
