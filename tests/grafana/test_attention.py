"""The recorded state of queues, and what the wall shows of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from grafana.generator.boards import attention
from grafana.generator.rules import breaches, names
from grafana.preview.panel_queries import interpolate
from tests.support import promtool
from tests.support.rules import RULES

BILLING = 'job="contactcenter", instance="a", target="amsterdam", queue_id="1", queue="Billing", channel="voice"'
ELSEWHERE = BILLING.replace("amsterdam", "helsinki")
SHOWN = '{target="amsterdam", queue_id="1", queue="Billing", channel="voice"%s}'
WAITS = {"queue_waiting_contacts": 3, "queue_staffed_agents": 4}
FREE_AT_LEAST_2 = {'queue_free_agents_threshold|severity="critical"': 2}
LATE_HALF = {names.service_level("30m"): 0.5, names.OBJECTIVE: 0.8}


def series(values: Mapping[str, float], queue: str = BILLING) -> list[dict[str, Any]]:
    """Return input series of promtool; a key is a family or a recorded name, with further labels after a bar."""
    return [
        {"series": f"{name if ':' in name else f'contactcenter_{name}'}{{{queue}{more}}}", "values": f"{value}x10"}
        for key, value in values.items()
        for name, bar, labels in (key.partition("|"),)
        for more in (f", {labels}" if bar else "",)
    ]


def check(folder: Path, input_series: list[dict[str, Any]], expression: str, *expected: tuple[str, float]) -> None:
    """Let promtool evaluate an expression of a dashboard after the rules."""
    samples = [{"labels": labels, "value": value} for labels, value in expected]
    query = {"expr": interpolate(expression, {}), "eval_time": "5m", "exp_samples": samples}
    test = {"interval": "1m", "input_series": input_series, "promql_expr_test": [query]}
    promtool.run(folder, [test], [RULES / "supervisors.yml"])


@pytest.mark.parametrize(
    ("values", "state", "because"),
    [
        pytest.param({}, attention.OK, "-", id="below the default thresholds"),
        pytest.param(
            {"queue_oldest_wait_seconds": 60, 'queue_oldest_wait_threshold_seconds|severity="critical"': 60},
            attention.OK,
            "-",
            id="at the threshold",
        ),
        pytest.param(
            {"queue_oldest_wait_seconds": 70, 'queue_oldest_wait_threshold_seconds|severity="warning"': 60},
            attention.WATCH,
            "oldest wait",
            id="above a warning threshold",
        ),
        pytest.param(
            {"queue_oldest_wait_seconds": 70, 'queue_oldest_wait_threshold_seconds|severity="critical"': 60},
            attention.ACT,
            "oldest wait",
            id="above a critical threshold, without a warning threshold",
        ),
        pytest.param(
            {
                "queue_oldest_wait_seconds": 70,
                'queue_oldest_wait_threshold_seconds|severity="warning"': 60,
                'queue_waiting_contacts_threshold|severity="critical"': 2,
            },
            attention.ACT,
            "waiting contacts",
            id="the more severe cause is reported",
        ),
        pytest.param(
            {
                "queue_oldest_wait_seconds": 150,
                'queue_oldest_wait_threshold_seconds|severity="critical"': 60,
                'queue_waiting_contacts_threshold|severity="critical"': 2,
            },
            attention.ACT,
            "oldest wait",
            id="of equal states the figure that exceeds its threshold most is reported",
        ),
        pytest.param(
            {'queue_waiting_contacts_threshold|severity="critical"': 0},
            attention.ACT,
            "waiting contacts",
            id="a threshold of 0",
        ),
        pytest.param(
            {'queue_agents|state="available"': 1, **FREE_AT_LEAST_2}, attention.ACT, "few free agents", id="few free"
        ),
        pytest.param(
            {'queue_agents|state="available"': 2, **FREE_AT_LEAST_2}, attention.OK, "-", id="as many free as required"
        ),
        pytest.param(
            {'queue_serving_agents_threshold|severity="warning"': 5},
            attention.WATCH,
            "few serving agents",
            id="few serving",
        ),
        pytest.param({"queue_staffed_agents": 0}, attention.ACT, "no agent serving", id="no agent serves"),
        pytest.param(LATE_HALF | {names.counted("30m"): 14}, attention.OK, "-", id="a share of a few contacts"),
        pytest.param(LATE_HALF | {names.counted("30m"): 15}, attention.WATCH, "service level", id="a share of enough"),
        pytest.param(LATE_HALF | {names.counted("30m"): 100}, attention.ACT, "service level", id="a share of many"),
    ],
)
def test_the_state_of_a_queue_is_that_of_the_most_severe_threshold_breached(
    tmp_path: Path, values: dict[str, float], state: int, because: str
) -> None:
    samples = series(WAITS | values)
    check(tmp_path, samples, attention.state(), (SHOWN % "", state))
    check(tmp_path, samples, f"({attention.because()}) > bool -9", (SHOWN % f', because="{because}"', 1))


@pytest.mark.parametrize(
    ("values", "ratio"),
    [
        ({"queue_oldest_wait_seconds": 48, 'queue_oldest_wait_threshold_seconds|severity="warning"': 60}, 0.8),
        # Four times the critical threshold, which derives from the warning threshold.
        ({"queue_oldest_wait_seconds": 480, 'queue_oldest_wait_threshold_seconds|severity="warning"': 60}, 8),
        ({"queue_oldest_wait_seconds": 90, 'queue_oldest_wait_threshold_seconds|severity="critical"': 60}, 3),
    ],
)
def test_the_worst_figure_is_recorded_in_multiples_of_its_threshold(
    tmp_path: Path, values: dict[str, float], ratio: float
) -> None:
    check(tmp_path, series(WAITS | values), f"max({breaches.BREACH})", ("{}", ratio))


def test_an_email_queue_without_a_promise_has_no_thresholds(tmp_path: Path) -> None:
    samples = series({"queue_waiting_contacts": 300}, BILLING.replace("voice", "email"))
    check(tmp_path, samples, attention.state(), ((SHOWN % "").replace("voice", "email"), attention.NOTHING_SET))


def test_a_queue_that_is_not_open_yet_needs_no_agents(tmp_path: Path) -> None:
    early = {"queue_waiting_contacts": 0, "queue_staffed_agents": 2, 'queue_agents|state="available"': 0}
    samples = series(early | FREE_AT_LEAST_2 | {names.offered("30m"): 0})
    check(tmp_path, samples, attention.state(), (SHOWN % "", attention.OK))


def test_a_closed_queue_needs_no_agents(tmp_path: Path) -> None:
    closed = {"queue_waiting_contacts": 0, "queue_staffed_agents": 0, 'queue_agents|state="available"': 0}
    check(tmp_path, series(closed | FREE_AT_LEAST_2), attention.state(), (SHOWN % "", attention.OK))


def test_queues_of_the_same_name_in_two_contact_centres_have_separate_thresholds(tmp_path: Path) -> None:
    samples = series(WAITS) + series(WAITS | {'queue_waiting_contacts_threshold|severity="critical"': 2}, ELSEWHERE)
    elsewhere = (SHOWN % "").replace("amsterdam", "helsinki")
    check(tmp_path, samples, attention.state(), (SHOWN % "", attention.OK), (elsewhere, attention.ACT))


@pytest.mark.parametrize("expression", [attention.state(), f"({attention.because()}) >= bool 0"])
def test_a_queue_of_two_exporters_of_one_contact_centre_is_shown_once(tmp_path: Path, expression: str) -> None:
    watched = WAITS | {'queue_waiting_contacts_threshold|severity="warning"': 2}
    samples = series(WAITS) + series(watched, BILLING.replace('"a"', '"b"'))
    check(tmp_path, samples, f"sum({expression})", ("{}", attention.WATCH))


def test_a_tile_shows_the_oldest_wait_the_reason_and_the_waiting_contacts(tmp_path: Path) -> None:
    waits = {"queue_oldest_wait_seconds": 500, 'queue_oldest_wait_threshold_seconds|severity="critical"': 100}
    labels = ', because="oldest wait", waiting="3"'
    check(tmp_path, series(WAITS | waits), attention.tiles(attention.ACT, 9), (SHOWN % labels, 500))
    check(tmp_path, series(WAITS | waits), attention.tiles(attention.WATCH, 9))


def test_a_tile_of_an_empty_queue_has_no_wait(tmp_path: Path) -> None:
    """Some vendors keep the wait of a contact that has left."""
    left = {"queue_waiting_contacts": 0, "queue_oldest_wait_seconds": 500}
    shown = (SHOWN % ', because="-", waiting="0"', 0)
    check(tmp_path, series(WAITS | left), attention.tiles(attention.OK, 9), shown)


def test_a_tile_without_figures_reads_unknown(tmp_path: Path) -> None:
    agents = series({'queue_agents|state="available"': 0, "queue_staffed_agents": 1} | FREE_AT_LEAST_2)
    open_queue = series({names.offered("30m"): 3})
    tiles = attention.tiles(attention.ACT, 9)
    labels = '{because="few free agents", waiting="unknown"}'
    check(tmp_path, agents + open_queue, f"count by (because, waiting) ({tiles})", (labels, 1))
    check(tmp_path, agents + open_queue, f"({tiles}) >= 0 or ({tiles}) < 0")


def test_the_worst_queues_are_those_of_the_worst_state_and_then_figure(tmp_path: Path) -> None:
    limit = {'queue_waiting_contacts_threshold|severity="warning"': 2}
    # Twice the critical threshold; one and a half times it; beyond the warning threshold; none.
    waiting = {"a": 8, "b": 6, "c": 3, "d": 1}
    samples = [
        each
        for name, count in waiting.items()
        for each in series(
            {"queue_waiting_contacts": count} | limit, BILLING.replace('queue_id="1"', f'queue_id="{name}"')
        )
    ]
    shown = [(f'{{queue_id="{name}"}}', 1) for name in ("a", "b")]
    check(tmp_path, samples, f"count by (queue_id) ({attention.state()} {attention.worst(2)})", *shown)


def test_the_oldest_wait_is_the_one_worst_against_its_own_promise(tmp_path: Path) -> None:
    """An e-mail may wait for an hour of its four; a call that has waited for five minutes is late."""
    call = {"queue_oldest_wait_seconds": 301, "queue_service_level_target_seconds": 20}
    email = {"queue_oldest_wait_seconds": 3600, "queue_service_level_target_seconds": 4 * 3600}
    mail_queue = BILLING.replace('"1"', '"2"').replace("Billing", "Mail").replace("voice", "email")
    samples = series(WAITS | call) + series(WAITS | email, mail_queue)
    check(tmp_path, samples, attention.oldest_wait(attention.ACT), (SHOWN % "", 301))
    check(tmp_path, samples, attention.oldest_wait(attention.OK))


def test_a_state_and_its_alerts_agree(tmp_path: Path) -> None:
    """Every critical alert on a threshold of a queue has a state of act, and every warning one at least of watch."""
    values = {
        "queue_oldest_wait_seconds": 70,
        'queue_oldest_wait_threshold_seconds|severity="warning"': 60,
        'queue_oldest_wait_threshold_seconds|severity="critical"': 90,
    }
    alerts = 'count by (severity) (ALERTS{alertname="ContactCenterOldestWaitHigh", alertstate="firing"})'
    for wait, state, severities in (
        (60, attention.OK, ()),
        (90, attention.WATCH, ("warning",)),
        (91, attention.ACT, ("critical", "warning")),
    ):
        samples = series(WAITS | values | {"queue_oldest_wait_seconds": wait})
        check(tmp_path, samples, attention.state(), (SHOWN % "", state))
        check(tmp_path, samples, alerts, *((f'{{severity="{severity}"}}', 1) for severity in severities))
