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
from tests.support.alertmanager import CONFIG, alertmanager_running
from tests.support.programs import eventually
from tests.support.rules import rules_of
from tests.support.tools import require

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
    ("none", "sre"): "sre",
}

Labels = Mapping[str, str]

EXPORTER = {"instance": "exporter:10117"}
JOB = {"job": "contactcenter"}
TARGET = {**JOB, "target": "amsterdam"}
OTHER_TARGET = {**JOB, "target": "helsinki"}
QUEUE = {**TARGET, "queue_id": "1001", "queue": "Billing", "channel": "voice"}
OTHER_QUEUE = {**TARGET, "queue_id": "1002", "queue": "Support", "channel": "voice"}
OTHER_CHANNEL = {**QUEUE, "channel": "chat"}
SAME_ID_ELSEWHERE = {**QUEUE, "target": "helsinki"}
OTHER_CLUSTER = {"cluster": "west"}
OTHER_NAMESPACE = {"namespace": "other"}
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
    """A pair of firing alerts; the first may inhibit the second.

    Attributes:
        name: The case in words.
        source: The alert that may inhibit.
        other: The alert that may be inhibited.
    """

    name: str
    source: dict[str, str]
    other: dict[str, str]


TARGET_DOWN = sre("TargetDown", "critical", TARGET)
NO_AGENT_SERVING = alert("NobodyServing", "critical", QUEUE)
WAIT_CRITICAL = alert("OldestWaitHigh", "critical", QUEUE)
BURN_CRITICAL = alert("ErrorBudgetBurn", "critical", QUEUE)
NO_IDLE_PORT = alert("TrunkNoIdlePort", "critical", TRUNK)
RESOURCE_DOWN = sre("ResourceDown", "warning", RESOURCE)
STALE_CRITICAL = sre("DataStale", "critical", RESOURCE)
EXPORTER_DOWN = sre("ExporterDown", "critical", EXPORTER)
EXPORTER_ABSENT = sre("ExporterAbsent", "critical", JOB)
ALL_DOWN = sre("AllTargetsDown", "critical", JOB)
FROZEN = sre("DataFrozen", "critical", TARGET)
INBOUND_DEAD = sre("InboundDead", "critical", {**TARGET, "channel": "voice"})
BLIND = alert("NoCurrentFigures", "critical", TARGET)

INHIBITED = [
    Case("a target down inhibits its queues", TARGET_DOWN, alert("OldestWaitHigh", "critical", QUEUE)),
    Case("a target down inhibits its trunks", TARGET_DOWN, alert("TrunkPortsInFault", "critical", TRUNK)),
    Case("a target down inhibits its agents", TARGET_DOWN, alert("OccupancyHigh", "warning", GROUP)),
    Case("a target down inhibits its resources", TARGET_DOWN, RESOURCE_DOWN),
    Case("a target down inhibits its old data", TARGET_DOWN, STALE_CRITICAL),
    Case("a resource down inhibits its old data", RESOURCE_DOWN, STALE_CRITICAL),
    Case("all targets down inhibit each of them", ALL_DOWN, TARGET_DOWN),
    Case("frozen data inhibits dead inbound traffic", FROZEN, INBOUND_DEAD),
    Case("no current figures inhibit alerts on the old ones", BLIND, alert("OldestWaitHigh", "critical", QUEUE)),
    Case(
        "missing shards inhibit their missing targets",
        sre("ShardsMissing", "critical", JOB),
        sre("TargetsMissing", "warning", JOB),
    ),
    Case("critical inhibits warning of a queue", WAIT_CRITICAL, alert("OldestWaitHigh", "warning", QUEUE)),
    Case(
        "critical inhibits warning of a queue whose channel is unknown",
        without(WAIT_CRITICAL, "channel"),
        alert("OldestWaitHigh", "warning", without(QUEUE, "channel")),
    ),
    Case(
        "critical inhibits warning of a trunk", *(alert("TrunkPortsInFault", s, TRUNK) for s in ("critical", "warning"))
    ),
    Case("critical inhibits warning of a resource", STALE_CRITICAL, sre("DataStale", "warning", RESOURCE)),
    Case("critical inhibits info of a queue", BURN_CRITICAL, alert("ErrorBudgetBurn", "info", QUEUE)),
    Case("a burn's warning inhibits its info", *(alert("ErrorBudgetBurn", s, QUEUE) for s in ("warning", "info"))),
    Case("a fast burn inhibits the low service level", BURN_CRITICAL, alert("ServiceLevelLow", "critical", QUEUE)),
    Case("no agent serving inhibits no agent available", NO_AGENT_SERVING, alert("NobodyAvailable", "warning", QUEUE)),
    Case("no agent serving inhibits too few serving", NO_AGENT_SERVING, alert("ServingAgentsLow", "critical", QUEUE)),
    Case("no idle port inhibits near capacity", NO_IDLE_PORT, alert("TrunkNearCapacity", "critical", TRUNK)),
]
NOT_INHIBITED = [
    Case(
        "a target down does not inhibit another target's queues",
        TARGET_DOWN,
        alert("OldestWaitHigh", "critical", SAME_ID_ELSEWHERE),
    ),
    Case(
        "a target down does not inhibit another target's resources",
        TARGET_DOWN,
        sre("ResourceDown", "warning", OTHER_TARGET),
    ),
    Case(
        "a target down does not inhibit the target of the same name in another cluster",
        TARGET_DOWN,
        {**WAIT_CRITICAL, **OTHER_CLUSTER},
    ),
    Case(
        "critical does not inhibit a warning of the same queue in another namespace",
        WAIT_CRITICAL,
        {**alert("OldestWaitHigh", "warning", QUEUE), **OTHER_NAMESPACE},
    ),
    Case("all targets down do not inhibit those of another cluster", ALL_DOWN, {**TARGET_DOWN, **OTHER_CLUSTER}),
    Case("all targets down do not inhibit the supervisors' alert on missing figures", ALL_DOWN, BLIND),
    Case("a target down does not inhibit the supervisors' alert on missing figures", TARGET_DOWN, BLIND),
    Case(
        "frozen data does not inhibit the inbound traffic of another target", FROZEN, {**INBOUND_DEAD, **OTHER_TARGET}
    ),
    Case("no current figures do not inhibit their cause", BLIND, TARGET_DOWN),
    Case("a target down does not inhibit its cause: sign-in", TARGET_DOWN, sre("SignInFailing", "warning", TARGET)),
    Case("a target down does not inhibit its cause: throttling", TARGET_DOWN, sre("Throttled", "warning", TARGET)),
    Case(
        "a target down does not inhibit the exporter's own alerts",
        TARGET_DOWN,
        sre("ReloadFailed", "warning", EXPORTER),
    ),
    Case(
        "a target down without its label inhibits nothing without it",
        without(TARGET_DOWN, "target"),
        without(WAIT_CRITICAL, "target"),
    ),
    Case(
        "a resource down does not inhibit another resource's data",
        RESOURCE_DOWN,
        sre("DataStale", "warning", OTHER_RESOURCE),
    ),
    Case("a resource down does not inhibit its flapping", RESOURCE_DOWN, sre("ResourceFlapping", "warning", RESOURCE)),
    Case("a resource down does not inhibit the queues", RESOURCE_DOWN, WAIT_CRITICAL),
    Case(
        "critical does not inhibit another queue's warning",
        WAIT_CRITICAL,
        alert("OldestWaitHigh", "warning", OTHER_QUEUE),
    ),
    Case(
        "critical does not inhibit another channel's warning",
        WAIT_CRITICAL,
        alert("OldestWaitHigh", "warning", OTHER_CHANNEL),
    ),
    Case(
        "critical does not inhibit the same queue id of another target",
        WAIT_CRITICAL,
        alert("OldestWaitHigh", "warning", SAME_ID_ELSEWHERE),
    ),
    Case(
        "critical does not inhibit another alert's warning",
        WAIT_CRITICAL,
        alert("WaitingContactsHigh", "warning", QUEUE),
    ),
    Case(
        "critical does not inhibit another trunk's warning",
        *(alert("TrunkPortsInFault", s, t) for s, t in (("critical", TRUNK), ("warning", OTHER_TRUNK))),
    ),
    Case(
        "critical without its queue does not inhibit a warning without it",
        without(WAIT_CRITICAL, "queue_id"),
        alert("OldestWaitHigh", "warning", without(QUEUE, "queue_id")),
    ),
    Case("warning does not inhibit critical", alert("OldestWaitHigh", "warning", QUEUE), WAIT_CRITICAL),
    Case(
        "alerts of other origin are not inhibited",
        {"alertname": "DiskFull", "severity": "critical", **QUEUE},
        {"alertname": "DiskFull", "severity": "warning", **QUEUE},
    ),
    Case(
        "no agent serving does not inhibit the oldest wait",
        NO_AGENT_SERVING,
        alert("OldestWaitHigh", "critical", QUEUE),
    ),
    Case(
        "no agent serving does not inhibit another queue",
        NO_AGENT_SERVING,
        alert("NobodyAvailable", "warning", OTHER_QUEUE),
    ),
    Case(
        "a burn's warning does not inhibit the low service level",
        alert("ErrorBudgetBurn", "warning", QUEUE),
        alert("ServiceLevelLow", "critical", QUEUE),
    ),
    Case(
        "no idle port does not inhibit another trunk", NO_IDLE_PORT, alert("TrunkNearCapacity", "warning", OTHER_TRUNK)
    ),
    *(
        Case(f"an exporter {how} inhibits nothing: {other['alertname']}", source, other)
        for how, source in (("down", EXPORTER_DOWN), ("absent", EXPORTER_ABSENT))
        for other in (WAIT_CRITICAL, TARGET_DOWN, sre("ReloadFailed", "warning", EXPORTER))
    ),
]


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[str, list[Any]]]:
    """Yield the address of a server that accepts every request, and the received bodies."""
    received: list[Any] = []

    async def accept(request: web.Request) -> web.Response:
        received.append(await request.json())
        return web.Response(text="ok", status=202)

    app = web.Application()
    app.router.add_post("/{where:.*}", accept)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    [(host, port)] = runner.addresses
    yield f"http://{host}:{port}", received
    await runner.cleanup()


@pytest.fixture
async def alertmanager(tmp_path: Path, receiver: tuple[str, list[Any]]) -> AsyncIterator[str]:
    """Yield the address of an Alertmanager with the committed file, but with the test's receivers and a short wait."""
    url, _ = receiver
    text = re.sub("group_wait: [13]0s", "group_wait: 1s", CONFIG.read_text().replace(SECRETS, f"{tmp_path}/"))
    config = yaml.safe_load(text)
    config["global"]["pagerduty_url"] = f"{url}/pagerduty"
    (tmp_path / "slack_api_url").write_text(f"{url}/slack")
    (tmp_path / "pagerduty_routing_key").write_text("a-key")
    (tmp_path / "smtp_password").write_text("a-password")
    async with alertmanager_running(tmp_path, yaml.safe_dump(config)) as address:
        yield address


def test_amtool_accepts_the_file() -> None:
    done = subprocess.run(  # noqa: S603 - the repository's file
        [require("amtool"), "check-config", str(CONFIG)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("severity", "audience"), RECEIVERS, ids=lambda label: label or "none")
def test_an_alert_is_routed_by_severity_and_audience(severity: str, audience: str) -> None:
    labels = [f"{name}={value}" for name, value in (("severity", severity), ("audience", audience)) if value]
    command = [require("amtool"), "config", "routes", "test", f"--config.file={CONFIG}", *labels]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the repository's file
    assert done.stdout.split() == [RECEIVERS[severity, audience]], done.stderr


def test_the_alert_that_always_fires_is_sent_to_the_dead_mans_switch() -> None:
    labels = ["alertname=ContactCenterWatchdog", "severity=none", "audience=sre"]
    command = [require("amtool"), "config", "routes", "test", f"--config.file={CONFIG}", *labels]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the repository's file
    assert done.stdout.split() == ["dead-mans-switch"], done.stderr


def test_secrets_are_files_in_one_directory() -> None:
    config = yaml.safe_load(CONFIG.read_text())
    holders = [config["global"], *(each for one in config["receivers"] for each in _configs(one))]
    files = {value for each in holders for key, value in each.items() if key.endswith("_file")}
    assert files == {f"{SECRETS}{name}" for name in ("slack_api_url", "smtp_password", "pagerduty_routing_key")}


def test_an_inhibiting_alert_keeps_firing_as_long_as_those_it_inhibits() -> None:
    # Otherwise the symptom would be notified after the cause is resolved.
    keep_firing = {rule["alert"]: parse_duration(rule["keep_firing_for"]) for name in ALERTS for rule in _alerts(name)}
    pairs = [
        (cause, symptom)
        for rule in yaml.safe_load(CONFIG.read_text())["inhibit_rules"]
        for cause in _named(rule["source_matchers"], keep_firing)
        for symptom in _named(rule["target_matchers"], keep_firing)
    ]
    assert ("ContactCenterTargetDown", "ContactCenterDataStale") in pairs
    assert not [(cause, symptom) for cause, symptom in pairs if keep_firing[cause] < keep_firing[symptom]]


def _alerts(name: str) -> list[dict[str, Any]]:
    return [rule for rule in rules_of(name) if "alert" in rule]


def _named(matchers: list[str], names: Iterable[str]) -> list[str]:
    """Return the alerts that matchers name individually; empty if they match every alert."""
    patterns = [found[1] for each in matchers if (found := re.fullmatch(r'alertname =~? "(.*)"', each))]
    return [name for name in names for pattern in patterns if pattern[-1] != "+" and re.fullmatch(pattern, name)]


def _configs(receiver: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for key, configs in receiver.items() if key != "name" for each in configs]


async def test_causes_inhibit_their_symptoms_and_nothing_else(alertmanager: str) -> None:
    # Each case has its own job, so that cases do not inhibit each other.
    expected = _numbered(INHIBITED, "inhibited")
    independent = _numbered(NOT_INHIBITED, "not-inhibited")
    async with aiohttp.ClientSession(alertmanager) as session:
        await _post(session, [labels for case in expected + independent for labels in (case.source, case.other)])

        async def settled() -> dict[frozenset[tuple[str, str]], bool] | None:
            async with session.get("/api/v2/alerts") as response:
                found = await response.json()
            inhibited = {frozenset(each["labels"].items()): bool(each["status"]["inhibitedBy"]) for each in found}
            return inhibited if all(inhibited.get(_key(case.other)) for case in expected) else None

        inhibited = await eventually(settled)
    assert not [case.name for case in independent if inhibited[_key(case.other)]]
    assert not [
        case.name for case in expected + independent if inhibited[_key(case.source)] and case.name not in _REVERSED
    ]


# Cases in which the other alert rightly inhibits the source.
_REVERSED = {"warning does not inhibit critical"}


def _numbered(cases: list[Case], kind: str) -> list[Case]:
    return [
        Case(name, {**source, "job": f"{kind}-{number}"}, {**other, "job": f"{kind}-{number}"})
        for number, (name, source, other) in enumerate(cases)
    ]


def _key(labels: Labels) -> frozenset[tuple[str, str]]:
    return frozenset(labels.items())


async def _post(session: aiohttp.ClientSession, alerts: list[dict[str, str]], **annotations: str) -> None:
    body = [{"labels": labels, "annotations": annotations} for labels in alerts]
    async with session.post("/api/v2/alerts", json=body) as response:
        assert response.status == 200, await response.text()


async def test_a_notification_contains_the_description_and_the_links(
    alertmanager: str, receiver: tuple[str, list[Any]]
) -> None:
    _, received = receiver
    annotations = {
        "summary": "Oldest wait above the queue's threshold",
        "description": "Billing of amsterdam: the oldest contact has been waiting for 3m 1s.",
        "runbook_url": "https://example.com/runbook#x",
        "dashboard_url": "http://localhost:3000/d/contactcenter-queues?var-target=amsterdam&var-queue=Billing",
    }
    async with aiohttp.ClientSession(alertmanager) as session:
        await _post(session, [WAIT_CRITICAL, {**TARGET_DOWN, "target": "helsinki"}], **annotations)

        async def both() -> bool | None:
            return len(received) >= 2 or None

        await eventually(both)
    slack = next(each["attachments"][0] for each in received if "attachments" in each)
    assert slack["title"] == f"FIRING: {annotations['summary']} (amsterdam)"
    links = f"<{annotations['dashboard_url']}|dashboard> <{annotations['runbook_url']}|runbook>"
    assert slack["text"].strip() == f"{annotations['description']} {links}"
    pager = next(each for each in received if "payload" in each)
    assert pager["payload"]["summary"].strip() == f"helsinki: {annotations['summary']}"
    assert pager["payload"]["severity"] == "critical"
    assert pager["payload"]["custom_details"]["description"].strip() == annotations["description"]
    assert [each["href"] for each in pager["links"]] == [annotations["runbook_url"], annotations["dashboard_url"]]
