"""Readers of a vendor's values."""

import pytest

from exporter.vendors.toolkit.readers import (
    LONGEST_LABEL,
    NoValueError,
    Reader,
    UnmappedError,
    identifier,
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
    ("value", "expected"),
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
def test_numbers_are_read_from_numbers_and_text(value: object, expected: float) -> None:
    assert number(value) == expected


@pytest.mark.parametrize("value", ["38", 38, "0"])
def test_counts_stay_integers(value: object) -> None:
    assert isinstance(number(value), int)


@pytest.mark.parametrize(
    "value",
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
def test_a_value_that_is_not_a_plain_number_is_unmapped(read: Reader, value: object) -> None:
    assert unmapped(read, value).fallback is None


@pytest.mark.parametrize(
    ("value", "expected"),
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
def test_percentages_become_exact_ratios(value: object, expected: float) -> None:
    assert percentage(value) == expected


@pytest.mark.parametrize("percent", range(101))
def test_every_integer_percentage_is_the_decimal_ratio(percent: int) -> None:
    assert repr(percentage(str(percent))) == repr(float(f"0.{percent:02}" if percent < 100 else "1"))


@pytest.mark.parametrize(
    ("read", "value", "expected"),
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
def test_other_units_are_read_exactly(read: Reader, value: object, expected: float) -> None:
    assert read(value) == expected


@pytest.mark.parametrize(
    "value", ["1:30", "00:60:00", "00:00:60", "-1:00:00", "99999:00:00", "1:2:3", "٢٢:٢٢:٢٢", "::"]
)
def test_an_invalid_clock_time_is_unmapped(value: str) -> None:
    assert unmapped(seconds, value).fallback is None


@pytest.mark.parametrize("value", ["1.01", 2, "57"])
def test_a_ratio_above_1_is_unmapped(value: object) -> None:
    assert unmapped(ratio, value).fallback is None


@pytest.mark.parametrize("value", ["101", "100.1", 101, "1e5", "1e99"])
def test_a_percentage_above_100_is_unmapped(value: object) -> None:
    assert unmapped(percentage, value).fallback is None


@pytest.mark.parametrize("value", ["AVAIL", "avail", " Avail ", "AVAIL\t"])
def test_words_are_read_in_any_case(value: str) -> None:
    assert STATES(value) == "available"


@pytest.mark.parametrize("value", ["AVAILABLE", "wrap up", 3, True, ["AVAIL"], {}])
def test_an_unmapped_word_has_a_fallback(value: object) -> None:
    assert unmapped(STATES, value).fallback == "unknown"


def test_a_deeply_nested_value_is_reported_by_type_only() -> None:
    nested: list[object] = []
    for _ in range(100_000):
        nested = [nested]
    assert str(unmapped(STATES, nested)) == "list"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Sales", "Sales"),
        (" Sales ", "Sales"),
        ("- 3 -", "- 3 -"),
        (1000, "1000"),
        (10.5, "10.5"),
        ('Zoë \\ "x"\n', 'Zoë \\ "x"'),
    ],
)
def test_text_is_stripped_and_numbers_become_text(value: object, expected: str) -> None:
    assert text(value) == expected


@pytest.mark.parametrize("value", [None, True, [], {"name": "Sales"}])
def test_a_value_that_is_neither_text_nor_number_is_unmapped(value: object) -> None:
    assert unmapped(text, value).fallback is None


def test_a_text_of_the_maximum_length_is_unchanged() -> None:
    assert text("x" * LONGEST_LABEL) == "x" * LONGEST_LABEL


@pytest.mark.parametrize("value", ["x" * 257, "é" * 4000, 10**4000, "x" * 5_000_000, "\ud800" * 300])
def test_a_longer_text_is_cut(value: object) -> None:
    cut = unmapped(text, value).fallback
    assert isinstance(cut, str)
    assert len(cut) == LONGEST_LABEL
    assert cut[:200] == str(value)[:200]


def test_cut_texts_are_distinct_and_stable() -> None:
    long = "x" * 4000
    assert unmapped(text, long + "1").fallback != unmapped(text, long + "2").fallback
    assert unmapped(text, long).fallback == unmapped(text, long).fallback


def test_the_note_of_a_cut_text_does_not_repeat_it() -> None:
    assert str(unmapped(text, "Jan Jansen " * 100)) == "1099 characters"


@pytest.mark.parametrize("value", ["", " ", "-", "--", "N/A", " n/a "])
def test_text_that_stands_for_no_value_is_left_out(value: str) -> None:
    with pytest.raises(NoValueError):
        text(value)


@pytest.mark.parametrize("value", ["-", "N/A", "null", -1, "-1", "-1.0", 2**32 - 1, str(2**64 - 1), 2**64 - 1])
@pytest.mark.parametrize("read", [number, seconds, milliseconds, percentage, ratio])
def test_a_number_that_stands_for_no_value_is_left_out(read: Reader, value: object) -> None:
    with pytest.raises(NoValueError):
        read(value)


@pytest.mark.parametrize("value", [-2, "3,5", "1 000", True, [], "-0.5"])
def test_any_other_bad_number_is_unmapped(value: object) -> None:
    with pytest.raises(UnmappedError) as caught:
        number(value)
    assert not isinstance(caught.value, NoValueError)


@pytest.mark.parametrize(("read", "year"), [(seconds, 366 * 86_400), (milliseconds, 366 * 86_400_000)])
def test_a_duration_of_more_than_a_year_is_unmapped(read: Reader, year: int) -> None:
    assert read(year) == 366 * 86_400
    with pytest.raises(UnmappedError):
        read(year + 1000)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" a206c474b22311d38fbe0090279a922e ", "A206C474B22311D38FBE0090279A922E"),
        ("abc", "abc"),
        ("a206c474", "a206c474"),
        (1001, "1001"),
    ],
)
def test_an_id_of_32_hexadecimal_digits_is_upper_case(value: object, expected: str) -> None:
    assert identifier(value) == expected
