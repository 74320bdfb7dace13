"""The documentation is correct: examples load; keys, metrics, flags and links exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from exporter import plugins
from exporter.cli.check import Checked, report
from exporter.cli.commands import SimulateWeb
from exporter.metrics.catalog import FAMILIES
from exporter.settings import Settings, TargetSettings, load_file, split_address
from exporter.settings.loading.secrets import FILE_SUFFIX
from exporter.simulator.dialects import every_dialect
from exporter.simulator.scenarios import ScenarioName
from exporter.vendors.base import load_vendor
from exporter.web.rate_limit import RateLimit
from exporter.web.tls_server import TlsServerConfig
from exporter.web.webconfig import HttpServerConfig, load_web_config
from tests.support.paths import ROOT
from tests.support.web_secured import Authority

README = ROOT / "README.md"
VENDORS = ROOT / "docs" / "vendors"
SECURITY = ROOT / "docs" / "security.md"
SIMULATOR = ROOT / "docs" / "simulator.md"
VARIANTS = ROOT / "docs" / "development" / "variants.md"
PAGES = (README, *sorted((ROOT / "docs").rglob("*.md")))
# The vendor of docs/adding-a-vendor.md.
ADDING = ROOT / "docs" / "adding-a-vendor.md"
SAMPLE = ROOT / "tests" / "sample"

_YAML = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
# Not a recorded series, whose name contains colons.
_METRIC = re.compile(r"(?<!:)\bcontactcenter_[a-z_]*[a-z]\b(?!\.)(?!_?\*)")
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def examples(page: Path) -> Iterator[str]:
    """Yield the configuration examples of a page."""
    for text in _YAML.findall(page.read_text()):
        if "targets" in (yaml.safe_load(text) or {}):
            yield text


CONFIGURATIONS = [
    pytest.param(text, id=f"{page.name}-{number}")
    for page in PAGES
    for number, text in enumerate(examples(page), start=1)
]


@pytest.fixture
def sample_vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install the documented vendor package."""
    monkeypatch.syspath_prepend(str(SAMPLE))
    plugins.installed.cache_clear()
    yield
    monkeypatch.undo()
    plugins.installed.cache_clear()


def definition() -> str:
    """Return the documented definition of a vendor, without its example."""
    [text] = [text for text in _YAML.findall(ADDING.read_text()) if text.startswith("vendor: ")]
    return f"{text.partition('examples:')[0]}examples: [{{name: none}}]\n"


def load(text: str, directory: Path) -> Settings:
    """Return the settings of an example; only the paths of its files are replaced."""
    secret = directory / "secret"
    secret.write_text("s3cret-of-an-example\n")
    if "ca_file" in text:
        Authority(directory)
    for key, name in re.findall(rf"(\w+{FILE_SUFFIX}): ([^\s,}}]+)", text):
        text = text.replace(name, str(directory / "ca.pem" if key == "ca_file" else secret))
    if "vendor_definitions" in text:
        (directory / "vendors").mkdir()
        (directory / "vendors" / "acme.yml").write_text(definition())
    config = directory / "contactcenter.yml"
    config.write_text(text)
    return load_file(config, {})


def page_of(name: str) -> Path:
    """Return a vendor's page."""
    return VENDORS / f"{name}.md"


def rows(page: Path) -> str:
    """Return the first cells of a page's tables."""
    return "".join(line.split("|")[1] for line in page.read_text().splitlines() if line.startswith("| "))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page."""
    headings = _HEADING.findall(_CODE.sub("", page.read_text()))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_web_configuration_example_is_valid(tmp_path: Path) -> None:
    [text] = [text for text in _YAML.findall(SECURITY.read_text()) if text.startswith("# web.yml\n")]
    Authority(tmp_path)
    for kind in ("pem", "key"):
        (tmp_path / f"server.{kind}").rename(tmp_path / f"exporter.{kind}")
    file = tmp_path / "web.yml"
    file.write_text(text)
    assert load_web_config(file).tls is not None


def test_every_key_of_the_web_configuration_is_documented() -> None:
    documented = set(re.findall(r"[`.](\w+)(?=`)", rows(SECURITY)))
    models = (TlsServerConfig, HttpServerConfig, RateLimit)
    assert {key for model in models for key in model.model_fields} | {"basic_auth_users"} <= documented


@pytest.mark.usefixtures("sample_vendor")
@pytest.mark.parametrize("text", CONFIGURATIONS)
def test_a_configuration_example_is_valid(text: str, tmp_path: Path) -> None:
    assert load(text, tmp_path).targets


def test_there_are_examples_of_every_vendor(tmp_path: Path) -> None:
    found = [load(text, tmp_path) for page in VENDORS.glob("*.md") for text in examples(page)]
    assert {target.vendor for settings in found for target in settings.targets} == set(plugins.names())


def test_the_example_of_the_simulation_matches_the_dialects(tmp_path: Path) -> None:
    [text] = [text for text in examples(SIMULATOR) if text.startswith("# simulated.yml\n")]
    port = split_address(SimulateWeb().listen_address).port
    wanted = tuple(
        load_vendor(dialect.name).settings.model_validate(
            {"vendor": dialect.name, **dialect.target(f"http://localhost:{port}/{dialect.name}")}
        )
        for dialect in every_dialect()
    )
    assert load(text, tmp_path).targets == wanted


def test_the_layout_for_contributors_exists() -> None:
    layout = (ROOT / "CONTRIBUTING.md").read_text().partition("## Layout")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in layout.splitlines() if line.startswith("| `")]
    named = [path for row in rows for path in re.findall(r"`([^`]+)`", row)]
    assert len(named) > 10
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_tables_of_check_have_its_columns() -> None:
    columns = report(Checked((), ())).split()
    heads = [line.split() for page in PAGES for line in page.read_text().splitlines() if line.startswith("TARGET ")]
    assert heads
    assert all(head == columns for head in heads), heads


@pytest.mark.parametrize("name", plugins.names())
def test_the_page_of_a_vendor_documents_each_of_its_keys(name: str) -> None:
    rows = [line.split("|")[1] for line in page_of(name).read_text().splitlines() if line.startswith("| `")]
    documented = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
    own = load_vendor(name).settings.model_fields.keys() - TargetSettings.model_fields.keys()
    assert own
    assert not own - documented


@pytest.mark.parametrize("name", plugins.names())
def test_the_pages_of_vendors_have_the_same_sections(name: str) -> None:
    headings = re.findall(r"^## (.+)$", page_of(name).read_text(), re.MULTILINE)
    assert headings == [
        "What to ask for",
        "Settings",
        "What is exported",
        "What a poll costs",
        "Selection",
        "Decided here",
        "Not known",
    ]


@pytest.mark.parametrize("name", plugins.names())
def test_the_first_table_names_every_vendor(name: str) -> None:
    assert f"\n| [`{name}`](docs/vendors.md#{name}): " in README.read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_has_a_target(page: Path) -> None:
    for link in _LINK.findall(_CODE.sub("", page.read_text())):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_metrics_are_in_the_catalogue(page: Path) -> None:
    known = {family.name for family in FAMILIES}
    named = {re.sub("_(bucket|count|sum)$", "", name) for name in _METRIC.findall(page.read_text())}
    assert not named - known


def test_the_listed_scenarios_are_the_existing_ones() -> None:
    listed = SIMULATOR.read_text().partition("The scenarios are ")[2].partition(";")[0]
    assert set(re.findall(r"`([\w-]+)`", listed)) == {name.value for name in ScenarioName}


def test_the_tests_named_in_the_documentation_exist() -> None:
    named = _TEST.findall(VARIANTS.read_text())
    assert len(named) > 30
    missing = [(path, test) for path, test in named if not re.search(rf"def {test}\(", (ROOT / path).read_text())]
    assert not missing
