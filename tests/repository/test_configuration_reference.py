"""The configuration reference matches the settings model, and its schema accepts what the exporter accepts."""

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
    """Return the text below a heading of the page, up to the next heading."""
    [text] = re.findall(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return str(text)


def rows(title: str) -> dict[str, list[str]]:
    """Return the rows of a table of the page by their first cell."""
    cells = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in section(title).splitlines() if line[:1] == "|"
    ]
    return {row[0].partition("`, ")[0].strip("`"): row for row in cells[2:]}


def errors(document: object) -> list[str]:
    """Return the places where a configuration violates the schema."""
    violations = Draft202012Validator(json.loads(render_schema())).iter_errors(document)
    return sorted(".".join(map(str, error.absolute_path)) for error in violations)


def with_target(**more: object) -> dict[str, object]:
    return {"targets": [{**KPN, **more}]}


def nested(model: type[BaseModel]) -> set[type[BaseModel]]:
    """Return a model and all models nested in it."""
    return {model}.union(*(nested(inner) for _, inner, _ in groups(model)))


def models() -> set[type[BaseModel]]:
    return nested(Settings).union(*(nested(load_vendor(name).settings) for name in plugins.names()))


# The page


@pytest.mark.parametrize("name", FILES)
def test_committed_files_are_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text() == FILES[name](), "make docs"


@pytest.mark.parametrize("model", sorted(models(), key=str))
def test_every_key_has_a_description(model: type[BaseModel]) -> None:
    assert all(key.description for key in keys(model))
    assert all(model.model_fields[name].description for name, _, _ in groups(model))


def test_rows_of_keys_and_flags() -> None:
    assert rows("poll")["interval"] == [
        "`interval`",
        "duration, greater than 0s",
        "`15s`",
        "Time from the start of one poll to the start of the next.",
        "`CONTACTCENTER_POLL__INTERVAL`, `--poll.interval`",
    ]
    assert rows("limits")["body_bytes"][1:3] == ["size, greater than 0", "`64MiB`"]
    assert rows("agents")["detail"][1:3] == ["`aggregate`, `pseudonym`, `id` or `name`", "`aggregate`"]
    assert rows("sinch")["page_size"][1:3] == ["integer, at least 1, at most 10000", "`2500`"]
    assert rows("axialys")["answer_seconds_by_group"][1:3] == ["mapping of name to integer, in seconds", "none"]
    assert rows("Top-level keys")["shard"][4] == "`CONTACTCENTER_SHARD`, `--shard`"
    assert rows("demo")["--simulator.listen-address"][1:3] == ["address", "`127.0.0.1:0`"]
    assert rows("check").keys() == {
        "FILE",
        "--connect",
        "--definition",
        "--replay",
        "--shard",
        "--target",
        "--total-shards",
        "--web.config.file",
    }
    assert rows("record").keys() == {"FILE", "--out", "--target"}
    assert rows("Top-level keys")["vendor_definitions"][4] == "-"


@pytest.mark.parametrize("name", plugins.names())
def test_table_of_a_vendor_lists_required_keys_first(name: str) -> None:
    model = load_vendor(name).settings
    own = rows(name)
    nested_keys = {key for key, _, _ in groups(model)}
    assert own.keys() == model.model_fields.keys() - TargetSettings.model_fields.keys() - nested_keys
    required = [row[2] == "**required**" for row in own.values()]
    assert required == sorted(required, reverse=True)
    assert sum(required) == sum(model.model_fields[key].is_required() for key in own)


def test_secret_is_listed_with_its_file_key() -> None:
    assert rows("kpn")["client_secret"][0] == "`client_secret`, `client_secret_file`"


def test_listed_variables_are_read(tmp_path: Path) -> None:
    config = tmp_path / "contactcenter.yml"
    config.write_text("targets: [{name: name, vendor: kpn, client_secret: s}]")
    environ = {
        "CONTACTCENTER_POLL__INTERVAL": "7s",
        "CONTACTCENTER_TARGETS__NAME__URL": "https://x",
        "CONTACTCENTER_TARGETS__NAME__TOKEN_URL": "https://x/t",
        "CONTACTCENTER_TARGETS__NAME__CLIENT_ID": "c",
        "CONTACTCENTER_TARGETS__NAME__TLS_CONFIG__INSECURE_SKIP_VERIFY": "true",
    }
    assert all(f"`{variable}`" in PAGE for variable in environ)
    settings = load_file(config, environ)
    assert settings.poll.interval == 7
    assert settings.targets[0].tls_config.insecure_skip_verify


def test_every_section_and_flag_is_listed() -> None:
    for name, _, _ in groups(Settings):
        assert name in {"config", "targets"} or rows(name)
    listed = set(re.findall(r"`(--[a-z.-]+)`", PAGE))
    for name, section_of, _ in groups(Flags):
        for key in keys(section_of):
            assert f"--{name}.{key.name}".replace("_", "-") in listed


def test_every_listed_variable_is_valid() -> None:
    for variable in set(re.findall(r"`(CONTACTCENTER_[A-Z_]+)`", PAGE)):
        read = environment.read({variable: "x"}, Settings.model_fields, ["name"])
        assert read.values, variable
        assert not read.problems, variable


# The schema


def test_schema_is_valid() -> None:
    Draft202012Validator.check_schema(json.loads(render_schema()))


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))], ids=lambda page: page.name)
def test_examples_in_the_docs_match_the_schema(page: Path) -> None:
    for text in _YAML.findall(page.read_text()):
        document = yaml.safe_load(text)
        if isinstance(document, dict) and "targets" in document:
            assert errors(document) == []


@pytest.mark.parametrize("name", plugins.names())
def test_schema_has_every_key_of_every_vendor(name: str) -> None:
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
def test_schema_accepts_what_the_exporter_accepts(more: dict[str, Any], tmp_path: Path) -> None:
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
def test_schema_rejects_what_the_exporter_rejects(document: dict[str, Any], place: str, tmp_path: Path) -> None:
    assert place in errors(document)
    config = tmp_path / "contactcenter.yml"
    config.write_text(yaml.safe_dump(document))
    with pytest.raises(ConfigError):
        load_file(config, {})
