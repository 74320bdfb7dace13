"""Numbers formatted as text keep every digit."""

import pytest

from exporter.simulator.number_text import percentage, plain


def test_percentage_parses_as_exactly_the_ratio() -> None:
    for numerator in range(998):
        written = percentage(numerator / 997)
        assert written is not None
        assert "E" not in written
        assert float(f"{written}e-2") == numerator / 997


@pytest.mark.parametrize(
    ("value", "written"),
    [(None, None), (0, "0"), (7.0, "7"), (41.25, "41.25"), (1e-7, "0.0000001"), (3e15, "3" + "0" * 15)],
)
def test_number_has_no_exponent_or_trailing_fraction(value: float | None, written: str | None) -> None:
    assert plain(value) == written
