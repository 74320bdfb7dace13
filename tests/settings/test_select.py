"""Parsing and validation of `select`."""

from pathlib import Path

import pytest

from exporter.errors import ConfigError
from exporter.settings import Select, load_file

KEYS = {
    "kpn": "url: 'https://x', token_url: 'https://x/t', client_id: c, client_secret: s",
    "sinch": "url: 'https://x', username: u, password: p",
    "brightpattern": "url: 'https://x', tenant_url: t, username: u, password: p",
    "axialys": "url: 'https://x', username: u, password: p",
    "apio": "url: 'https://x', tenant: t, group: g, token: t, users: [u]",
}


def load(text: str, tmp_path: Path, vendor: str = "kpn") -> Select:
    path = tmp_path / "contactcenter.yml"
    path.write_text(f"targets:\n- {{name: a, vendor: {vendor}, {KEYS[vendor]}, select: {text}}}\n")
    return load_file(path, {}).targets[0].select


def test_select_is_parsed(tmp_path: Path) -> None:
    select = load(
        "{queues: {include: [Billing, 'Tech*', 1001, 007]}, groups: {exclude: [Back office]},"
        " trunks: {include: [1]}, families: {exclude: [contactcenter_queue_wait_age_seconds, 'agent_*']}}",
        tmp_path,
    )
    assert select.queues.include == ("Billing", "Tech*", "1001", "007")
    assert select.groups.exclude == ("Back office",)
    assert select.trunks.include == ("1",)
    assert select.families.exclude == ("queue_wait_age_seconds", "agent_*")


def test_empty_value_removes_inherited_selection(tmp_path: Path) -> None:
    path = tmp_path / "contactcenter.yml"
    path.write_text(
        f"""\
x-selection: &selection
  queues: {{include: [Sales]}}
  trunks: {{include: [1]}}
targets:
- {{name: a, vendor: kpn, {KEYS["kpn"]}, select: *selection}}
- {{name: b, vendor: sinch, {KEYS["sinch"]}, select: {{<<: *selection, trunks: }}}}
"""
    )
    a, b = (target.select for target in load_file(path, {}).targets)
    assert a.queues == b.queues
    assert (a.trunks.include, b.trunks.include) == (("1",), None)


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("{queue: {include: [a]}}", ["select.queue: unknown key; did you mean queues?"]),
        ("{queues: {includes: [a]}}", ["select.queues.includes: unknown key; did you mean include?"]),
        ("{queues: [a]}", ["select.queues: expected a mapping, not a list"]),
        ("[a]", ["select: expected a mapping, not a list"]),
        ("{queues: {include: a}}", ["select.queues.include: expected a list"]),
        ("{queues: {include: []}}", ["select.queues.include: must not be empty"]),
        ("{queues: {include: ['']}}", ["select.queues.include[0]: must not be empty"]),
        ("{queues: {include: [{a: 1}]}}", ["select.queues.include[0]: expected a string, not a mapping"]),
        (
            "{families: {exclude: [queue_wait_ages]}}",
            ["select.families.exclude[0]: matches no metric family; did you mean queue_wait_age_seconds?"],
        ),
        ("{families: {include: ['agents', 'xyzzy*']}}", ["select.families.include[1]: matches no metric family"]),
        (
            "{families: {exclude: [up, contactcenter_polls_total, 'poll_*', target_info, 'exporter_*']}}",
            [f"select.families.exclude[{index}]: exporter health metrics cannot be filtered" for index in range(5)],
        ),
    ],
)
def test_errors_have_location(text: str, messages: list[str], tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(text, tmp_path)
    place = f"{tmp_path / 'contactcenter.yml'}:2: targets[0]."
    assert [str(problem).removeprefix(place) for problem in caught.value.problems] == messages


@pytest.mark.parametrize(
    ("vendor", "key", "kind"),
    [
        ("sinch", "trunks", "trunks"),
        ("brightpattern", "trunks", "trunks"),
        ("axialys", "trunks", "trunks"),
        ("apio", "trunks", "trunks"),
        ("axialys", "groups", "groups of agents"),
    ],
)
def test_selecting_data_the_vendor_does_not_provide_is_an_error(
    vendor: str, key: str, kind: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(f"{{{key}: {{include: [x]}}}}", tmp_path, vendor)
    [problem] = caught.value.problems
    assert str(problem).endswith(f": targets[0].select.{key}: the {vendor} API does not provide {kind}; remove it")


@pytest.mark.parametrize("vendor", ["kpn", "sinch", "brightpattern", "apio"])
def test_groups_can_be_selected_if_the_vendor_provides_them(vendor: str, tmp_path: Path) -> None:
    assert load("{groups: {include: [x]}}", tmp_path, vendor).groups.include == ("x",)
