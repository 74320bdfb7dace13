"""The runbooks: commands at each step, and links that open the queries."""

import re
import subprocess
from urllib.parse import parse_qs, urlsplit

import pytest

from grafana.generator import runbook_links
from grafana.generator.rules.service import BURNS
from tests.support.rules import GRAFANA, RULES, exported_names, metric_names, rules_of
from tests.support.tools import require

TEXT = (GRAFANA / "runbooks" / "README.md").read_text(encoding="utf-8")
SECTIONS = {
    name: text
    for name, _, text in (part.partition("\n") for part in re.split(r"^##? ", TEXT, flags=re.MULTILINE))
    if name.startswith("ContactCenter")
}
STEPS = ("Meaning", "Impact", "Diagnosis", "Mitigation", "False positives")
SHELL = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)

each_section = pytest.mark.parametrize(("name", "text"), SECTIONS.items(), ids=SECTIONS)


def test_the_links_are_the_generated_ones() -> None:
    assert dict(runbook_links.files()) == {runbook_links.PATH: TEXT}


@each_section
def test_a_runbook_has_every_step(name: str, text: str) -> None:
    assert re.findall(r"^\*\*([\w ]+):\*\*", text, re.MULTILINE) == list(STEPS), name


@each_section
def test_a_diagnosis_has_a_query_to_open_or_a_command(name: str, text: str) -> None:
    diagnosis = text.partition("**Diagnosis:**")[2].partition("**Mitigation:**")[0]
    assert "[query 1](" in diagnosis or "```sh\n" in diagnosis, name


@each_section
def test_a_mitigation_has_a_command(name: str, text: str) -> None:
    assert "```sh\n" in text.partition("**Mitigation:**")[2].partition("**False positives:**")[0], name


@each_section
def test_every_query_has_a_link_that_opens_it(name: str, text: str) -> None:
    written = [query for block in re.findall(r"```promql\n(.*?)```", text, re.DOTALL) for query in block.splitlines()]
    linked = [parse_qs(urlsplit(url).query)["g0.expr"][0] for url in re.findall(r"\[query \d+\]\(([^)]*)\)", text)]
    assert linked == written, name


def test_the_shell_accepts_every_command() -> None:
    for commands in SHELL:
        done = subprocess.run(  # noqa: S603 - the shell on the PATH
            [require("sh"), "-n"], input=commands, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (commands, done.stderr)


def test_commands_query_only_exported_or_recorded_series() -> None:
    recorded = {rule["record"] for path in RULES.glob("*.yml") for rule in rules_of(path.name) if "record" in rule}
    queries = [query for commands in SHELL for query in re.findall(r"^query '([^']*)'", commands, re.MULTILINE)]
    assert len(queries) > 15
    assert frozenset[str]().union(*map(metric_names, queries)) <= exported_names() | recorded | {"up"}


def test_runbooks_need_none_of_the_optional_rules() -> None:
    optional = {rule["record"] for rule in rules_of("details.yml")}
    queries = [
        *re.findall(r"^query '([^']*)'", TEXT, re.MULTILINE),
        *re.findall(r"```promql\n(.*?)```", TEXT, re.DOTALL),
    ]
    assert not frozenset[str]().union(*map(metric_names, queries)) & optional


def test_functions_are_defined_once_for_each_platform() -> None:
    for commands in SHELL:
        defined = re.findall(r"^(\w+)\(\)", commands, re.MULTILINE)
        assert len(set(defined)) == len(defined), commands


def test_the_windows_of_the_burn_rates_are_those_of_the_rules() -> None:
    rows = re.findall(r"^\| (critical|warning|info) \| (\d+) (h|d) and (\d+) (min|h) \|", TEXT, re.MULTILINE)
    stated = {(severity, f"{long}{unit}", f"{short}{of[0]}") for severity, long, unit, short, of in rows}
    assert stated == {(burn.severity, burn.long, burn.short) for burn in BURNS}


def test_the_silences_name_alerts() -> None:
    named = re.findall(r"silence (ContactCenter\w+)", TEXT)
    assert named
    assert set(named) <= set(SECTIONS)
