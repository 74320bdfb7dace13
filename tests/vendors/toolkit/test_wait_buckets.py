"""Waits that a vendor counts in buckets."""

import pytest

from exporter.model import Histogram
from exporter.vendors.toolkit.wait_buckets import wait_histograms


def test_each_outcome_is_a_histogram_with_the_vendors_bounds() -> None:
    counts = {"answered.60": 8, "answered.5": 3, "answered.all": 9, "abandoned.5": 1, "abandoned.all": 2}
    assert wait_histograms(counts) == {
        "answered": Histogram(bounds=(5.0, 60.0), counts=(3, 8, 9)),
        "abandoned": Histogram(bounds=(5.0,), counts=(1, 2)),
    }


def test_a_published_sum_is_kept() -> None:
    counts = {"answered.5": 3, "answered.all": 4, "answered.sum": 20.5}
    assert wait_histograms(counts)["answered"].sum == 20.5


@pytest.mark.parametrize(
    "counts",
    [
        pytest.param({"answered.5": 3}, id="without all contacts"),
        pytest.param({"answered.all": 3}, id="without a bound"),
        pytest.param({"answered.5": 3, "answered.30": 2, "answered.all": 4}, id="fewer within a longer wait"),
        pytest.param({"answered.5": 3, "answered.all": 2}, id="fewer than within a wait"),
        pytest.param({}, id="nothing"),
    ],
)
def test_what_is_no_histogram_is_left_out(counts: dict[str, float]) -> None:
    assert wait_histograms(counts) == {}


@pytest.mark.parametrize("name", ["served.5", "answered.soon", "5"])
def test_a_mistake_in_the_schema_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match=name.rpartition(".")[2]):
        wait_histograms({name: 1, "answered.all": 1})
