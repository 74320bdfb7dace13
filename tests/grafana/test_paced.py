"""The alert on slow polls excludes exactly the resources that are paced over their interval."""

import asyncio
import re

from exporter.vendors.base import Resource
from tests.fuzz.vendors import VENDORS, InstantClock, Responses, ResponsesHttp, client
from tests.support.rules import rules_of

# Its only resource shares its name with resources that are not paced, so it is excluded by vendor.
EXCLUDED_VENDOR = "apio"


def expression() -> str:
    [rule] = [rule for rule in rules_of("sre.yml") if rule.get("alert") == "ContactCenterPollsSlow"]
    return str(rule["expr"])


async def resources(vendor: str) -> list[Resource]:
    clock = InstantClock()
    connected = client(vendor, ResponsesHttp(Responses({}), clock), clock)
    found = list(connected.resources)
    await connected.close()
    return found


def test_paced_resources_are_excluded() -> None:
    every = {vendor: asyncio.run(resources(vendor)) for vendor in VENDORS}
    paced = {each.name for vendor, found in every.items() if vendor != EXCLUDED_VENDOR for each in found if each.paced}
    quick = {each.name for found in every.values() for each in found if not each.paced}
    [excluded] = re.findall(r'resource!~"([^"]*)"', expression())
    assert set(excluded.split("|")) == paced
    assert paced.isdisjoint(quick)


def test_the_excluded_vendor_has_only_paced_resources() -> None:
    assert f'vendor="{EXCLUDED_VENDOR}"' in expression()
    assert all(each.paced for each in asyncio.run(resources(EXCLUDED_VENDOR)))
