import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from grafana.generator.boards import attention
from grafana.generator.rules import names
from grafana.preview.panel_queries import interpolate
from tests.support.tools import require

BILLING = 'job="contactcenter", instance="a", target="amsterdam", queue_id="1", queue="Billing", channel="voice"'
ELSEWHERE = BILLING.replace("amsterdam", "helsinki")
SHOWN = '{target="amsterdam", queue_id="1", queue="Billing", channel="voice"%s}'
WAITS = {"queue_waiting_contacts": 3, "queue_staffed_agents": 4}
FREE_AT_LEAST_2 = {'queue_free_agents_threshold|severity="critical"': 2}


def series(values: Mapping[str, float], queue: str = BILLING) -> list[dict[str, Any]]:
    """Return input series of promtool; a key is a family, with further labels after a bar."""
    return [
        {"series": f"contactcenter_{name}{{{queue}{', ' if more else ''}{more}}}", "values": f"{value}"}
        for key, value in values.items()
        for name, _, more in (key.partition("|"),)
    ]


def check(folder: Path, input_series: list[dict[str, Any]], expression: str, *expected: tuple[str, float]) -> None:
    """Let promtool evaluate an expression of a dashboard."""
    samples = [{"labels": labels, "value": value} for labels, value in expected]
    query = {"expr": interpolate(expression, {}), "eval_time": "0", "exp_samples": samples}
    tests = folder / "tests.yml"
    tests.write_text(
        yaml.safe_dump({"tests": [{"interval": "1m", "input_series": input_series, "promql_expr_test": [query]}]})
    )
    command = [require("promtool"), "test", "rules", str(tests)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - promtool
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("values", "state", "because"),
    [
        pytest.param({}, attention.NOTHING_SET, "-", id="no thresholds"),
        pytest.param(
            {"queue_oldest_wait_seconds": 50, 'queue_oldest_wait_threshold_seconds|severity="critical"': 60},
            attention.OK,
            "-",
            id="below the threshold",
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
            {'queue_agents|state="available"': 1, **FREE_AT_LEAST_2}, attention.ACT, "few free agents", id="few free"
        ),
        pytest.param(
            {'queue_serving_agents_threshold|severity="warning"': 5},
            attention.WATCH,
            "few staffed agents",
            id="few staffed",
        ),
    ],
)
def test_the_state_of_a_queue_is_that_of_the_most_severe_threshold_breached(
    tmp_path: Path, values: dict[str, float], state: int, because: str
) -> None:
    samples = series(WAITS | values)
    check(tmp_path, samples, attention.state(), (SHOWN % "", state))
    check(tmp_path, samples, f"({attention.because()}) > bool -9", (SHOWN % f', because="{because}"', 1))


def test_a_queue_that_is_not_open_yet_needs_no_agents(tmp_path: Path) -> None:
    early = {"queue_waiting_contacts": 0, "queue_staffed_agents": 2, 'queue_agents|state="available"': 0}
    no_contacts = {"series": f"{names.offered('30m')}{{{BILLING}}}", "values": "0"}
    samples = [*series(early | FREE_AT_LEAST_2), no_contacts]
    check(tmp_path, samples, attention.state(), (SHOWN % "", attention.NOTHING_SET))


def test_a_closed_queue_needs_no_agents(tmp_path: Path) -> None:
    closed = {"queue_waiting_contacts": 0, "queue_staffed_agents": 0, 'queue_agents|state="available"': 0}
    check(tmp_path, series(closed | FREE_AT_LEAST_2), attention.state(), (SHOWN % "", attention.NOTHING_SET))


@pytest.mark.parametrize(("counted", "state"), [(19, attention.OK), (20, attention.WATCH)])
def test_a_share_of_a_few_contacts_needs_no_attention(tmp_path: Path, counted: int, state: int) -> None:
    samples = [
        *series(
            WAITS | {'queue_service_level_threshold_ratio|severity="warning"': 0.8, "queue_oldest_wait_seconds": 0}
        ),
        {"series": f"queue:contactcenter_service_level:ratio_rate30m{{{BILLING}}}", "values": "0.5"},
        {"series": f"queue:contactcenter_contacts_counted:increase30m{{{BILLING}}}", "values": f"{counted}"},
    ]
    check(tmp_path, samples, attention.state(), (SHOWN % "", state))


def test_queues_of_the_same_name_in_two_contact_centres_have_separate_thresholds(tmp_path: Path) -> None:
    samples = series(WAITS) + series(WAITS | {'queue_waiting_contacts_threshold|severity="critical"': 2}, ELSEWHERE)
    elsewhere = (SHOWN % "").replace("amsterdam", "helsinki")
    check(tmp_path, samples, attention.state(), (SHOWN % "", attention.NOTHING_SET), (elsewhere, attention.ACT))


def test_a_queue_of_two_exporters_of_one_contact_centre_is_shown_once(tmp_path: Path) -> None:
    samples = series(WAITS) + series(WAITS, BILLING.replace('"a"', '"b"'))
    check(tmp_path, samples, attention.state(), (SHOWN % "", attention.NOTHING_SET))


def test_the_worst_queue_comes_first_with_its_state_as_the_integer_part(tmp_path: Path) -> None:
    waits = {"queue_oldest_wait_seconds": 500, 'queue_oldest_wait_threshold_seconds|severity="critical"': 60}
    check(tmp_path, series(WAITS | waits), attention.worst_first(3), (SHOWN % "", attention.ACT + 0.005))
