"""The settings of a target in a recording."""

from collections.abc import Mapping

import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from exporter.recording.anonymiser import Anonymiser
from exporter.recording.recorder import Sent, anonymised
from exporter.recording.target_settings import SECRET, SettingsAnonymiser, digits_in
from exporter.recording.vocabulary import vocabulary_of
from exporter.vendors.base import load_vendor
from exporter.vendors.toolkit.http import Response
from tests.support.vendors.ways import target_of, vendor_of


def recorded(way: str, more: Mapping[str, object], *texts: str) -> tuple[dict[str, object], Anonymiser]:
    """Return the recorded settings of a target, and what replaced the names in them."""
    anonymiser = Anonymiser(vocabulary_of(load_vendor(vendor_of(way))), {"17"})
    target = target_of(way, "https://vendor.example", **more)
    return dict(SettingsAnonymiser(anonymiser, texts).settings(target)), anonymiser


def test_names_and_urls_are_replaced_secrets_left_out_and_words_kept() -> None:
    more = {"timezone": "Europe/Amsterdam", "poll": {"interval": "30s"}}
    settings, anonymiser = recorded("brightpattern oauth", more)
    assert settings == {
        "name": anonymiser.pseudonym("here"),
        "url": anonymiser.url("https://vendor.example"),
        "username": anonymiser.text("exporter"),
        "password": SECRET,
        "tenant_url": anonymiser.text("x.example"),
        "auth": "oauth",
        "timezone": "Europe/Amsterdam",
        "poll": {"interval": 30.0},
    }


def test_how_the_vendor_is_reached_is_left_out() -> None:
    reached = {"proxy_url": "http://proxy.example", "no_proxy": "x", "tls_config": {"insecure_skip_verify": True}}
    settings, _ = recorded("kpn", {**reached, "status_page_url": "https://status.example"})
    assert settings.keys() == {"name", "url", "token_url", "client_id", "client_secret"}


def test_the_keys_of_mappings_are_names_too() -> None:
    more = {"numbers": {"Sales": ["0612345678"]}, "answer_seconds_by_group": {"17": 20}, "received_numbers_path": "/x"}
    settings, anonymiser = recorded("axialys basic", more)
    assert settings["numbers"] == {anonymiser.text("Sales"): [anonymiser.text("0612345678")]}
    assert settings["answer_seconds_by_group"] == {anonymiser.text("17", "identity"): 20}


def test_patterns_become_the_names_that_they_match() -> None:
    more = {
        "select": {"queues": {"include": ["Sales", "S*"]}, "families": {"exclude": ["queue_wait_age_seconds"]}},
        "thresholds": [{"queue": "Sup*", "warning": {"waiting_contacts": 5}}],
        "channels": {"*mail": "email"},
    }
    settings, anonymiser = recorded("kpn", more, "Sales", "Support", "E-mail", "S-mail")
    name = anonymiser.text
    assert settings["select"] == {
        "queues": {"include": [name("Sales"), name("S-mail"), name("Sales"), name("Support")]},
        "families": {"exclude": ("queue_wait_age_seconds",)},
    }
    assert settings["thresholds"] == [{"queue": name("Support"), "warning": {"waiting_contacts": 5.0}}]
    assert settings["channels"] == {name("E-mail"): "email", name("S-mail"): "email"}


def test_a_pattern_that_matches_nothing_still_does() -> None:
    settings, anonymiser = recorded("kpn", {"channels": {"Z*": "email"}}, "Sales")
    assert settings["channels"] == {anonymiser.text("Z*"): "email"}


def test_numbers_that_settings_name_have_the_same_pseudonym_in_answers() -> None:
    more = {"select": {"queues": {"include": ["70*"]}, "groups": {"include": ["12"]}}}
    target = target_of("kpn", "https://vendor.example", **more)
    body = b'{"DataSet": {"Queues": [{"Number": 7001}], "Agents": [{"Agent": 4711, "Dep": "12"}]}}'
    response = Response(200, CIMultiDictProxy(CIMultiDict()), body)
    sent = [Sent(0.0, "GET", URL("https://vendor.example/queues"), None, None, response)]

    recording, _ = anonymised(target, vocabulary_of(load_vendor("kpn")), 0.0, sent)

    data = recording.exchanges[0].document["DataSet"]
    queue, group = data["Queues"][0]["Number"], data["Agents"][0]["Dep"]
    assert recording.settings["select"] == {"queues": {"include": [str(queue)]}, "groups": {"include": [group]}}
    assert (queue, group) != (7001, "12")


@pytest.mark.parametrize(
    ("settings", "found"),
    [({"users": ("17", "ann")}, ["17"]), ({"groups": {"18": 20}}, ["18"]), ({"name": "x", "most": 19}, [])],
)
def test_digits_in_settings_name_something(settings: dict[str, object], found: list[str]) -> None:
    assert list(digits_in(settings)) == found
