"""Replaying: which recorded answer a request gets, and what the exporter makes of recordings with faults."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from exporter.cli.record import replay_targets
from exporter.errors import ConfigError, Reason
from exporter.metrics.pages import Exposition, Format
from exporter.plugins import UnknownVendorError
from exporter.recording.exchanges import Exchange, Recording, new_recording, read_all, write
from exporter.recording.replay import ReplayClock, ReplayHttp, replay
from exporter.vendors.base import load_vendor
from exporter.vendors.toolkit.http import open_session
from tests.support.exposition import no_process, page_bytes
from tests.support.paths import VENDOR_FIXTURES
from tests.support.vendors.polls import failure
from tests.support.vendors.ways import target_of

HOST = "https://xvendor.invalid"
KPN = {
    "name": "xtarget",
    "url": HOST,
    "token_url": f"{HOST}/token",
    "client_id": "xclient",
    "client_secret": "not-recorded-000000",
}
QUEUE = {"Name": "xsales", "Number": "12345678", "InQueueCalls": "3"}


def answer(url: str, document: object, at: float = 0.0, **more: Any) -> Exchange:  # noqa: ANN401 - fields of an exchange
    return Exchange(**{"at": at, "method": "GET", "url": f"{HOST}{url}", "status": 200, "document": document, **more})


async def answers(exchanges: list[Exchange], *urls: str) -> list[object]:
    """Return the documents that these requests get from a recording."""
    clock = ReplayClock(0.0)
    async with open_session(target_of("kpn", HOST)) as session:
        http = ReplayHttp(session, clock, exchanges)
        return [msgspec.json.decode((await http.get(f"{HOST}{url}")).body) for url in urls]


async def test_equal_requests_get_their_answers_in_order_and_the_last_one_again() -> None:
    exchanges = [answer("/queues?page=1", 1), answer("/queues?page=2", 2), answer("/queues?page=1", 3)]
    urls = ["/queues?page=1", "/queues?page=1", "/queues?page=1", "/queues?page=2"]
    assert await answers(exchanges, *urls) == [1, 3, 3, 2]


async def test_the_times_in_a_request_do_not_matter() -> None:
    exchanges = [answer("/contacts?from=2026-11-27T10:00:00Z&page=1", 1)]
    assert await answers(exchanges, "/contacts?page=1&from=2026-11-27T10:00:03Z") == [1]


async def test_without_an_equal_request_one_with_the_same_path_is_used() -> None:
    exchanges = [answer("/queues?user=xname&page=1", 1), answer("/agents", 2)]
    assert await answers(exchanges, "/queues?user=other&page=1", "/agents?page=9") == [1, 2]


async def test_a_request_that_was_not_recorded_fails() -> None:
    error = await failure(answers([answer("/queues", 1)], "/trunks"))
    assert (error.reason, str(error)) == (Reason.CONNECTION, "GET /trunks: not in the recording")


async def test_a_request_that_failed_fails_again() -> None:
    failed = answer("/queues", None, failure=Reason.TIMEOUT)
    error = await failure(answers([failed], "/queues"))
    assert (error.reason, str(error)) == (Reason.TIMEOUT, "GET /queues: failed when it was recorded")


async def test_time_passes_by_the_answers_and_by_sleeping() -> None:
    clock = ReplayClock(1_800_000_000.0)
    await clock.sleep(5)
    assert (clock.time(), clock.monotonic()) == (1_800_000_005.0, 5.0)
    async with open_session(target_of("kpn", HOST)) as session:
        await ReplayHttp(session, clock, [answer("/queues", 1, at=9.5)]).get(f"{HOST}/queues")
    assert clock.monotonic() == 9.5


def recording(**queue: str) -> Recording:
    """Return a recording of one queue at KPN, in which agents and trunks are missing."""
    token = answer("/token", {"access_token": "xtoken", "expires_in": "3599"}, method="POST")
    queues = answer("/queues", {"Error": None, "DataSet": {"queues": [{**QUEUE, **queue}]}})
    return new_recording("kpn", 1_800_000_000.0, {**KPN, "resources": {"exclude": ["trunks"]}}, [token, queues])


async def test_the_exposition_is_followed_by_what_failed_and_what_is_unmapped(tmp_path: Path) -> None:
    write(recording(Staffed="xmany"), tmp_path)
    text = await replay_targets(tmp_path)
    labels = 'target="xtarget",queue_id="12345678",queue="xsales",channel="voice"'
    assert f"contactcenter_queue_waiting_contacts{{{labels}}} 3" in text.splitlines()
    assert 'contactcenter_up{target="xtarget",resource="agents"} 0' in text.splitlines()
    assert 'contactcenter_unmapped_values_total{target="xtarget",field="queues.Staffed"} 1' in text.splitlines()
    assert text.splitlines()[-2:] == [
        "# unmapped value: xtarget: queues: queues.Staffed: xmany",
        "# poll failed: xtarget: agents: connection: GET /agents: not in the recording",
    ]


async def test_a_vendor_that_a_definition_describes_needs_the_definition(tmp_path: Path) -> None:
    write(msgspec.structs.replace(recording(), vendor="kpn-yaml"), tmp_path)
    text = await replay_targets(tmp_path, [VENDOR_FIXTURES / "definitions" / "kpn.yml"])
    assert 'contactcenter_up{target="xtarget",resource="queues"} 1' in text.splitlines()
    with pytest.raises(UnknownVendorError):
        await replay_targets(tmp_path)


async def test_series_are_those_of_the_time_of_the_recording() -> None:
    exposition = Exposition(no_process)
    await replay(recording(), load_vendor("kpn"), exposition)
    page = page_bytes(exposition, Format.TEXT).decode()
    assert 'contactcenter_last_success_timestamp_seconds{target="xtarget",resource="queues"} 1800000000.0' in page


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("{}", "not a recording: ", id="another document"),
        pytest.param("{", "not a recording: ", id="not JSON"),
        pytest.param(None, "contains no recording", id="no file"),
        pytest.param({"version": 2}, "version 2 of the format is not supported", id="another version"),
    ],
)
def test_what_is_no_recording_is_an_error(
    content: str | Mapping[str, int] | None, message: str, tmp_path: Path
) -> None:
    if isinstance(content, str):
        (tmp_path / "a.json").write_text(content)
    elif content is not None:
        document = {**msgspec.to_builtins(recording()), **content}
        (tmp_path / "a.json").write_bytes(msgspec.json.encode(document))
    with pytest.raises(ConfigError, match=message):
        read_all(tmp_path)


async def test_settings_of_another_vendor_are_an_error() -> None:
    other = msgspec.structs.replace(recording(), settings={"name": "x"})
    with pytest.raises(ConfigError, match="not those of a recording"):
        await replay(other, load_vendor("kpn"), Exposition(no_process))


def test_a_file_is_readable_by_its_owner_only_and_never_replaced(tmp_path: Path) -> None:
    file = write(recording(), tmp_path / "new")
    assert file.stat().st_mode & 0o077 == 0
    assert read_all(tmp_path / "new") == [recording()]
    with pytest.raises(FileExistsError):
        write(recording(), tmp_path / "new")
