"""Sign-ins that are refused with status 200 back off as those with an error status do: repeated ones lock accounts."""

import asyncio
from collections import Counter
from collections.abc import Mapping

import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from exporter.errors import Reason
from exporter.metrics.pages import Exposition
from exporter.polling.collector import Collector
from exporter.settings import TargetSettings
from exporter.vendors.kpn import KpnSettings
from exporter.vendors.toolkit.http import Http, Response
from tests.support.exposition import no_process
from tests.support.timeloop import LoopClock, TimeLoop, run
from tests.support.vendors.apio import settings as apio
from tests.support.vendors.polls import CANARY

SECONDS = 1800
INTERVAL = 15
# The first, and after 15, 30, 60, 120, 240 and 480 s each; the next follows 900 s later.
BACKED_OFF = 7

TARGETS: Mapping[str, TargetSettings] = {
    "kpn": KpnSettings.model_validate(
        {
            "name": "amsterdam",
            "vendor": "kpn",
            "url": "http://kpn.test",
            "token_url": "http://kpn.test/token",
            "client_id": "exporter",
            "client_secret": CANARY,
        }
    ),
    "apio": apio(users=["anna"]),
}


async def refused(loop: TimeLoop, target: TargetSettings, body: bytes, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the number of sign-ins within half an hour if each is answered with 200 and this body."""
    asked: Counter[str] = Counter()

    async def send(_http: Http, _method: str, url: URL, _headers: object, **_more: object) -> Response:
        asked[url.path] += 1
        return Response(200, CIMultiDictProxy(CIMultiDict()), body)

    monkeypatch.setattr(Http, "send", send)
    collector = Collector([target], Exposition(no_process), LoopClock(loop))
    await collector.start()
    await asyncio.sleep(SECONDS)
    resources = collector.health[0].resources
    await collector.stop()
    assert all(each.last_error is not None and each.last_error.reason is not Reason.TIMEOUT for each in resources)
    assert len(asked) == 1
    return asked.total()


@pytest.mark.parametrize("vendor", TARGETS)
@pytest.mark.parametrize("body", [b'{"error": "invalid_client"}', b'{"success": false, "message": "wrong"}'])
def test_a_sign_in_that_reports_an_error_backs_off(vendor: str, body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(lambda loop: refused(loop, TARGETS[vendor], body, monkeypatch)) == BACKED_OFF


@pytest.mark.parametrize("vendor", TARGETS)
@pytest.mark.parametrize("body", [b"{}", b"", b"<html>Sign in</html>", b'{"message": "Invalid credentials"}'])
def test_a_sign_in_without_a_token_is_repeated_once_an_interval(
    vendor: str, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_ins = run(lambda loop: refused(loop, TARGETS[vendor], body, monkeypatch))
    assert SECONDS / INTERVAL / 2 < sign_ins <= SECONDS / INTERVAL + 1
