"""Every published example is a fixture: requested ones have golden texts, the others a reason why they feed no family.

A vendor that publishes fields and no responses (Axialys) has a fixture with every field of a section.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.vendors.polls import GOLDEN_SUFFIX

FOLDER = Path(__file__).parent
VENDORS = ("apio", "asterisk", "axialys", "brightpattern", "kpn", "sinch")

SINGLE = "never requested: one request per item; its test shows that it equals the row of the list"
SETTING = "never requested: configuration, no operational data"
PERSONAL = "never requested: single contacts, with customers' numbers and addresses"
ERROR = "an error: its status fails the poll"

# A list of names, not a response.
PUBLISHED_FIELDS = "published_fields.txt"

WITHOUT_FAMILY = {
    "apio/assigned": "never requested: the response to a change, and the exporter changes nothing",
    "apio/available": SETTING,
    "apio/available_enriched": SETTING,
    "apio/available_enriched_filtered": SETTING,
    "apio/available_filtered": SETTING,
    "apio/dnis": SETTING,
    "asterisk/queue_log": "the ledger that the recording is compared with",
    "asterisk/registrations": "part of the golden text of endpoints, whose registrations it contains",
    "axialys/calls_status": "observed: only what ends after the first request adds to the totals of an agent",
    "axialys/op_details_break": "part of the golden text of op_details, whose operators it belongs to",
    "brightpattern/auth": "the response to a sign-in",
    "brightpattern/refusal": ERROR,
    "brightpattern/services": "ids and names only, which become labels of the statistics of services",
    "brightpattern/subscription": "a request: the published data is its response",
    "kpn/agent": SINGLE,
    "kpn/hostile": "made up: one of every possible fault",
    "kpn/queue": SINGLE,
    "kpn/token": "the response to a sign-in",
    "kpn/trunk": SINGLE,
    "sinch/agent": SINGLE,
    "sinch/agentPresence": SETTING,
    "sinch/agentPresences": SETTING,
    "sinch/agentQueue": "never requested: one request per agent, for counts that /queueStatuses provides",
    "sinch/agentQueues": "never requested: one request per agent, for counts that /queueStatuses provides",
    "sinch/contact": "requested only if an open contact is no longer in the list: the same fields as in the list",
    "sinch/contactDetails": PERSONAL,
    "sinch/contactSummary": SINGLE,
    "sinch/invalidGuid": ERROR,
    "sinch/notFound": ERROR,
    "sinch/queueGroup": SINGLE,
    "sinch/queueStatus": SINGLE,
    "sinch/userStatus": SINGLE,
}


def goldens(vendor: str) -> set[str]:
    """Return the fixtures that have a golden text; the text's name may add a detail after a dot."""
    return {file.name.partition(".")[0] for file in (FOLDER / vendor).glob(f"*{GOLDEN_SUFFIX}")}


def fixtures(vendor: str) -> Iterator[str]:
    for file in (FOLDER / vendor).iterdir():
        if file.suffix in {".json", ".txt"} and file.name != PUBLISHED_FIELDS:
            yield file.stem


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_example_has_a_golden_text_or_a_reason_to_have_none(vendor: str) -> None:
    unshown = {name.partition("/")[2] for name in WITHOUT_FAMILY if name.startswith(f"{vendor}/")}
    shown = goldens(vendor)
    assert not shown & unshown, "has a golden text and a reason to have none"
    assert set(fixtures(vendor)) == shown | unshown


@pytest.mark.parametrize("name", WITHOUT_FAMILY)
def test_every_reason_belongs_to_an_existing_example(name: str) -> None:
    assert WITHOUT_FAMILY[name]
    assert any((FOLDER / f"{name}{ending}").is_file() for ending in (".json", ".txt"))


def test_every_vendor_is_listed() -> None:
    assert {folder.name for folder in FOLDER.iterdir() if any(folder.glob("*.json"))} == set(VENDORS)
