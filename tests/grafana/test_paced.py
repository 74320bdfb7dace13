"""The alert on slow polls excludes the resources that are paced over their interval."""

import asyncio
import re

from exporter.vendors.base import Resource
from tests.fuzz.vendors import VENDORS, InstantClock, Responses, ResponsesHttp, client
from tests.support.rules import rules_of

# Opt-in, and paced over pages as well.
SINGLE_CONTACTS = "contacts"


async def resources(vendor: str) -> list[Resource]:
    clock = InstantClock()
    connected = client(vendor, ResponsesHttp(Responses({}), clock), clock)
    found = list(connected.resources)
    await connected.close()
    return found


def test_paced_resources_without_items_are_excluded_by_name() -> None:
    """Others export their items, which excludes them: the demo shows it in `tests/e2e/test_demo.py`."""
    [rule] = [rule for rule in rules_of("sre.yml") if rule.get("alert") == "ContactCenterPollsSlow"]
    [excluded] = re.findall(r'resource!~"([^"]*)"', rule["expr"])
    every = {vendor: asyncio.run(resources(vendor)) for vendor in VENDORS}
    assert set(excluded.split("|")) == {each.name for each in every["sinch"] if each.paced} | {SINGLE_CONTACTS}
    assert set(excluded.split("|")).isdisjoint(
        each.name for found in every.values() for each in found if not each.paced
    )
