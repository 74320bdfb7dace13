"""How one value of a vendor is read."""

import pytest

from exporter.vendors.toolkit.readers import (
    LONGEST_LABEL,
    Reader,
    UnmappedError,
    milliseconds,
    number,
    percentage,
    ratio,
    seconds,
    text,
    words,
)

STATES = words({"AVAIL": "available", "Wrap-Up": "wrap_up"}, "unknown")


def unmapped(read: Reader, value: object) -> UnmappedError:
    with pytest.raises(UnmappedError) as caught:
        read(value)
    return caught.value


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("38", 38),
        (" 38\n", 38),
        ("0", 0),
        ("007", 7),
        ("12.5", 12.5),
        ("1e3", 1000),
        ("1.5E+2", 150),
        (38, 38),
        (12.5, 12.5),
        (1e22, 1e22),
        ("999999999999999999", 999_999_999_999_999_999),
        ("0." + "3" * 5000, 1 / 3),
    ],
)
def test_numbers_come_as_numbers_or_as_text(said: object, means: float) -> None:
    assert number(said) == means


@pytest.mark.parametrize("said", ["38", 38, "0"])
def test_counts_stay_whole(said: object) -> None:
    assert isinstance(number(said), int)


@pytest.mark.parametrize(
    "said",
    [
        "",
        " ",
        "many",
        "NaN",
        "inf",
        "-inf",
        "Infinity",
        "1_000",
        "1,000",
        "12,5",
        "١٢",
        "1²",
        "0x10",
        "1e",
        "1e999",
        ".5",
        "5.",
        "+5",
        "-1",
        "-0.0",
        "--",
        "1 2",
        "9" * 19,
        "9" * 1_000_000,
        -1,
        -0.5,
        float("nan"),
        float("inf"),
        1e300 * 10,
        10**400,
        None,
        True,
        False,
        ["1"],
        {"value": 1},
        b"1",
    ],
)
@pytest.mark.parametrize("read", [number, percentage, ratio, milliseconds, seconds])
def test_what_is_no_plain_number_has_no_meaning(read: Reader, said: object) -> None:
    assert unmapped(read, said).fallback is None


@pytest.mark.parametrize(
    ("said", "ratio"),
    [
        ("57", 0.57),
        (57, 0.57),
        (57.0, 0.57),
        ("83.3", 0.833),
        ("0", 0.0),
        ("100", 1.0),
        (" 29 ", 0.29),
        ("1e2", 1.0),
        ("0." + "3" * 5000, 1 / 300),
    ],
)
def test_percentages_become_ratios_without_noise(said: object, ratio: float) -> None:
    assert percentage(said) == ratio


@pytest.mark.parametrize("percent", range(101))
def test_every_whole_percentage_is_the_ratio_one_would_write(percent: int) -> None:
    assert repr(percentage(str(percent))) == repr(float(f"0.{percent:02}" if percent < 100 else "1"))


@pytest.mark.parametrize(
    ("read", "said", "means"),
    [
        (milliseconds, "1234", 1.234),
        (milliseconds, 57, 0.057),
        (milliseconds, "0", 0),
        (seconds, "90", 90),
        (seconds, 1.5, 1.5),
        (seconds, "00:01:30", 90),
        (seconds, " 1:00:00 ", 3600),
        (seconds, "100:59:59", 363_599),
        (ratio, "0.57", 0.57),
        (ratio, 1, 1),
        (ratio, 0, 0),
    ],
)
def test_other_units_are_read_without_noise(read: Reader, said: object, means: float) -> None:
    assert read(said) == means


@pytest.mark.parametrize("said", ["1:30", "00:60:00", "00:00:60", "-1:00:00", "99999:00:00", "1:2:3", "٢٢:٢٢:٢٢", "::"])
def test_what_is_no_time_of_a_clock_has_no_meaning(said: str) -> None:
    assert unmapped(seconds, said).fallback is None


@pytest.mark.parametrize("said", ["1.01", 2, "57"])
def test_a_share_beyond_1_is_refused(said: object) -> None:
    assert unmapped(ratio, said).fallback is None


@pytest.mark.parametrize("said", ["101", "100.1", 101, "1e5", "1e99"])
def test_a_percentage_beyond_100_is_refused(said: object) -> None:
    assert unmapped(percentage, said).fallback is None


@pytest.mark.parametrize("said", ["AVAIL", "avail", " Avail ", "AVAIL\t"])
def test_words_are_known_in_any_case(said: str) -> None:
    assert STATES(said) == "available"


@pytest.mark.parametrize("said", ["AVAILABLE", "", "wrap up", 3, True, ["AVAIL"], {}])
def test_an_unknown_word_is_told_and_stood_in_for(said: object) -> None:
    assert unmapped(STATES, said).fallback == "unknown"


def test_a_word_nested_without_end_is_not_even_shown() -> None:
    said: list[object] = []
    for _ in range(100_000):
        said = [said]
    assert str(unmapped(STATES, said)) == "list"


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("Sales", "Sales"),
        (" Sales ", " Sales "),
        ("", ""),
        (1000, "1000"),
        (10.5, "10.5"),
        ('Zoë \\ "x"\n', 'Zoë \\ "x"\n'),
    ],
)
def test_text_is_taken_as_it_is_and_numbers_as_text(said: object, means: str) -> None:
    assert text(said) == means


@pytest.mark.parametrize("said", [None, True, [], {"name": "Sales"}])
def test_what_is_neither_text_nor_number_names_nothing(said: object) -> None:
    assert unmapped(text, said).fallback is None


def test_a_text_of_the_longest_length_stays_whole() -> None:
    assert text("x" * LONGEST_LABEL) == "x" * LONGEST_LABEL


@pytest.mark.parametrize("said", ["x" * 257, "é" * 4000, 10**4000, "x" * 5_000_000, "\ud800" * 300])
def test_a_longer_one_is_cut(said: object) -> None:
    cut = unmapped(text, said).fallback
    assert isinstance(cut, str)
    assert len(cut) == LONGEST_LABEL
    assert cut[:200] == str(said)[:200]


def test_cut_texts_stay_distinct_and_the_same_from_poll_to_poll() -> None:
    long = "x" * 4000
    assert unmapped(text, long + "1").fallback != unmapped(text, long + "2").fallback
    assert unmapped(text, long).fallback == unmapped(text, long).fallback


def test_the_note_of_a_cut_text_does_not_repeat_it() -> None:
    assert str(unmapped(text, "Jan Jansen " * 100)) == "1100 characters"
