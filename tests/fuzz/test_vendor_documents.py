"""Any vendor response causes at most a failed poll; the page stays parsable and contains no secret."""

import asyncio
import subprocess
from collections.abc import Awaitable, Iterator, Sequence
from typing import TypeVar

import pytest
from hypothesis import strategies as st

from exporter.errors import PollError
from exporter.metrics.counter_resets import RunningTotals
from exporter.metrics.mapping import Detail, entities
from exporter.metrics.pages import Exposition, Format
from exporter.metrics.render import render
from exporter.metrics.start_times import with_start_times
from exporter.redaction import without_secrets
from exporter.vendors.base import Resource
from tests.fuzz.profiles import cases
from tests.fuzz.soundness import require_sound
from tests.fuzz.strategies import CORE, Change, Rough, changed, changes, examples, roughly
from tests.fuzz.vendors import VENDORS, InstantClock, Responses, ResponsesHttp, client
from tests.support.exposition import no_process, page_bytes
from tests.support.tools import require

EVERYTHING = Detail(agents="name", ports=True)
POLLS = 2
# promtool's exit code if it parses a page but has lint findings, such as for a metric name.
LINT = 3

T = TypeVar("T")


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as one:
        yield one


async def poll(resource: Resource, totals: RunningTotals, exposition: Exposition, name: str) -> None:
    """Poll once and publish the snapshot as the polling loop does."""
    snapshot, error = await outcome(resource.fetch())
    if snapshot is not None:
        held = list(totals.hold(entities(name, snapshot, EVERYTHING), 0.0, snapshot.period))
        block = render(held)
        started = with_start_times(held, block.chunks)
        exposition.put(name, resource.name, block._replace(with_start_times=started))
    for field, word in error.unmapped if error else snapshot.unmapped if snapshot else ():
        assert field.replace("_", "").replace(".", "").isalnum(), "field names never come from a vendor"
        assert CORE not in without_secrets(word)


async def outcome(awaitable: Awaitable[T]) -> tuple[T | None, PollError | None]:
    """Return the result or the PollError, the only allowed exception, whose message must contain no secret."""
    try:
        return await awaitable, None
    except PollError as error:
        failure = error
    assert CORE not in str(failure)
    return None, failure


async def poll_all(
    vendor: str,
    polls: Sequence[Responses],
    only: int | None = None,
    *,
    into: Exposition | None = None,
    name: str = "here",
) -> Exposition:
    """Poll one resource, or all, once for each set of responses."""
    clock = InstantClock()
    exposition = into or Exposition(no_process)
    http = ResponsesHttp(polls[0], clock)
    vendor_client = client(vendor, http, clock)
    every = vendor_client.resources
    resources = every if only is None else [every[only % len(every)]]
    totals = {resource.name: RunningTotals() for resource in resources}
    for responses in polls:
        http.responses = responses
        for resource in resources:
            await poll(resource, totals[resource.name], exposition, name)
        await clock.sleep(60)
    await outcome(vendor_client.close())
    return exposition


def documents(vendor: str) -> st.SearchStrategy[Responses]:
    """Return responses; up to three of them are changed from the published ones."""
    one = st.tuples(st.sampled_from(sorted(examples(vendor))), changes, roughly)

    def responses(some: list[tuple[str, list[Change], Rough]], status: int) -> Responses:
        bodies = {name: changed(examples(vendor)[name], change, rough) for name, change, rough in some}
        return Responses({**examples(vendor), **bodies}, status=status)

    return st.builds(responses, st.lists(one, max_size=3), st.sampled_from((200,) * 19 + (500,)))


def require_sound_pages(runner: asyncio.Runner, vendor: str, case: tuple[list[Responses], int | None]) -> None:
    exposition = runner.run(poll_all(vendor, *case))
    for form in Format:
        require_sound(page_bytes(exposition, form), form)


def anything(vendor: str) -> st.SearchStrategy[tuple[list[Responses], int | None]]:
    """Return responses and the index of the polled resource; None, in one of eight cases, polls all."""
    return st.tuples(st.lists(documents(vendor), min_size=1, max_size=POLLS), st.sampled_from((None, *range(7))))


@cases(60, 9_000, case=anything("kpn"))
def test_documents_of_kpn_are_handled_safely(runner: asyncio.Runner, case: tuple[list[Responses], int | None]) -> None:
    require_sound_pages(runner, "kpn", case)


@cases(60, 9_000, case=anything("sinch"))
def test_documents_of_sinch_are_handled_safely(
    runner: asyncio.Runner, case: tuple[list[Responses], int | None]
) -> None:
    require_sound_pages(runner, "sinch", case)


@cases(60, 9_000, case=anything("brightpattern"))
def test_documents_of_brightpattern_are_handled_safely(
    runner: asyncio.Runner, case: tuple[list[Responses], int | None]
) -> None:
    require_sound_pages(runner, "brightpattern", case)


@cases(60, 9_000, case=anything("axialys"))
def test_documents_of_axialys_are_handled_safely(
    runner: asyncio.Runner, case: tuple[list[Responses], int | None]
) -> None:
    require_sound_pages(runner, "axialys", case)


@cases(60, 9_000, case=anything("apio"))
def test_documents_of_apio_are_handled_safely(runner: asyncio.Runner, case: tuple[list[Responses], int | None]) -> None:
    require_sound_pages(runner, "apio", case)


SIGN_INS = (examples("kpn")["token"], examples("brightpattern")["auth"])


@cases(
    30, 3_000, vendor=st.sampled_from(VENDORS), answer=st.builds(changed, st.sampled_from(SIGN_INS), changes, roughly)
)
def test_sign_in_responses_are_handled_safely(runner: asyncio.Runner, vendor: str, answer: bytes) -> None:
    require_sound_pages(runner, vendor, ([Responses(examples(vendor), sign_in=answer)], 0))


@st.composite
def centres(draw: st.DrawFn) -> tuple[str, Responses]:
    """Return a vendor and its responses."""
    vendor = draw(st.sampled_from(VENDORS))
    return vendor, draw(documents(vendor))


@cases(2, 60, places=st.lists(centres(), min_size=10, max_size=30))
def test_promtool_parses_pages_of_many_vendors(runner: asyncio.Runner, places: list[tuple[str, Responses]]) -> None:
    exposition = Exposition(no_process)
    for number, (vendor, responses) in enumerate(places):
        runner.run(poll_all(vendor, [responses], into=exposition, name=f"target {number}"))
    command = [require("promtool"), "check", "metrics"]
    page = page_bytes(exposition, Format.TEXT)
    checked = subprocess.run(command, input=page, capture_output=True, check=False)  # noqa: S603 - fixed arguments
    assert checked.returncode in {0, LINT}, checked.stderr.decode()


@pytest.mark.parametrize("vendor", VENDORS)
def test_published_examples_are_exported(runner: asyncio.Runner, vendor: str) -> None:
    page = page_bytes(runner.run(poll_all(vendor, [Responses(examples(vendor))])), Format.TEXT)
    assert page.count(b"\n") > 10
