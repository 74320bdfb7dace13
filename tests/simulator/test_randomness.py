"""Random streams are reproducible and distributions have their configured mean."""

from statistics import mean, stdev

import pytest

from exporter.simulator.randomness import Duration, Exponential, LogNormal, Streams, Uniform


def test_streams_are_reproducible_and_independent() -> None:
    first, again, other = Streams(7).of("talk"), Streams(7).of("talk"), Streams(7).of("hold")
    numbers = [first.random() for _ in range(5)]
    assert numbers == [again.random() for _ in range(5)]
    assert numbers != [other.random() for _ in range(5)]
    assert numbers != [Streams(8).of("talk").random() for _ in range(5)]


@pytest.mark.parametrize(
    ("duration", "middle", "deviation"),
    [(Exponential(60), 60, 60), (Uniform(30, 90), 60, 60 / 12**0.5), (LogNormal(60, 0.5), 60, 30)],
)
def test_a_duration_has_its_mean_and_deviation(duration: Duration, middle: float, deviation: float) -> None:
    random = Streams(1).of("test")
    cases = [duration.draw(random) for _ in range(40_000)]
    assert mean(cases) == pytest.approx(middle, rel=0.02)
    assert stdev(cases) == pytest.approx(deviation, rel=0.05)
