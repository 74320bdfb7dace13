"""What a recording keeps of a value, and what it replaces: a value in, a value out."""

import re

import pytest

from exporter.recording.anonymiser import Anonymiser, numbers_of_identities
from exporter.recording.vocabulary import Kind, vocabulary_of
from exporter.redaction import remember
from exporter.vendors.base import load_vendor

VOCABULARY = vocabulary_of(load_vendor("kpn"))
TWILIO = vocabulary_of(load_vendor("twilio-taskrouter"))
PSEUDONYM = re.compile(r"x[a-z2-7]{12}")
NUMBER = re.compile(r"[1-9][0-9]{7}")


@pytest.fixture
def anonymiser() -> Anonymiser:
    return Anonymiser(VOCABULARY, {"17"})


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("AVAIL", "known", id="a state"),
        pytest.param("avail", "known", id="a state in other letters"),
        pytest.param("12", "figure", id="a count"),
        pytest.param("83.51923076923077", "figure", id="a share"),
        pytest.param("28800000", "figure", id="milliseconds"),
        pytest.param("3599", "known", id="a short number"),
        pytest.param("0", "identity", id="0 stands for nothing"),
        pytest.param("2026-11-27T21:15:57.123Z", "known", id="a time"),
        pytest.param("2026-11-27 21:15:57", "known", id="a time with a blank"),
        pytest.param("2026-11-27", "known", id="a date"),
        pytest.param("00:04:12", "figure", id="a duration"),
        pytest.param("PT1H2M3.5S", "figure", id="a duration of ISO 8601"),
        pytest.param("Fri, 27 Nov 2026 21:15:57 GMT", "known", id="a time as in a header"),
        pytest.param("", "identity", id="nothing"),
        pytest.param("  ", "known", id="blanks"),
    ],
)
def test_harmless_texts_are_kept(text: str, kind: Kind, anonymiser: Anonymiser) -> None:
    assert anonymiser.text(text, kind) == text


@pytest.mark.parametrize(
    ("text", "kind", "form"),
    [
        pytest.param("Sales", "known", PSEUDONYM, id="a name"),
        pytest.param("17", "identity", NUMBER, id="an id of digits"),
        pytest.param("0612345678", "known", NUMBER, id="a telephone number"),
        pytest.param("0612345678", "figure", NUMBER, id="a telephone number as a count"),
        pytest.param("+31612345678", "known", NUMBER, id="an international one"),
        pytest.param("1234567", "known", NUMBER, id="a long number"),
        pytest.param("4001", "unknown", NUMBER, id="a number of a field that is not read"),
        pytest.param("1990-05-17", "unknown", PSEUDONYM, id="a date of a field that is not read"),
        pytest.param("AVAIL", "secret", PSEUDONYM, id="a secret that is a word"),
        pytest.param("192.0.2.77", "known", PSEUDONYM, id="an address"),
    ],
)
def test_other_texts_are_replaced(text: str, kind: Kind, form: re.Pattern[str], anonymiser: Anonymiser) -> None:
    assert form.fullmatch(anonymiser.text(text, kind))
    assert anonymiser.text(f" {text} ", kind) == anonymiser.text(text, kind)


def test_a_known_secret_within_a_text_is_replaced(anonymiser: Anonymiser) -> None:
    remember("hunter2-hunter2")
    assert PSEUDONYM.fullmatch(anonymiser.text("AVAIL_hunter2-hunter2"))


def test_each_recording_has_pseudonyms_of_its_own() -> None:
    first, second = Anonymiser(VOCABULARY), Anonymiser(VOCABULARY)
    assert first.text("Sales") == first.text("Sales")
    assert first.text("Sales") != second.text("Sales")


@pytest.mark.parametrize("name", ["6A8562F960ED4541BA75F6A6F6C94618", "9e107d9d-3723-41f5-a7d1-7ad9cbe4a2b0"])
def test_an_id_keeps_its_form(name: str, anonymiser: Anonymiser) -> None:
    replaced = anonymiser.text(name)
    assert replaced != name
    assert re.sub(r"[0-9A-F]", "0", replaced) == re.sub(r"[0-9A-F]", "0", name) or replaced.islower()
    assert [len(part) for part in replaced.split("-")] == [len(part) for part in name.split("-")]
    assert anonymiser.text(name.lower()) == replaced.lower()


def test_no_two_numbers_have_one_pseudonym(anonymiser: Anonymiser) -> None:
    assert len({anonymiser.text(str(number), "identity") for number in range(1, 20_000)}) == 19_999


def test_a_word_keeps_its_first_part(anonymiser: Anonymiser) -> None:
    head, _, rest = anonymiser.text("queue_Sales").partition("_")
    assert head == "queue"
    assert rest == anonymiser.text("Sales")


def test_a_document_keeps_its_structure(anonymiser: Anonymiser) -> None:
    row = {
        "Number": 17,
        "Name": "Sales",
        "InQueueCalls": "3",
        "Ports": [{"Number": 17, "State": "IDLE"}],
        "Boss": "Ann",
    }
    replaced = anonymiser.document({"DataSet": {"queues": [row]}, "Error": None})
    assert replaced == {
        "DataSet": {
            "queues": [
                {
                    "Number": int(anonymiser.text("17", "identity")),
                    "Name": anonymiser.text("Sales"),
                    "InQueueCalls": "3",
                    "Ports": [{"Number": int(anonymiser.text("17", "identity")), "State": "IDLE"}],
                    anonymiser.text("Boss"): anonymiser.text("Ann"),
                }
            ]
        },
        "Error": None,
    }


def test_keys_that_are_data_are_replaced_and_their_counts_kept(anonymiser: Anonymiser) -> None:
    assert anonymiser.document({"queues": {"Sales": 120, "Support": 7}}) == {
        "queues": {anonymiser.text("Sales"): 120, anonymiser.text("Support"): 7}
    }


@pytest.mark.parametrize(
    ("number", "kind", "kept"),
    [
        (28_800_000, "figure", True),
        (31_612_345_678, "figure", False),
        (999_999, "known", True),
        (31_612_345_678, "known", False),
        (12, "unknown", True),
        (52.09, "unknown", False),
        (4001, "unknown", False),
        (17, "identity", False),
    ],
)
def test_numbers(number: float, kind: Kind, kept: bool, anonymiser: Anonymiser) -> None:  # noqa: FBT001 - an example
    assert (anonymiser.number(number, kind) == number) == kept


@pytest.mark.parametrize("kind", ["figure", "known"])
def test_a_number_near_the_time_of_the_recording_is_a_time(kind: Kind) -> None:
    anonymiser = Anonymiser(VOCABULARY, now=1_795_815_600.0)
    assert anonymiser.number(1_795_812_000, kind) == 1_795_812_000
    assert anonymiser.number(1_795_812_000_000, kind) == 1_795_812_000_000
    assert anonymiser.number(31_612_345_678, kind) != 31_612_345_678
    assert anonymiser.text("1795812000") == "1795812000"


def test_the_items_of_a_list_are_replaced_singly(anonymiser: Anonymiser) -> None:
    assert anonymiser.text("Sales,17, 18") == ",".join(
        anonymiser.text(each, "identity") for each in ("Sales", "17", "18")
    )


def test_the_arguments_of_a_function_in_a_path_are_replaced_singly(anonymiser: Anonymiser) -> None:
    path = anonymiser.text("/Queue(number='17',time=2026-11-27T00:00:00Z,name='Ann')")
    ids, name = anonymiser.text("17", "identity"), anonymiser.text("Ann")
    assert path == f"/Queue(number='{ids}',time=2026-11-27T00:00:00Z,name='{name}')"


def test_a_number_that_json_lacks_is_absent(anonymiser: Anonymiser) -> None:
    assert anonymiser.document({"InQueueCalls": float("nan")}) == {"InQueueCalls": None}


def test_a_url_keeps_the_words_of_the_api(anonymiser: Anonymiser) -> None:
    url = anonymiser.url(
        "https://ann:pw@vendor.example:8443/api/queue/number/17?grant_type=client_credentials&id=17,18"
    )
    host, path = url.removeprefix("https://").split("/", 1)
    assert re.fullmatch(r"x[a-z2-7]{12}\.invalid", host)
    api, rest = path.split("/", 1)
    ids = ",".join(anonymiser.text(number, "identity") for number in ("17", "18"))
    assert PSEUDONYM.fullmatch(api)
    assert rest == f"queue/number/{anonymiser.text('17', 'identity')}?grant_type=client_credentials&id={ids}"


def test_what_is_no_url_is_left_out(anonymiser: Anonymiser) -> None:
    assert anonymiser.url("http://[") == ""


def test_the_numbers_that_identify_something_are_those_of_identifying_fields() -> None:
    rows = {"queues": [{"Number": 17, "InQueueCalls": 3, "Name": "18"}, {"Number": True}, {"queueId": "19"}]}
    assert sorted(numbers_of_identities(rows, VOCABULARY)) == ["17", "18"]


def test_numeric_keys_of_a_path_are_kept_and_other_numbers_are_not() -> None:
    """Twilio's `split_by_wait_time.300.below` counts the waits below 300 seconds."""
    anonymiser = Anonymiser(TWILIO)
    assert [anonymiser.key(key) for key in ("30", "120", "300")] == ["30", "120", "300"]
    assert anonymiser.key("3012") != "3012"
    assert anonymiser.text("300", "identity") != "300"
