"""Contacts of agents, from counts that restart with each membership and may count a contact in several queues."""

import msgspec
import pytest

from exporter.vendors.asterisk.contacts_taken import ContactsTaken
from exporter.vendors.asterisk.records import Member

NOW = 1_795_722_033.0
DAY = 86_400.0


def member(queue: str, taken: float | None, last: float = 0, agent: str = "PJSIP/101") -> Member:
    return Member(queue=queue, agent=agent, contacts_taken=taken, last_contact_at=last)


def totals(*polls: list[Member]) -> list[float | None]:
    """Return the total of agent 101 after each poll."""
    contacts = ContactsTaken()
    return [contacts.update(poll, NOW + 15 * number).get("PJSIP/101") for number, poll in enumerate(polls)]


def test_an_agent_of_two_queues_has_the_contacts_of_both() -> None:
    first, second = member("sales", 3, last=90), member("billing", 2, last=80)
    assert totals([first, second], [member("sales", 4, last=100), second]) == [5, 6]


def test_a_contact_that_is_counted_in_every_queue_counts_once() -> None:
    """With `shared_lastcall`, the usual setting of FreePBX."""
    before = [member("sales", 3, last=90), member("billing", 3, last=90)]
    after = [member("sales", 5, last=120), member("billing", 5, last=120)]
    assert totals(before, after) == [3, 5]


def test_a_reset_of_the_statistics_loses_nothing() -> None:
    before = [member("sales", 3, last=90), member("billing", 2, last=80)]
    reset = [member("sales", 3, last=90), member("billing", 0)]
    after = [member("sales", 3, last=90), member("billing", 1, last=100)]
    assert totals(before, reset, after) == [5, 5, 6]


def test_an_agent_who_leaves_and_comes_back_continues() -> None:
    assert totals([member("sales", 3, last=90)], [], [member("sales", 0)], [member("sales", 2, last=200)]) == [
        3,
        None,
        3,
        5,
    ]


def test_a_member_without_a_count_has_no_total() -> None:
    assert totals([member("sales", None)]) == [None]


async def test_a_restart_of_the_exporter_continues_the_totals() -> None:
    old, new = ContactsTaken(), ContactsTaken()
    old.update([member("sales", 3, last=90)], NOW)
    old.update([member("sales", 1, last=120)], NOW + 15)
    saved = await old.save()
    assert saved is not None
    new.restore(saved, 60)
    assert new.update([member("sales", 2, last=150)], NOW + 75) == {"PJSIP/101": 5}
    with pytest.raises(msgspec.MsgspecError):
        new.restore(b"[]", 60)


async def test_an_agent_is_forgotten_a_month_after_leaving() -> None:
    contacts = ContactsTaken()
    contacts.update([member("sales", 3, last=90)], NOW)
    contacts.update([], NOW + 30 * DAY)
    assert b"PJSIP/101" in (await contacts.save() or b"")
    contacts.update([], NOW + 32 * DAY)
    assert await contacts.save() == b"{}"
