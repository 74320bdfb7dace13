"""Any configuration file is accepted or rejected with positions, and errors contain no secret."""

import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import strategies as st

from exporter.errors import ConfigError
from exporter.settings.loading.load import load_file
from tests.fuzz.profiles import cases
from tests.fuzz.strategies import PASSWORD, Change, Rough, apply, changes, rough_bytes, roughly

_GUIDE = Path(__file__).parents[2] / "docs" / "configuring.md"


def example() -> object:
    """Return the guide's configuration with a target of every vendor and inline secrets."""
    found = re.findall(r"```yaml\n(.*?)```", _GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    [text] = [each for each in found if each.startswith("poll:")]
    document = yaml.safe_load(text)
    for one in document["targets"]:
        one.pop("tls_config", None)
        for key in [key for key in one if key.endswith("_file")]:
            one[key.removesuffix("_file")] = PASSWORD
            del one[key]
    return document


EXAMPLE = yaml.safe_dump(example(), sort_keys=False)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "contactcenter.yml"


def test_example_is_accepted(file: Path) -> None:
    assert "c4n4ry" in EXAMPLE
    file.write_text(EXAMPLE, encoding="utf-8")
    assert load_file(file, {}).targets


def require_accepted_or_located(file: Path, body: bytes) -> None:
    file.write_bytes(body)
    try:
        load_file(file, {})
    except ConfigError as error:
        problems = error.problems
    else:
        return
    assert problems
    assert all(problem.place.startswith(str(file)) for problem in problems), "every problem has a position"
    messages = "".join(map(str, problems))
    assert not [form for form in (PASSWORD, json.dumps(PASSWORD)[1:-1]) if form in messages]


@cases(40, 3_000, some=changes, rough=roughly)
def test_changed_document_is_accepted_or_rejected(file: Path, some: list[Change], rough: Rough) -> None:
    document = yaml.safe_load(EXAMPLE)
    for change in some:
        document = apply(document, change)
    body = yaml.safe_dump(document, sort_keys=False, allow_unicode=some[0].where % 2 == 0).encode(
        "utf-8", "surrogatepass"
    )
    require_accepted_or_located(file, rough_bytes(body, rough))


_BITS = (
    "&a ",
    "*a",
    "<<: *a\n",
    "!!python/object:os.system ",
    "{",
    "]",
    "? ",
    "- ",
    ": ",
    "\t",
    "|\n",
    "%YAML 3\n",
    "---\n",
    "'",
    "\x00",
    "\x85",
)


@cases(
    40,
    3_000,
    at=st.integers(0, len(EXAMPLE)),
    bits=st.lists(st.sampled_from(_BITS), min_size=1, max_size=4),
    to=st.integers(0, 40),
)
def test_changed_text_is_accepted_or_rejected(file: Path, at: int, bits: list[str], to: int) -> None:
    require_accepted_or_located(file, (EXAMPLE[:at] + "".join(bits) + EXAMPLE[at + to :]).encode())
