"""Any answer of Asterisk's manager interface causes at most a failed poll, and never a shorter list."""

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import pytest
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from exporter.errors import PollError
from exporter.metrics.mapping import Detail, entities
from exporter.metrics.pages import Exposition, Format
from exporter.metrics.render import render
from exporter.model import Snapshot
from exporter.vendors.asterisk.client import AsteriskClient
from exporter.vendors.asterisk.settings import AsteriskSettings
from exporter.vendors.toolkit.http import Response
from tests.fuzz.profiles import cases
from tests.fuzz.soundness import require_sound
from tests.fuzz.strategies import CORE
from tests.fuzz.vendors import InstantClock, OfflineHttp
from tests.support.exposition import no_process, page_bytes
from tests.support.vendors.asterisk import ACCEPTED, ANSWERS, recorded

BUSY = {**ANSWERS, "QueueStatus": recorded("075")}
DETAIL = Detail(agents="name")
_SESSION = CIMultiDictProxy(CIMultiDict({"Set-Cookie": 'mansession_id="cc7bea4d"; Version=1; Max-Age=60'}))
# What a change inserts: parts of the grammar, values beyond every range, and bytes of other encodings.
_PARTS = (
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b"\r",
    b":",
    b": ",
    b"\0",
    b"\xff",
    b"\xe2\x80\xa8",
    b"-1",
    b"4294967295",
    b"1e999",
    b"9" * 400,
    b"Event: QueueParams\r\nQueue: x",
    b"\r\nWait: 99",
    b"EventList: Complete",
    b"ListItems: 1",
    b"Response: Error",
    b"Event: QueueStatusComplete",
)


class Edit(NamedTuple):
    """One change: at a place, a number of bytes is replaced."""

    place: float
    removed: int
    inserted: bytes


edits = st.lists(
    st.builds(
        Edit, st.floats(0, 1), st.sampled_from((0, 0, 1, 2, 20, 400)), st.sampled_from(_PARTS) | st.binary(max_size=4)
    ),
    min_size=1,
    max_size=4,
)


def returning(answers: Mapping[str, bytes]) -> Callable[[str, URL], Response]:
    """Return what responds to a sign-in, and to an action with its answer."""

    def respond(method: str, url: URL) -> Response:
        return Response(200, _SESSION, ACCEPTED if method == "POST" else answers[url.query["action"]])

    return respond


def edited(body: bytes, some: list[Edit]) -> bytes:
    for place, removed, inserted in some:
        at = int(place * len(body))
        body = body[:at] + inserted + body[at + removed :]
    return body


async def snapshots(answers: Mapping[str, bytes]) -> list[Snapshot]:
    """Return the snapshots of the resources whose polls did not fail."""
    base = {"name": "here", "vendor": "asterisk", "url": "http://v", "username": "exporter", "secret": f"s-{CORE}"}
    clock = InstantClock()
    client = AsteriskClient(AsteriskSettings.model_validate(base), OfflineHttp(returning(answers), clock), clock)
    outcomes = await asyncio.gather(*(resource.fetch() for resource in client.resources), return_exceptions=True)
    errors = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert all(isinstance(error, PollError) and CORE not in str(error) for error in errors), errors
    return [outcome for outcome in outcomes if isinstance(outcome, Snapshot)]


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as one:
        yield one


@cases(150, 20_000, action=st.sampled_from(sorted(BUSY)), some=edits)
def test_answers_of_asterisk_are_handled_safely(runner: asyncio.Runner, action: str, some: list[Edit]) -> None:
    answers = {**BUSY, action: edited(BUSY[action], some)}
    exposition = Exposition(no_process)
    for number, snapshot in enumerate(runner.run(snapshots(answers))):
        exposition.put("here", str(number), render(entities("here", snapshot, DETAIL)))
        for field, _ in snapshot.unmapped:
            assert field.replace(".", "").isalnum(), "field names never come from a vendor"
    for form in Format:
        require_sound(page_bytes(exposition, form), form)


@cases(150, 20_000, seed=st.integers(0, 10**9))
def test_a_list_without_some_of_its_events_fails_the_poll(runner: asyncio.Runner, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - not a secret
    first, *events, last, end = BUSY["QueueStatus"].split(b"\r\n\r\n")
    kept = sorted(chance.sample(range(len(events)), chance.randrange(len(events))))
    body = b"\r\n\r\n".join([first, *(events[place] for place in kept), last, end])
    assert len(runner.run(snapshots({**BUSY, "QueueStatus": body}))) == 1
