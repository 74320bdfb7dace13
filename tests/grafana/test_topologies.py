"""Queues in every topology: one value on the dashboards and one alert for each contact centre, however it is scraped.

grafana/rules/tests/exporters.yml and replicas.yml test the alerts on exporters and polls in the same topologies.
"""

from pathlib import Path

import pytest

from grafana.generator.boards import attention, shared_panels
from grafana.preview.panel_queries import interpolate
from tests.support.promtool import Check, evaluate

# The labels of each scrape; the queues of all are the same.
TOPOLOGIES = {
    "one job": ['job="contactcenter", instance="exporter:10117"'],
    "a pair of replicas": ['job="contactcenter", instance="a:10117"', 'job="contactcenter", instance="b:10117"'],
    "service discovery with honor_labels": ['job="contactcenter-targets", instance="exporter:10117/amsterdam"'],
    "the defaults of the Helm chart, with two pods": [
        'job="contactcenter-exporter", namespace="default", service="contactcenter-exporter", endpoint="http",'
        f' container="contactcenter-exporter", pod="contactcenter-exporter-{pod}", instance="10.0.0.{pod}:10117"'
        for pod in (1, 2)
    ],
    "two clusters": [
        f'cluster="{cluster}", namespace="default", job="contactcenter", instance="10.0.0.1:10117"'
        for cluster in ("east", "west")
    ],
}
QUEUE = 'target="amsterdam", queue_id="1", queue="Billing", channel="voice"'
TOTALS = {"offered": 4, "answered": 3, "abandoned": 1, "answered_in_service_level": 2}


def series(scrape: str, interval: int) -> dict[str, str]:
    """Return a queue that answers half of its contacts in time, with 30 contacts that wait and 5 agents."""
    labels = f"{{{scrape}, {QUEUE}}}"
    totals = {
        f"contactcenter_queue_contacts_{name}_total{labels}": f"0+{growth * interval}x240"
        for name, growth in TOTALS.items()
    }
    return totals | {
        f"contactcenter_queue_waiting_contacts{labels}": "30x240",
        f"contactcenter_queue_staffed_agents{labels}": "5x240",
    }


@pytest.mark.parametrize(("topology", "interval"), [("one job", 1), *((name, 2) for name in TOPOLOGIES)])
def test_a_queue_has_one_state_one_service_level_and_one_alert(topology: str, interval: int, tmp_path: Path) -> None:
    scrapes = TOPOLOGIES[topology]
    shown = {name: values for scrape in scrapes for name, values in series(scrape, interval).items()}
    clusters = [f'{{cluster="{name}"}}' for name in ("east", "west")] if topology == "two clusters" else ["{}"]
    alerts = 'ALERTS{alertname="%s", severity="critical", alertstate="firing"}'
    evaluate(
        tmp_path,
        shown,
        (
            Check(f"sum({interpolate(attention.state(), {})})", "50m", {"{}": attention.ACT}),
            Check(interpolate(shared_panels.current_service_level_by(), {}), "50m", {"{}": 0.5}),
            *(
                Check(f"count by (cluster) ({alerts % name})", "50m", dict.fromkeys(clusters, 1))
                for name in ("ContactCenterWaitingContactsHigh", "ContactCenterServiceLevelLow")
            ),
        ),
        "recording.yml",
        "supervisors.yml",
        interval=f"{interval}m",
    )
