"""Values of the model combined from several fields of a row."""

import msgspec

from exporter.model import Agent, Handled
from exporter.vendors.toolkit.assemble import handled_contacts, join_words
from exporter.vendors.toolkit.decoder import Decoder, Field, RowSchema
from exporter.vendors.toolkit.json_document import Notes
from exporter.vendors.toolkit.readers import number, text

AGENTS = RowSchema(
    "agents",
    Agent,
    (
        Field("id", "id", text),
        Field("first", "name.first", text),
        Field("last", "name.last", text),
        Field("calls", "handled.voice.in", number),
        Field("chats", "handled.chat.in", number),
        Field("mails", "handled.email.out", number),
    ),
    combine={"name": join_words, "handled": handled_contacts},
)


def agent(row: bytes, notes: Notes | None = None) -> Agent:
    [only] = Decoder(AGENTS).decode(msgspec.Raw(b"[" + row + b"]"), [] if notes is None else notes)
    return only


def test_a_name_is_joined_in_the_order_of_the_schema() -> None:
    assert agent(b'{"id": 1, "last": "Smit", "first": "Ivo"}').name == "Ivo Smit"
    assert agent(b'{"id": 1, "last": "Smit", "first": ""}').name == "Smit"
    assert agent(b'{"id": 1}').name == ""


def test_contacts_are_counted_by_channel_and_direction() -> None:
    assert agent(b'{"id": 1, "calls": "4", "mails": 0}').handled == (
        Handled(channel="voice", direction="in", contacts=4),
        Handled(channel="email", direction="out", contacts=0),
    )
    assert agent(b'{"id": 1, "calls": null}').handled == ()


def test_a_bad_entry_is_skipped() -> None:
    notes: Notes = []
    found = agent(b'{"id": 1, "calls": "many", "chats": "2", "first": [], "last": "Smit"}', notes)
    assert found == Agent(id="1", name="Smit", handled=(Handled(channel="chat", direction="in", contacts=2),))
    assert notes == [("agents.first", "list"), ("agents.calls", "many")]
