"""The Date header of responses."""

from collections.abc import Awaitable, Callable
from email.utils import formatdate

from aiohttp import web

from exporter.simulator.driver import Driver


def dated(driver: Driver) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Return a function that dates a response by the clock that its content is dated by."""

    async def date(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = formatdate(driver.clock.time(), usegmt=True)

    return date
