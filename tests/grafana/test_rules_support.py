import pytest

from tests.support.rules import metric_names


@pytest.mark.parametrize(
    ("expr", "names"),
    [
        ("up == 0", {"up"}),
        (
            'sum by (job, target) (rate(a_total{queue=~"x or y"}[5m])) / on (job) group_left (b) c:d:e > bool 0.5',
            {"a_total", "c:d:e"},
        ),
        ("increase(a_total[$__rate_interval] offset 5m) and ignoring (state) b", {"a_total", "b"}),
        ('a{target=~"$target", queue!="{}"} unless on () vector(1) or -Inf', {"a"}),
        ("clamp_max(a, 1e3) + 0x1F + b offset 1h30m + c @ end()", {"a", "b", "c"}),
        ("sum(a) by (le) - count_over_time(b[1h:5m])", {"a", "b"}),
        ("a and (b or on () (c)) unless (d)", {"a", "b", "c", "d"}),
        ('label_replace(a, "x", "$1", "y", "(.*) z")', {"a"}),
    ],
)
def test_metric_names_returns_the_series_of_an_expression(expr: str, names: set[str]) -> None:
    assert metric_names(expr) == names
