"""The proxy of a target, and what is requested without it."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from exporter.settings import TargetSettings
from exporter.vendors.toolkit.http import Http, open_session
from exporter.vendors.toolkit.proxy import Proxy, proxy_of
from tests.support.clock import ManualClock

PROXY = "http://proxy.example:3128"


def settings(**keys: str) -> TargetSettings:
    return TargetSettings.model_validate({"name": "a", "vendor": "kpn", "url": "http://api.example.com", **keys})


def test_without_a_proxy_url_there_is_none() -> None:
    assert proxy_of(settings(no_proxy="example.com")) is None


@pytest.mark.parametrize(
    ("exception", "host", "direct"),
    [
        ("api.example.com", "api.example.com", True),
        ("api.example.com", "API.EXAMPLE.COM", True),
        ("example.com", "api.example.com", True),
        (".example.com", "api.example.com", True),
        ("*.example.com", "api.example.com", True),
        ("ample.com", "api.example.com", False),
        ("other.com", "api.example.com", False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.0.0.0/8", "api.example.com", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("*", "api.example.com", True),
    ],
)
def test_exceptions_are_requested_directly(exception: str, host: str, *, direct: bool) -> None:
    proxy = proxy_of(settings(proxy_url=PROXY, no_proxy=f" localhost , {exception}"))
    assert proxy is not None
    assert proxy.url_for(URL(f"https://{host}/queues")) == (None if direct else PROXY)


async def test_requests_are_sent_to_the_proxy() -> None:
    requested: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        requested.append(str(request.url))
        return web.Response(text="[]")

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handle)
    async with TestServer(application) as server, open_session(settings()) as session:
        url = f"http://127.0.0.1:{server.port}"
        http = Http(session, ManualClock(), body_bytes=1000, answered=lambda _status: None, proxy=Proxy(url))
        assert (await http.get("http://api.invalid/queues")).body == b"[]"
    assert requested == ["http://api.invalid/queues"]
