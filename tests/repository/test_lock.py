"""The locked requirements: complete, hashed and within the ranges of pyproject.toml."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
WANTED = {
    "requirements.lock": PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["kubernetes"],
    "requirements-build.lock": PROJECT["build-system"]["requires"],
}
_LOCKED = re.compile(r"^([\w.-]+)==(\S+)(?: ;[^\\]*)?((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)

every_lock = pytest.mark.parametrize("name", WANTED)


def locked(name: str) -> dict[str, str]:
    """Return the version of each distribution in a lock that has at least one hash."""
    return {canonicalize_name(project): version for project, version, _ in _LOCKED.findall((ROOT / name).read_text())}


@every_lock
def test_every_requirement_is_locked_at_an_allowed_version(name: str) -> None:
    versions = locked(name)
    for requirement in map(Requirement, WANTED[name]):
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), requirement


@every_lock
def test_every_distribution_in_a_lock_has_a_hash(name: str) -> None:
    lines = [line for line in (ROOT / name).read_text().splitlines() if not line.startswith(("#", " "))]
    assert len(lines) == len(locked(name))


@every_lock
def test_a_lock_contains_no_url(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "--index-url" not in text
