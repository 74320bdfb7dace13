"""Whatever a vendor sends is a poll's failure at most, and what is shown of it can be read and says no secret."""

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
from exporter.redaction import without_secrets
from exporter.vendors.base import Resource
from tests.fuzz.profiles import cases
from tests.fuzz.soundness import require_sound
from tests.fuzz.strategies import CORE, Change, Rough, changed, changes, examples, roughly
from tests.fuzz.vendors import VENDORS, RestlessClock, Said, SaidHttp, client
from tests.support.exposition import no_process, page_bytes
from tests.support.tools import require

EVERYTHING = Detail(agents="name", ports=True)
POLLS = 2
# What promtool returns where it reads a page and dislikes something, such as a name of the contract.
LINT = 3

T = TypeVar("T")


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as one:
        yield one


async def poll(resource: Resource, totals: RunningTotals, exposition: Exposition, name: str) -> None:
    """Ask once, and show what was said as the polling loop does."""
    snapshot, error = await outcome(resource.fetch())
    if snapshot is not None:
        exposition.put(name, resource.name, render(totals.hold(entities(name, snapshot, EVERYTHING), 0.0)))
    for field, word in error.unmapped if error else snapshot.unmapped if snapshot else ():
        assert field.replace("_", "").replace(".", "").isalnum(), "what a vendor says names no series"
        assert CORE not in without_secrets(word)


async def outcome(asked: Awaitable[T]) -> tuple[T | None, PollError | None]:
    """Return what came of a question; its failure, the only one there may be, tells no secret."""
    try:
        return await asked, None
    except PollError as error:
        failure = error
    assert CORE not in str(failure)
    return None, failure


async def poll_all(
    vendor: str, said: Sequence[Said], only: int | None = None, *, into: Exposition | None = None, name: str = "here"
) -> Exposition:
    """Ask for one resource, or for all, as often as there are answers."""
    clock = RestlessClock()
    exposition = into or Exposition(no_process)
    http = SaidHttp(said[0], clock)
    asked = client(vendor, http, clock)
    resources = asked.resources if only is None else [asked.resources[only % len(asked.resources)]]
    totals = {resource.name: RunningTotals() for resource in resources}
    for answers in said:
        http.said = answers
        for resource in resources:
            await poll(resource, totals[resource.name], exposition, name)
        await clock.sleep(60)
    await outcome(asked.close())
    return exposition


def documents(vendor: str) -> st.SearchStrategy[Said]:
    """Return answers of which up to two are no longer as published."""
    one = st.tuples(st.sampled_from(sorted(examples(vendor))), changes, roughly)

    def answers(some: list[tuple[str, list[Change], Rough]], status: int) -> Said:
        bodies = {name: changed(examples(vendor)[name], change, rough) for name, change, rough in some}
        return Said({**examples(vendor), **bodies}, status=status)

    return st.builds(answers, st.lists(one, max_size=3), st.sampled_from((200,) * 19 + (500,)))


def require_no_harm(runner: asyncio.Runner, vendor: str, asked: tuple[list[Said], int | None]) -> None:
    exposition = runner.run(poll_all(vendor, *asked))
    for form in Format:
        require_sound(page_bytes(exposition, form), form)


def anything(vendor: str) -> st.SearchStrategy[tuple[list[Said], int | None]]:
    """Return answers, and which resource is asked; one time in eight it is all of them."""
    return st.tuples(st.lists(documents(vendor), min_size=1, max_size=POLLS), st.sampled_from((None, *range(7))))


@cases(60, 9_000, asked=anything("kpn"))
def test_no_document_of_kpn_does_harm(runner: asyncio.Runner, asked: tuple[list[Said], int | None]) -> None:
    require_no_harm(runner, "kpn", asked)


@cases(60, 9_000, asked=anything("sinch"))
def test_no_document_of_sinch_does_harm(runner: asyncio.Runner, asked: tuple[list[Said], int | None]) -> None:
    require_no_harm(runner, "sinch", asked)


@cases(60, 9_000, asked=anything("brightpattern"))
def test_no_document_of_brightpattern_does_harm(runner: asyncio.Runner, asked: tuple[list[Said], int | None]) -> None:
    require_no_harm(runner, "brightpattern", asked)


@cases(60, 9_000, asked=anything("axialys"))
def test_no_document_of_axialys_does_harm(runner: asyncio.Runner, asked: tuple[list[Said], int | None]) -> None:
    require_no_harm(runner, "axialys", asked)


@cases(60, 9_000, asked=anything("apio"))
def test_no_document_of_apio_does_harm(runner: asyncio.Runner, asked: tuple[list[Said], int | None]) -> None:
    require_no_harm(runner, "apio", asked)


SIGN_INS = (examples("kpn")["token"], examples("brightpattern")["auth"])


@cases(
    30, 3_000, vendor=st.sampled_from(VENDORS), answer=st.builds(changed, st.sampled_from(SIGN_INS), changes, roughly)
)
def test_no_answer_to_a_sign_in_does_harm(runner: asyncio.Runner, vendor: str, answer: bytes) -> None:
    require_no_harm(runner, vendor, ([Said(examples(vendor), sign_in=answer)], 0))


@st.composite
def centres(draw: st.DrawFn) -> tuple[str, Said]:
    """Return a vendor and what it answers."""
    vendor = draw(st.sampled_from(VENDORS))
    return vendor, draw(documents(vendor))


@cases(2, 60, said=st.lists(centres(), min_size=10, max_size=30))
def test_promtool_reads_what_many_vendors_said(runner: asyncio.Runner, said: list[tuple[str, Said]]) -> None:
    exposition = Exposition(no_process)
    for number, (vendor, answers) in enumerate(said):
        runner.run(poll_all(vendor, [answers], into=exposition, name=f"target {number}"))
    command = [require("promtool"), "check", "metrics"]
    page = page_bytes(exposition, Format.TEXT)
    checked = subprocess.run(command, input=page, capture_output=True, check=False)  # noqa: S603 - ours
    assert checked.returncode in {0, LINT}, checked.stderr.decode()


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_examples_themselves_are_shown(runner: asyncio.Runner, vendor: str) -> None:
    page = page_bytes(runner.run(poll_all(vendor, [Said(examples(vendor))])), Format.TEXT)
    assert page.count(b"\n") > 10
