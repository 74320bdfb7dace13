"""The words that a recording may contain: those of a vendor's package and of its tables."""

import pytest

from exporter.recording.vocabulary import Kind, vocabulary_of
from exporter.vendors.base import load_vendor
from tests.sample.acme_contactcenter import VENDOR as ACME


@pytest.mark.parametrize(
    ("vendor", "words"),
    [
        ("kpn", ["DataSet", "InQueueCalls", "AVAIL", "FBUSY", "queue", "number", "grant_type", "client_credentials"]),
        ("sinch", ["queueStatuses", "Talking", "CallIn/Forwarded", "RI", "rmi", "inArrivedActive"]),
        ("brightpattern", ["service_grids", "after_call_work", "statsapi", "X-BP-SESSION-ID", "in_ewt"]),
        ("axialys", ["nbr_attente", "etat", "calling", "group_stats", "<id>"]),
        ("apio", ["agentACDState", "Sign-In", "supervised_agents", "tenants", "v1"]),
    ],
)
def test_the_words_of_a_vendor_are_known(vendor: str, words: list[str]) -> None:
    vocabulary = vocabulary_of(load_vendor(vendor))
    assert [word for word in words if not vocabulary.contains(word)] == []


@pytest.mark.parametrize("vendor", ["kpn", "sinch", "brightpattern", "axialys", "apio"])
@pytest.mark.parametrize("name", ["Sales", "Support", "Amsterdam", "Paris", "Anna", "Jansen", "Wolf", "18", "10.0.0.1"])
def test_names_are_no_words(vendor: str, name: str) -> None:
    assert not vocabulary_of(load_vendor(vendor)).contains(name)


@pytest.mark.parametrize(
    ("vendor", "field", "kind"),
    [
        ("kpn", "Number", "identity"),
        ("kpn", "Agent", "identity"),
        ("kpn", "Dep", "identity"),
        ("kpn", "InQueueCalls", "figure"),
        ("kpn", "Status", "known"),
        ("kpn", "expires_in", "known"),
        ("kpn", "access_token", "secret"),
        ("kpn", "client_secret", "secret"),
        ("kpn", "Boss", "unknown"),
        ("kpn", "VDN", "unknown"),
        ("sinch", "origQueueId", "identity"),
        ("sinch", "reportingGroupName", "identity"),
        ("sinch", "handledContactsCallIn", "figure"),
        ("sinch", "changeTimeStamp", "known"),
        ("sinch", "mobileNumber", "unknown"),
        ("axialys", "id_group", "identity"),
        ("axialys", "dest_number", "unknown"),
        ("apio", "extension", "unknown"),
    ],
)
def test_what_a_field_contains(vendor: str, field: str, kind: Kind) -> None:
    assert vocabulary_of(load_vendor(vendor)).kind(field) == kind


def test_a_package_of_ones_own_may_be_a_single_module() -> None:
    vocabulary = vocabulary_of(ACME)
    assert vocabulary.contains("sl_percent")
    assert vocabulary.contains("queues")
    assert (vocabulary.kind("title"), vocabulary.kind("waiting")) == ("identity", "figure")
