"""Rules and dashboards join series on ids, never on names: a renamed queue has its new name in one series first."""

import re
from pathlib import Path

import pytest

from grafana.generator.boards import attention
from grafana.preview.panel_queries import boards, interpolate, panels
from tests.support import promtool
from tests.support.rules import RULES, rules_of

NAMES = {"queue", "trunk", "agent"}
EXPRESSIONS = {
    f"{path.stem}: {rule.get('record') or rule['alert']} {number}": rule["expr"]
    for path in sorted(RULES.glob("*.yml"))
    for number, rule in enumerate(rules_of(path.name))
} | {
    f"{name}: {panel['title']} {target['refId']}": target["expr"]
    for name, board in boards().items()
    for panel in panels(board)
    for target in panel["targets"]
}
OLD = 'job="j", instance="i", target="t", queue_id="1", queue="Billing", channel="voice"'
NEW = 'job="j", instance="i", target="t", queue_id="1", queue="Invoices", channel="voice"'


@pytest.mark.parametrize("expr", EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_no_join_names_a_name(expr: str) -> None:
    for labels in re.findall(r"\b(?:on|group_left|group_right)\s*\(([^)]*)\)", expr):
        assert not NAMES & set(re.split(r",\s*", labels)), labels


def of(metric: str, labels: str, value: str) -> dict[str, str]:
    return {"series": f"{metric}{{{labels}}}", "values": value}


def renamed(*metrics: tuple[str, str]) -> list[dict[str, str]]:
    """Return series of a queue whose name changes from one metric to the next."""
    return [of(metric, (OLD, NEW)[place % 2], value) for place, (metric, value) in enumerate(metrics)]


@pytest.mark.parametrize(
    ("series", "record", "value"),
    [
        (
            renamed(
                ("contactcenter_queue_contacts_offered_total", "100+0x10"),
                ("contactcenter_queue_contacts_answered_in_service_level_total", "80+0x10"),
            ),
            "queue:contactcenter_service_level:ratio_day",
            0.8,
        ),
        (
            renamed(
                ("contactcenter_queue_contacts_answered_total", "10+0x10"),
                ("contactcenter_queue_answer_wait_seconds_total", "200+0x10"),
            ),
            "queue:contactcenter_speed_of_answer_seconds:mean_day",
            20,
        ),
        (
            renamed(
                ("contactcenter_queue_contacts_offered_total", "100+0x10"),
                ("contactcenter_queue_contacts_abandoned_short_total", "20+0x10"),
            ),
            "queue:contactcenter_contacts_counted:day",
            80,
        ),
        (
            renamed(
                ("contactcenter_queue_service_level_ratio", "0.9+0x10"),
                ("contactcenter_queue_service_level_target_ratio", "0.8+0x10"),
            ),
            "queue:contactcenter_service_level:error_budget_remaining_ratio",
            0.5,
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_queue_that_is_being_renamed_has_one_value(
    series: list[dict[str, str]], record: str, value: float, tmp_path: Path
) -> None:
    check = {"expr": f"sum({record}) / count({record}) ^ 2", "eval_time": "5m"}  # half of it if there were two
    seen = [{"labels": "{}", "value": value}]
    _run(tmp_path, series, [{**check, "exp_samples": seen}], "recording.yml", "details.yml")


@pytest.mark.parametrize(
    ("expr", "value"), [(attention.state(), 0), (attention.tiles(0, 3), 30), (f"max({attention.contact_waits()})", 30)]
)
def test_the_wall_shows_a_queue_that_is_being_renamed_once(expr: str, value: float, tmp_path: Path) -> None:
    series = renamed(
        ("contactcenter_queue_waiting_contacts", "3+0x10"),
        ("contactcenter_queue_staffed_agents", "5+0x10"),
        ("contactcenter_queue_estimated_wait_seconds", "5+0x10"),
        ("contactcenter_queue_oldest_wait_seconds", "30+0x10"),
    )
    shown = interpolate(expr, {}).removeprefix("sort_desc")
    check = {"expr": f"floor(sum({shown})) / count({shown}) ^ 2", "eval_time": "5m"}
    _run(tmp_path, series, [{**check, "exp_samples": [{"labels": "{}", "value": value}]}], "supervisors.yml")


def test_the_wall_shows_no_wait_of_a_contact_that_has_left(tmp_path: Path) -> None:
    series = [
        of("contactcenter_queue_waiting_contacts", OLD, "0+0x10"),
        of("contactcenter_queue_oldest_wait_seconds", OLD, "300+0x10"),
    ]
    _run(tmp_path, series, [{"expr": interpolate(attention.contact_waits(), {}), "eval_time": "5m"}])


def _run(folder: Path, series: list[dict[str, str]], checks: list[dict[str, object]], *rules: str) -> None:
    test = {"interval": "1m", "input_series": series, "promql_expr_test": checks}
    promtool.run(folder, [test], [RULES / name for name in rules])
