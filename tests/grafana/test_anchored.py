"""The recording rules for Prometheus 3.16 or newer are the others with another range selector."""

import re
import subprocess
from pathlib import Path

from grafana.generator.rules import anchored
from tests.support import promtool
from tests.support.rule_yaml import parsed
from tests.support.rules import GRAFANA, RULES, rules_of
from tests.support.tools import require

PATH = GRAFANA / anchored.PATH
TEXT = PATH.read_text(encoding="utf-8")


def test_the_committed_file_is_the_generated_one() -> None:
    assert anchored.text() == TEXT


def test_it_records_the_same_series_and_extrapolates_no_exported_total() -> None:
    rules = [rule for group in parsed(TEXT)["groups"] for rule in group["rules"]]
    assert [rule["record"] for rule in rules] == [rule["record"] for rule in rules_of("recording.yml")]
    extrapolated = re.findall(r"increase\((\w[\w:]*)\[\w+\]\)", TEXT)
    assert set(extrapolated) == {"queue:contactcenter_contacts_counted:day"}
    assert TEXT.count(" anchored)") >= 5


def test_without_its_modifier_promtool_accepts_it(tmp_path: Path) -> None:
    path = tmp_path / "recording.yml"
    path.write_text(TEXT.replace(" anchored", ""), encoding="utf-8")
    promtool.check_rules(path)


def test_promtool_accepts_it_if_it_knows_the_modifier() -> None:
    found = subprocess.run([require("promtool"), "--version"], capture_output=True, text=True, check=True)  # noqa: S603 - the promtool on the PATH
    version = re.search(r"version (\d+)\.(\d+)", found.stdout + found.stderr)
    assert version
    if (int(version[1]), int(version[2])) >= (3, 16):
        promtool.check_rules(PATH)


def test_it_is_not_among_the_files_that_are_loaded_together() -> None:
    assert PATH.parent != RULES
