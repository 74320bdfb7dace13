"""The texts of the Alertmanager example, rendered by amtool: escaped for their receiver, and never too long."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.rules import GRAFANA
from tests.support.tools import require

CONFIG = yaml.safe_load((GRAFANA / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8"))
CONFIGS = {
    kind: next(receiver[kind][0] for receiver in CONFIG["receivers"] if kind in receiver)
    for kind in ("slack_configs", "pagerduty_configs", "email_configs")
}
SLACK = CONFIGS["slack_configs"]["text"]
PAGER = CONFIGS["pagerduty_configs"]["details"]["description"]
EMAIL = CONFIGS["email_configs"]["html"]


def alert(description: str, status: str = "firing") -> dict[str, Any]:
    links = {"dashboard_url": "http://localhost:3000/d/x?var-queue=R%26D", "runbook_url": "https://example.com/r#y"}
    return {"status": status, "labels": {}, "annotations": {"description": description, **links}}


def rendered(template: str, descriptions: list[str], folder: Path, kind: str = "text", **more: object) -> str:
    (folder / "text.tmpl").write_text(f'{{{{ define "text" }}}}{template}{{{{ end }}}}', encoding="utf-8")
    data = {"status": "firing", "alerts": [alert(each) for each in descriptions], **more}
    (folder / "data.json").write_text(json.dumps(data), encoding="utf-8")
    command = [
        require("amtool"),
        "template",
        "render",
        f"--template.glob={folder}/text.tmpl",
        f"--template.data={folder}/data.json",
        f"--template.type={kind}",
        '--template.text={{ template "text" . }}',
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the repository's file
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_slack_shows_names_as_they_are(tmp_path: Path) -> None:
    text = rendered(SLACK, ["R&D <tier 2> <!channel>: 3 contacts wait."], tmp_path)
    assert text.split("\n")[0].startswith("R&amp;D &lt;tier 2&gt; &lt;!channel&gt;: 3 contacts wait.")
    assert "<http://localhost:3000/d/x?var-queue=R%26D|dashboard> <https://example.com/r#y|runbook>" in text


def test_the_title_of_a_slack_message_shows_the_name_of_a_target_as_it_is(tmp_path: Path) -> None:
    title = CONFIGS["slack_configs"]["title"]
    labels = {"target": "<!here> R&D"}
    text = rendered(title, ["a", "b"], tmp_path, commonLabels=labels)
    assert text.strip() == "FIRING: 2 alerts (&lt;!here&gt; R&amp;D)"
    text = rendered(title, ["a"], tmp_path, commonLabels=labels, commonAnnotations={"summary": "Trunk full"})
    assert text.strip() == "FIRING: Trunk full (&lt;!here&gt; R&amp;D)"


@pytest.mark.parametrize("template", [SLACK, PAGER], ids=["slack", "pagerduty"])
def test_resolved_alerts_are_not_listed_beside_those_that_fire(template: str, tmp_path: Path) -> None:
    mixed = [alert("Billing: 3 contacts wait."), alert("Sales: 9 contacts wait.", "resolved")]
    text = rendered(template, [], tmp_path, alerts=mixed)
    assert "Billing" in text
    assert "Sales" not in text
    resolved = [alert("Billing: 3 contacts wait.", "resolved")]
    assert "Billing" in rendered(template, [], tmp_path, alerts=resolved, status="resolved")


def test_slack_counts_the_resolved_alerts_beside_those_that_fire(tmp_path: Path) -> None:
    mixed = [alert("Billing: 3 contacts wait."), *(alert("Sales", "resolved") for _ in range(2))]
    assert "(2 resolved)" in rendered(SLACK, [], tmp_path, alerts=mixed)


def test_slack_does_not_format_asterisks_and_underscores_of_names() -> None:
    slack = [each for receiver in CONFIG["receivers"] for each in receiver.get("slack_configs", ())]
    assert len(slack) == 3
    assert all("text" not in each["mrkdwn_in"] for each in slack)


def test_an_email_escapes_names(tmp_path: Path) -> None:
    html = rendered(EMAIL, ["<b>R&D</b>: 3 contacts wait."], tmp_path, "html")
    assert "&lt;b&gt;R&amp;D&lt;/b&gt;: 3 contacts wait." in html


@pytest.mark.parametrize(
    ("template", "kind", "shown"), [(SLACK, "text", 10), (PAGER, "text", 10), (EMAIL, "html", 50)], ids=list(CONFIGS)
)
def test_an_outage_of_200_queues_shows_the_first_and_the_number_of_others(
    template: str, kind: str, shown: int, tmp_path: Path
) -> None:
    text = rendered(template, [f"Queue {number} of amsterdam: {'<' * 5_000}" for number in range(200)], tmp_path, kind)
    assert f"Queue {shown - 1} of" in text
    assert f"Queue {shown} of" not in text
    assert f"and {200 - shown} more" in text
    assert len(text) < 40_000 * (kind == "text") + 102_000 * (kind == "html")


@pytest.mark.parametrize("template", [SLACK, PAGER], ids=["slack", "pagerduty"])
def test_a_single_alert_is_followed_by_nothing(template: str, tmp_path: Path) -> None:
    assert "more" not in rendered(template, ["Billing of amsterdam: 3 contacts wait."], tmp_path)


def test_pagerduty_does_not_receive_the_labels_of_every_alert() -> None:
    # Alertmanager's defaults; an event larger than 512 kB would lose all details.
    details = CONFIGS["pagerduty_configs"]["details"]
    assert {key: details[key] for key in ("firing", "resolved")} == {
        "firing": "{{ len .Alerts.Firing }}",
        "resolved": "{{ len .Alerts.Resolved }}",
    }
