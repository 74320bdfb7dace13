"""Bodies that are not JSON: lines of names and values, rows of cells, pages."""

import pytest

from exporter.recording.anonymiser import Anonymiser
from exporter.recording.bodies import anonymised_text, identities_in, parsed
from exporter.recording.vocabulary import Vocabulary

WORDS = frozenset({"response", "success", "event", "queuestatus", "queue", "calls", "holdtime", "message", "state"})
PBX = Vocabulary(WORDS, frozenset({"Queue"}), frozenset({"Calls", "Holdtime"}), frozenset())


@pytest.fixture
def anonymiser() -> Anonymiser:
    return Anonymiser(PBX)


def test_lines_of_the_manager_interface(anonymiser: Anonymiser) -> None:
    lines = "Response: Success\r\n\r\nEvent: QueueStatus\r\nQueue: 400\r\nCalls: 3\r\nHoldtime: 12\r\nOwner: Ann\r\n"
    assert anonymised_text(lines, anonymiser).splitlines() == [
        "Response: Success",
        "",
        "Event: QueueStatus",
        f"Queue: {anonymiser.text('400', 'identity')}",
        "Calls: 3",
        "Holdtime: 12",
        f"{anonymiser.text('Owner')}: {anonymiser.text('Ann')}",
    ]


def test_a_line_without_a_name_among_them(anonymiser: Anonymiser) -> None:
    lines = "".join(f"Calls: {number}\n" for number in range(10))
    assert anonymised_text(f"Private Branch Exchange 1.0\n{lines}", anonymiser).splitlines()[1:3] == [
        "Calls: 0",
        "Calls: 1",
    ]


def test_rows_of_cells(anonymiser: Anonymiser) -> None:
    assert anonymised_text("queue;calls\nSales;3\nSupport;1200\n", anonymiser).splitlines() == [
        "queue;calls",
        f"{anonymiser.text('Sales')};3",
        f"{anonymiser.text('Support')};{anonymiser.text('1200', 'unknown')}",
    ]


@pytest.mark.parametrize(
    ("text", "recorded"),
    [
        pytest.param("<html>Ann</html>", "<html><!-- not recorded --></html>", id="a page"),
        pytest.param("Ann is not available", "not recorded", id="a sentence"),
        pytest.param('{"queue": "Ann"', "not recorded", id="JSON that was cut"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_of_other_texts_only_the_kind_is_recorded(text: str, recorded: str, anonymiser: Anonymiser) -> None:
    assert anonymised_text(text, anonymiser) == recorded


def test_the_numbers_that_identify_something_are_found_in_lines_too() -> None:
    assert list(identities_in(b"Queue: 400\r\nCalls: 3\r\n", PBX)) == ["400"]
    assert list(identities_in(b'{"Queue": 400, "Calls": 3}', PBX)) == ["400"]


def test_a_document_of_null_is_json() -> None:
    assert parsed(b"null") == (None, None)
    assert parsed(b"\xef\xbb\xbf[1]") == ([1], None)
