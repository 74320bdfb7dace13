import re
import subprocess
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
import yaml
from aiohttp import web

from exporter.settings.units import parse_duration
from tests.support.programs import eventually, running
from tests.support.rules import GRAFANA, rules_of
from tests.support.tools import require

CONFIG = GRAFANA / "alertmanager" / "alertmanager.yml"
ALERTS = ("supervisors.yml", "sre.yml")
SECRETS = "/etc/alertmanager/secrets/"

RECEIVERS = {
    ("critical", "supervisor"): "supervisors-urgent",
    ("warning", "supervisor"): "supervisors",
    ("info", "supervisor"): "quiet",
    ("critical", "sre"): "on-call",
    ("warning", "sre"): "sre",
    ("info", "sre"): "quiet",
    ("critical", ""): "sre",
    ("", ""): "sre",
}

Labels = Mapping[str, str]

EXPORTER = {"job": "contactcenter", "instance": "exporter:10117"}
TARGET = {**EXPORTER, "target": "amsterdam"}
OTHER_TARGET = {**EXPORTER, "target": "helsinki"}
QUEUE = {**TARGET, "queue_id": "1001", "queue": "Billing", "channel": "voice"}
OTHER_QUEUE = {**TARGET, "queue_id": "1002", "queue": "Support", "channel": "voice"}
OTHER_CHANNEL = {**QUEUE, "channel": "chat"}
SAME_ID_ELSEWHERE = {**QUEUE, "target": "helsinki"}
OTHER_EXPORTER = {"instance": "exporter-2:10117"}
TRUNK = {**TARGET, "trunk_id": "1", "trunk": "North"}
OTHER_TRUNK = {**TARGET, "trunk_id": "2", "trunk": "South"}
RESOURCE = {**TARGET, "resource": "queues"}
OTHER_RESOURCE = {**TARGET, "resource": "agents"}
GROUP = {**TARGET, "group": "Billing"}


def alert(name: str, severity: str, labels: Labels, audience: str = "supervisor") -> dict[str, str]:
    return {"alertname": f"ContactCenter{name}", "severity": severity, "audience": audience, **labels}


def sre(name: str, severity: str, labels: Labels) -> dict[str, str]:
    return alert(name, severity, labels, "sre")


def without(labels: Labels, *names: str) -> dict[str, str]:
    return {name: value for name, value in labels.items() if name not in names}


class Case(NamedTuple):
    """What one alert does to another.

    Attributes:
        why: The case in words.
        source: The alert that fires.
        other: The other one, which fires too.
    """

    why: str
    source: dict[str, str]
    other: dict[str, str]


TARGET_DOWN = sre("TargetDown", "critical", TARGET)
NOBODY_SERVING = alert("NobodyServing", "critical", QUEUE)
WAIT_CRITICAL = alert("OldestWaitHigh", "critical", QUEUE)
BURN_CRITICAL = alert("ErrorBudgetBurn", "critical", QUEUE)
NO_IDLE_PORT = alert("TrunkNoIdlePort", "critical", TRUNK)
RESOURCE_DOWN = sre("ResourceDown", "warning", RESOURCE)
STALE_CRITICAL = sre("DataStale", "critical", RESOURCE)
EXPORTER_DOWN = sre("ExporterDown", "critical", EXPORTER)
EXPORTER_ABSENT = sre("ExporterDown", "critical", {"job": "contactcenter"})

SILENCED = [
    Case("a target down silences its queues", TARGET_DOWN, alert("OldestWaitHigh", "critical", QUEUE)),
    Case("a target down silences its trunks", TARGET_DOWN, alert("TrunkPortsInFault", "critical", TRUNK)),
    Case("a target down silences its agents", TARGET_DOWN, alert("OccupancyHigh", "warning", GROUP)),
    Case("a target down silences its resources", TARGET_DOWN, RESOURCE_DOWN),
    Case("a target down silences its old data", TARGET_DOWN, STALE_CRITICAL),
    Case("a resource down silences its old data", RESOURCE_DOWN, STALE_CRITICAL),
    Case("critical silences warning of a queue", WAIT_CRITICAL, alert("OldestWaitHigh", "warning", QUEUE)),
    Case(
        "critical silences warning of a queue whose channel is not known",
        without(WAIT_CRITICAL, "channel"),
        alert("OldestWaitHigh", "warning", without(QUEUE, "channel")),
    ),
    Case(
        "critical silences warning of a trunk", *(alert("TrunkPortsInFault", s, TRUNK) for s in ("critical", "warning"))
    ),
    Case("critical silences warning of a resource", STALE_CRITICAL, sre("DataStale", "warning", RESOURCE)),
    Case("critical silences info of a queue", BURN_CRITICAL, alert("ErrorBudgetBurn", "info", QUEUE)),
    Case("a burn's warning silences its info", *(alert("ErrorBudgetBurn", s, QUEUE) for s in ("warning", "info"))),
    Case("a fast burn silences the low service level", BURN_CRITICAL, alert("ServiceLevelLow", "critical", QUEUE)),
    Case("nobody serving silences nobody free", NOBODY_SERVING, alert("NobodyAvailable", "warning", QUEUE)),
    Case("nobody serving silences too few serving", NOBODY_SERVING, alert("ServingAgentsLow", "critical", QUEUE)),
    Case("no idle port silences nearly full", NO_IDLE_PORT, alert("TrunkNearCapacity", "critical", TRUNK)),
]
HEARD = [
    Case(
        "a target down leaves another target's queues",
        TARGET_DOWN,
        alert("OldestWaitHigh", "critical", SAME_ID_ELSEWHERE),
    ),
    Case("a target down leaves another target's resources", TARGET_DOWN, sre("ResourceDown", "warning", OTHER_TARGET)),
    Case("a target down leaves what another exporter sees", TARGET_DOWN, {**WAIT_CRITICAL, **OTHER_EXPORTER}),
    Case("a target down leaves the reason: sign-in", TARGET_DOWN, sre("SignInFailing", "warning", TARGET)),
    Case("a target down leaves the reason: throttling", TARGET_DOWN, sre("Throttled", "warning", TARGET)),
    Case("a target down leaves the exporter's own", TARGET_DOWN, sre("ReloadFailed", "warning", EXPORTER)),
    Case(
        "a target down that lost its target silences nothing that did",
        without(TARGET_DOWN, "target"),
        without(WAIT_CRITICAL, "target"),
    ),
    Case("a resource down leaves another resource's data", RESOURCE_DOWN, sre("DataStale", "warning", OTHER_RESOURCE)),
    Case("a resource down leaves its flapping", RESOURCE_DOWN, sre("ResourceFlapping", "warning", RESOURCE)),
    Case("a resource down leaves the floor", RESOURCE_DOWN, WAIT_CRITICAL),
    Case("critical leaves another queue's warning", WAIT_CRITICAL, alert("OldestWaitHigh", "warning", OTHER_QUEUE)),
    Case("critical leaves another channel's warning", WAIT_CRITICAL, alert("OldestWaitHigh", "warning", OTHER_CHANNEL)),
    Case(
        "critical leaves the same queue id elsewhere",
        WAIT_CRITICAL,
        alert("OldestWaitHigh", "warning", SAME_ID_ELSEWHERE),
    ),
    Case("critical leaves another alert's warning", WAIT_CRITICAL, alert("WaitingContactsHigh", "warning", QUEUE)),
    Case(
        "critical leaves another trunk's warning",
        *(alert("TrunkPortsInFault", s, t) for s, t in (("critical", TRUNK), ("warning", OTHER_TRUNK))),
    ),
    Case(
        "critical that lost its queue leaves a warning that did",
        without(WAIT_CRITICAL, "queue_id"),
        alert("OldestWaitHigh", "warning", without(QUEUE, "queue_id")),
    ),
    Case("warning does not silence critical", alert("OldestWaitHigh", "warning", QUEUE), WAIT_CRITICAL),
    Case(
        "other people's alerts are theirs",
        {"alertname": "DiskFull", "severity": "critical", **QUEUE},
        {"alertname": "DiskFull", "severity": "warning", **QUEUE},
    ),
    Case("nobody serving leaves the oldest wait", NOBODY_SERVING, alert("OldestWaitHigh", "critical", QUEUE)),
    Case("nobody serving leaves another queue", NOBODY_SERVING, alert("NobodyAvailable", "warning", OTHER_QUEUE)),
    Case(
        "a burn's warning leaves the low service level",
        alert("ErrorBudgetBurn", "warning", QUEUE),
        alert("ServiceLevelLow", "critical", QUEUE),
    ),
    Case("no idle port leaves another trunk", NO_IDLE_PORT, alert("TrunkNearCapacity", "warning", OTHER_TRUNK)),
    *(
        Case(f"an exporter {how} silences nothing: {other['alertname']}", source, other)
        for how, source in (("down", EXPORTER_DOWN), ("absent", EXPORTER_ABSENT))
        for other in (WAIT_CRITICAL, TARGET_DOWN, sre("ReloadFailed", "warning", EXPORTER))
    ),
]


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[str, list[Any]]]:
    """Yield the address of a server that takes everything, and what it took."""
    took: list[Any] = []

    async def take(request: web.Request) -> web.Response:
        took.append(await request.json())
        return web.Response(text="ok", status=202)

    app = web.Application()
    app.router.add_post("/{where:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    [(host, port)] = runner.addresses
    yield f"http://{host}:{port}", took
    await runner.cleanup()


@pytest.fixture
async def alertmanager(tmp_path: Path, receiver: tuple[str, list[Any]]) -> AsyncIterator[str]:
    """Yield the address of an Alertmanager with the committed file: only who receives is the test's, and at once."""
    url, _ = receiver
    text = CONFIG.read_text().replace(SECRETS, f"{tmp_path}/").replace("group_wait: 10s", "group_wait: 1s")
    config = yaml.safe_load(text)
    config["global"]["pagerduty_url"] = f"{url}/pagerduty"
    (tmp_path / "slack_api_url").write_text(f"{url}/slack")
    (tmp_path / "pagerduty_routing_key").write_text("a-key")
    (tmp_path / "smtp_password").write_text("a-password")
    path = tmp_path / "alertmanager.yml"
    path.write_text(yaml.safe_dump(config))
    command = [
        require("prometheus-alertmanager"),
        f"--config.file={path}",
        f"--storage.path={tmp_path / 'data'}",
        "--web.listen-address=127.0.0.1:0",
        "--cluster.listen-address=",
    ]
    async with running(command, r'msg="?Listening on"? address=127\.0\.0\.1:(\d+)') as program:
        yield f"http://127.0.0.1:{program.port}"


def test_amtool_accepts_the_file() -> None:
    done = subprocess.run(  # noqa: S603 - our own file
        [require("amtool"), "check-config", str(CONFIG)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("severity", "audience"), RECEIVERS, ids=lambda label: label or "none")
def test_an_alert_goes_to_whom_it_concerns(severity: str, audience: str) -> None:
    labels = [f"{name}={value}" for name, value in (("severity", severity), ("audience", audience)) if value]
    command = [require("amtool"), "config", "routes", "test", f"--config.file={CONFIG}", *labels]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own file
    assert done.stdout.split() == [RECEIVERS[severity, audience]], done.stderr


def test_secrets_are_files_in_one_place() -> None:
    config = yaml.safe_load(CONFIG.read_text())
    holders = [config["global"], *(each for one in config["receivers"] for each in _configs(one))]
    files = {value for each in holders for key, value in each.items() if key.endswith("_file")}
    assert files == {f"{SECRETS}{name}" for name in ("slack_api_url", "smtp_password", "pagerduty_routing_key")}


def test_a_cause_is_held_for_as_long_as_what_it_silences() -> None:
    # Else the symptom would be told of when the cause is over, and all is well again.
    held = {rule["alert"]: parse_duration(rule["keep_firing_for"]) for name in ALERTS for rule in _alerts(name)}
    pairs = [
        (cause, symptom)
        for rule in yaml.safe_load(CONFIG.read_text())["inhibit_rules"]
        for cause in _named(rule["source_matchers"], held)
        for symptom in _named(rule["target_matchers"], held)
    ]
    assert ("ContactCenterTargetDown", "ContactCenterDataStale") in pairs
    assert not [(cause, symptom) for cause, symptom in pairs if held[cause] < held[symptom]]


def _alerts(name: str) -> list[dict[str, Any]]:
    return [rule for rule in rules_of(name) if "alert" in rule]


def _named(matchers: list[str], names: Iterable[str]) -> list[str]:
    """Return the alerts that matchers name one by one, none where they stand for all."""
    patterns = [found[1] for each in matchers if (found := re.fullmatch(r'alertname =~? "(.*)"', each))]
    return [name for name in names for pattern in patterns if pattern[-1] != "+" and re.fullmatch(pattern, name)]


def _configs(receiver: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for key, configs in receiver.items() if key != "name" for each in configs]


async def test_causes_silence_their_symptoms_and_nothing_else(alertmanager: str) -> None:
    # Each case has a job of its own, so that it has nothing to do with the others.
    silenced = _numbered(SILENCED, "silenced")
    heard = _numbered(HEARD, "heard")
    async with aiohttp.ClientSession(alertmanager) as session:
        await _post(session, [labels for case in silenced + heard for labels in (case.source, case.other)])

        async def settled() -> dict[frozenset[tuple[str, str]], bool] | None:
            async with session.get("/api/v2/alerts") as response:
                found = await response.json()
            inhibited = {frozenset(each["labels"].items()): bool(each["status"]["inhibitedBy"]) for each in found}
            return inhibited if all(inhibited.get(_key(case.other)) for case in silenced) else None

        inhibited = await eventually(settled)
    assert not [case.why for case in heard if inhibited[_key(case.other)]]
    assert not [case.why for case in silenced + heard if inhibited[_key(case.source)] and case.why not in _BOTH_WAYS]


# Where the other one of the two would rightly silence the first.
_BOTH_WAYS = {"warning does not silence critical"}


def _numbered(cases: list[Case], kind: str) -> list[Case]:
    return [
        Case(why, {**source, "job": f"{kind}-{number}"}, {**other, "job": f"{kind}-{number}"})
        for number, (why, source, other) in enumerate(cases)
    ]


def _key(labels: Labels) -> frozenset[tuple[str, str]]:
    return frozenset(labels.items())


async def _post(session: aiohttp.ClientSession, alerts: list[dict[str, str]], **annotations: str) -> None:
    body = [{"labels": labels, "annotations": annotations} for labels in alerts]
    async with session.post("/api/v2/alerts", json=body) as response:
        assert response.status == 200, await response.text()


async def test_what_people_read_holds_the_sentence_and_the_links(
    alertmanager: str, receiver: tuple[str, list[Any]]
) -> None:
    _, took = receiver
    said = {
        "summary": "Oldest wait above the queue's threshold",
        "description": "Billing of amsterdam: the oldest contact has been waiting for 3m 1s.",
        "runbook_url": "https://example.com/runbook#x",
        "dashboard_url": "http://localhost:3000/d/contactcenter-queues?var-target=amsterdam&var-queue=Billing",
    }
    async with aiohttp.ClientSession(alertmanager) as session:
        await _post(session, [WAIT_CRITICAL, {**TARGET_DOWN, "target": "helsinki"}], **said)

        async def both() -> bool | None:
            return len(took) >= 2 or None

        await eventually(both)
    slack = next(each["attachments"][0] for each in took if "attachments" in each)
    assert slack["title"] == f"FIRING: {said['summary']}"
    assert slack["text"].strip() == (
        f"{said['description']} <{said['dashboard_url']}|board> <{said['runbook_url']}|runbook>"
    )
    pager = next(each for each in took if "payload" in each)
    assert pager["payload"]["summary"] == f"helsinki: {said['summary']}"
    assert pager["payload"]["severity"] == "critical"
    assert pager["payload"]["custom_details"]["description"].strip() == said["description"]
    assert [each["href"] for each in pager["links"]] == [said["runbook_url"], said["dashboard_url"]]
