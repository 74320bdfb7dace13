"""Durations and sizes in configuration syntax."""

import pytest

from exporter.settings.units import format_bytes, format_duration, parse_bytes, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("0s", 0.0),
        ("15s", 15.0),
        ("500ms", 0.5),
        ("1m30s", 90.0),
        ("1h", 3600.0),
        ("1d", 86400.0),
        ("2w", 1_209_600.0),
        ("1y", 31_536_000.0),
        ("1d12h30m15s250ms", 131_415.25),
    ],
)
def test_duration_is_parsed_as_in_prometheus(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "15", "s", "1.5s", "-5s", "30s1m", "1m 30s", "15S", "5 s", "1s1s", "٣s", "15s\n"])
def test_invalid_duration(text: str) -> None:
    with pytest.raises(ValueError, match=r"^invalid duration: use a number and a unit, such as 15s$"):
        parse_duration(text)


def test_duration_beyond_the_range_of_prometheus_is_an_error() -> None:
    with pytest.raises(ValueError, match="too long"):
        parse_duration("300y")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0s"), (0.5, "500ms"), (15.0, "15s"), (90.0, "1m30s"), (86400.0, "1d"), (90000.0, "25h"), (604800.0, "1w")],
)
def test_duration_is_formatted_as_in_prometheus(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("4096", 4096),
        ("12B", 12),
        ("10MB", 10_000_000),
        ("512KiB", 524_288),
        ("64MiB", 67_108_864),
        ("64 mib", 67_108_864),
        ("1.5GiB", 1_610_612_736),
        ("1GB", 1_000_000_000),
    ],
)
def test_size_with_decimal_and_binary_units(text: str, size: int) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "MiB", "64Mi", "-1", "10 MB x", "1e6", "64MiBs"])
def test_invalid_size(text: str) -> None:
    with pytest.raises(ValueError, match=r"^invalid size: use a number and a unit, such as 64MiB$"):
        parse_bytes(text)


@pytest.mark.parametrize(("size", "text"), [(0, "0"), (1500, "1500"), (2048, "2KiB"), (67_108_864, "64MiB")])
def test_size_is_formatted_in_the_largest_exact_unit(size: int, text: str) -> None:
    assert format_bytes(size) == text
