"""The alert on slow polls leaves out every resource that takes its interval by design, and no other."""

import asyncio
import re

from exporter.vendors.base import Resource
from tests.fuzz.vendors import VENDORS, InstantClock, Responses, ResponsesHttp, client
from tests.support.rules import rules_of

# Its one resource has the name of others that are not paced, so it is left out by its vendor.
BY_VENDOR = "apio"


def expression() -> str:
    [rule] = [rule for rule in rules_of("sre.yml") if rule.get("alert") == "ContactCenterPollsSlow"]
    return str(rule["expr"])


async def resources(vendor: str) -> list[Resource]:
    clock = InstantClock()
    connected = client(vendor, ResponsesHttp(Responses({}), clock), clock)
    found = list(connected.resources)
    await connected.close()
    return found


def test_what_is_spread_over_its_interval_is_not_slow() -> None:
    every = {vendor: asyncio.run(resources(vendor)) for vendor in VENDORS}
    paced = {each.name for vendor, found in every.items() if vendor != BY_VENDOR for each in found if each.paced}
    quick = {each.name for found in every.values() for each in found if not each.paced}
    [left_out] = re.findall(r'resource!~"([^"]*)"', expression())
    assert set(left_out.split("|")) == paced
    assert paced.isdisjoint(quick)


def test_the_vendor_that_is_left_out_has_nothing_else() -> None:
    assert f'vendor="{BY_VENDOR}"' in expression()
    assert all(each.paced for each in asyncio.run(resources(BY_VENDOR)))
