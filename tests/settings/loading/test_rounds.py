"""A vendor that is polled in rounds needs a `stale_after` of two intervals."""

from pathlib import Path

import pytest

from exporter import plugins
from exporter.errors import ConfigError
from exporter.settings import TargetSettings, load_file
from exporter.vendors.base import load_vendor
from tests.support.clock import ManualClock
from tests.support.vendors.polls import asking
from tests.support.vendors.ways import WAYS, target_of, vendor_of

AXIALYS = "vendor: axialys, url: 'https://x', username: u, password: p"
KPN = "vendor: kpn, url: 'https://x', token_url: 'https://x/t', client_id: c, client_secret: s"


def load(tmp_path: Path, text: str) -> tuple[TargetSettings, ...]:
    path = tmp_path / "contactcenter.yml"
    path.write_text(text)
    return load_file(path, {}).targets


def test_a_stale_after_below_two_intervals_is_an_error(tmp_path: Path) -> None:
    text = f"""\
poll: {{stale_after: 29s}}
targets:
- {{name: paris, {AXIALYS}}}
- {{name: lyon, interval: 5s, stale_after: 9s, {AXIALYS}}}
- {{name: amsterdam, {KPN}}}
"""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert [each.message for each in caught.value.problems] == [
        "must be at least 30s: axialys is polled in rounds of requests",
        "must be at least 10s: axialys is polled in rounds of requests",
    ]
    assert [each.place.rpartition(": ")[2] for each in caught.value.problems] == [
        "targets[0].poll.stale_after",
        "targets[1].stale_after",
    ]


def test_two_intervals_are_enough(tmp_path: Path) -> None:
    [paris] = load(tmp_path, f"poll: {{stale_after: 30s}}\ntargets: [{{name: paris, {AXIALYS}}}]")
    assert paris.poll.stale_after == 30


@pytest.mark.parametrize("way", WAYS)
async def test_every_vendor_with_rounds_at_the_configured_interval_is_marked(way: str) -> None:
    target, clock = target_of(way, "https://x"), ManualClock()
    async with asking(clock=clock) as http:
        resources = load_vendor(vendor_of(way)).connect(target, http, clock).resources
    rounds = any(each.paced and each.every <= target.poll.interval for each in resources)
    assert plugins.load(vendor_of(way)).settings.polled_in_rounds == rounds
