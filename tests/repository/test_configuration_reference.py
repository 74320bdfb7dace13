"""The configuration reference: it says what the settings say, and its schema takes what the exporter takes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from docs.generator import FILES
from docs.generator.keys import groups, keys
from docs.generator.schema import render_schema
from exporter import plugins
from exporter.errors import ConfigError
from exporter.settings import Flags, Settings, TargetSettings, load_file
from exporter.settings.loading import environment
from exporter.settings.loading.secrets import known_keys
from exporter.vendors.base import load_vendor
from tests.support.paths import ROOT

DOCS = ROOT / "docs"
PAGE = (DOCS / "configuration.md").read_text()
_YAML = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)

KPN: dict[str, object] = {
    "name": "a",
    "vendor": "kpn",
    "url": "https://x",
    "token_url": "https://x/t",
    "client_id": "c",
    "client_secret": "s",
}


def section(title: str) -> str:
    """Return what stands under a heading of the page, deeper headings left out."""
    [text] = re.findall(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return str(text)


def rows(title: str) -> dict[str, list[str]]:
    """Return the rows of a table of the page, by their first name."""
    cells = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in section(title).splitlines() if line[:1] == "|"
    ]
    return {row[0].partition("`, ")[0].strip("`"): row for row in cells[2:]}


def errors(document: object) -> list[str]:
    """Return where a configuration breaks the schema."""
    found = Draft202012Validator(json.loads(render_schema())).iter_errors(document)
    return sorted(".".join(map(str, error.absolute_path)) for error in found)


def with_target(**more: object) -> dict[str, object]:
    return {"targets": [{**KPN, **more}]}


def everywhere(model: type[BaseModel]) -> set[type[BaseModel]]:
    """Return a model and all models within it."""
    return {model}.union(*(everywhere(inner) for _, inner, _ in groups(model)))


def models() -> set[type[BaseModel]]:
    return everywhere(Settings).union(*(everywhere(load_vendor(name).settings) for name in plugins.names()))


# The page


@pytest.mark.parametrize("name", FILES)
def test_the_committed_files_are_what_the_settings_make(name: str) -> None:
    assert (DOCS / name).read_text() == FILES[name](), "make docs"


@pytest.mark.parametrize("model", sorted(models(), key=str))
def test_every_key_says_what_it_means(model: type[BaseModel]) -> None:
    assert all(key.meaning for key in keys(model))
    assert all(model.model_fields[name].description for name, _, _ in groups(model))


def test_a_row_says_all_there_is_to_know() -> None:
    assert rows("poll")["interval"] == [
        "`interval`",
        "duration, greater than 0s",
        "`15s`",
        "Time from the start of one poll to the start of the next.",
        "`CONTACTCENTER_POLL__INTERVAL`, `--poll.interval`",
    ]
    assert rows("limits")["body_bytes"][1:3] == ["size, greater than 0", "`64MiB`"]
    assert rows("agents")["detail"][1:3] == ["`aggregate`, `pseudonym`, `id` or `name`", "`aggregate`"]
    assert rows("sinch")["page_size"][1:3] == ["integer, at least 1, at most 10000", "`500`"]
    assert rows("axialys")["answer_seconds_by_group"][1:3] == ["mapping of name to integer, in seconds", "none"]
    assert rows("Top-level keys")["shard"][4] == "`CONTACTCENTER_SHARD`, `--shard`"
    assert rows("demo")["--simulator.listen-address"][1:3] == ["address", "`127.0.0.1:0`"]
    assert rows("check").keys() == {"FILE", "--connect", "--shard", "--total-shards", "--web.config.file"}


@pytest.mark.parametrize("name", plugins.names())
def test_a_vendor_has_a_table_of_its_own_keys_the_required_ones_first(name: str) -> None:
    model = load_vendor(name).settings
    own = rows(name)
    assert own.keys() == model.model_fields.keys() - TargetSettings.model_fields.keys()
    required = [row[2] == "**required**" for row in own.values()]
    assert required == sorted(required, reverse=True)
    assert sum(required) == sum(model.model_fields[key].is_required() for key in own)


def test_a_secret_is_told_with_its_file() -> None:
    assert rows("kpn")["client_secret"][0] == "`client_secret`, `client_secret_file`"


def test_the_variables_it_names_are_read(tmp_path: Path) -> None:
    config = tmp_path / "contactcenter.yml"
    config.write_text("targets: [{name: name, vendor: kpn, client_secret: s}]")
    given = {
        "CONTACTCENTER_POLL__INTERVAL": "7s",
        "CONTACTCENTER_TARGETS__NAME__URL": "https://x",
        "CONTACTCENTER_TARGETS__NAME__TOKEN_URL": "https://x/t",
        "CONTACTCENTER_TARGETS__NAME__CLIENT_ID": "c",
        "CONTACTCENTER_TARGETS__NAME__TLS_CONFIG__INSECURE_SKIP_VERIFY": "true",
    }
    assert all(f"`{variable}`" in PAGE for variable in given)
    settings = load_file(config, given)
    assert settings.poll.interval == 7
    assert settings.targets[0].tls_config.insecure_skip_verify


def test_every_section_and_flag_is_there() -> None:
    for name, _, _ in groups(Settings):
        assert name in {"config", "targets"} or rows(name)
    told = set(re.findall(r"`(--[a-z.-]+)`", PAGE))
    for name, section_of, _ in groups(Flags):
        for key in keys(section_of):
            assert f"--{name}.{key.name}".replace("_", "-") in told


def test_the_page_names_no_variable_that_means_nothing() -> None:
    for variable in set(re.findall(r"`(CONTACTCENTER_[A-Z_]+)`", PAGE)):
        read = environment.read({variable: "x"}, Settings.model_fields, ["name"])
        assert read.values, variable
        assert not read.problems, variable


# The schema


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(json.loads(render_schema()))


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))], ids=lambda page: page.name)
def test_the_examples_of_the_pages_fit_it(page: Path) -> None:
    for text in _YAML.findall(page.read_text()):
        document = yaml.safe_load(text)
        if isinstance(document, dict) and "targets" in document:
            assert errors(document) == []


@pytest.mark.parametrize("name", plugins.names())
def test_it_knows_every_key_of_every_vendor(name: str) -> None:
    schema = json.loads(render_schema())
    model = load_vendor(name).settings
    assert schema["$defs"][model.__name__]["properties"].keys() == known_keys(model)


@pytest.mark.parametrize(
    "more",
    [
        {"interval": "1m30s", "poll": {"stale_after": "2m"}},
        {"limits": {"body_bytes": "10MB", "series_per_target": 5}},
        {"limits": {"body_bytes": 4096}},
        {"client_id": 12, "name": 7},
        {"select": {"queues": {"include": ["Billing", "Tech*", 1001]}, "families": {"exclude": ["agent_*"]}}},
        {"thresholds": [{"queue": "*", "critical": {"oldest_wait": "1m", "service_level": 0.6}}]},
        {"vendor": "acme", "anything": [1, 2]},
    ],
)
def test_it_takes_what_the_exporter_takes(more: dict[str, Any], tmp_path: Path) -> None:
    document = with_target(**more)
    assert errors(document) == []
    if more.get("vendor") is None:
        config = tmp_path / "contactcenter.yml"
        config.write_text(yaml.safe_dump(document))
        assert load_file(config, {}).targets


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({}, ""),
        ({"targets": []}, "targets"),
        ({"target": [KPN], "targets": [KPN]}, ""),
        (with_target(client_idd="c"), "targets.0"),
        (with_target(vendor=None), "targets.0.vendor"),
        (with_target(interval="5"), "targets.0.interval"),
        (with_target(interval=5), "targets.0.interval"),
        (with_target(limits={"body_bytes": "64 megabytes"}), "targets.0.limits.body_bytes"),
        (with_target(limits={"series_per_target": 0}), "targets.0.limits.series_per_target"),
        (with_target(agents={"detail": "names"}), "targets.0.agents.detail"),
        (with_target(select={"queue": {}}), "targets.0.select"),
        (with_target(select={"queues": {"include": "Billing"}}), "targets.0.select.queues.include"),
        (with_target(thresholds=[{"warning": {}}]), "targets.0.thresholds.0"),
        (with_target(times="mean"), "targets.0.times"),
        (with_target(vendor="sinch"), "targets.0"),
    ],
)
def test_it_refuses_what_the_exporter_refuses(document: dict[str, Any], place: str, tmp_path: Path) -> None:
    assert place in errors(document)
    config = tmp_path / "contactcenter.yml"
    config.write_text(yaml.safe_dump(document))
    with pytest.raises(ConfigError):
        load_file(config, {})
