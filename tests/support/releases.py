"""Compares the versions in the repository with each other and with a tag."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import yaml

_PUBLISHED = re.compile(r"^## (\d+\.\d+\.\d+\S*) / \d{4}-\d{2}-\d{2}$", re.MULTILINE)


def disagreements(root: Path, tag: str | None = None) -> list[str]:
    """Return the places whose version differs from that of the exporter or of a tag.

    Args:
        root: The repository.
        tag: The tag being released, such as v1.2.3; None between releases.
    """
    return list(_disagreements(root, tag))


def _disagreements(root: Path, tag: str | None) -> Iterator[str]:
    version = _version(root)
    chart = yaml.safe_load((root / "helm" / "contactcenter-exporter" / "Chart.yaml").read_text())
    for key in ("version", "appVersion"):
        if chart[key] != version:
            yield f"Chart.yaml: {key} is {chart[key]}, the exporter's is {version}"
    if f":{version}\n" not in chart["annotations"]["artifacthub.io/images"]:
        yield f"Chart.yaml: the annotated image is not {version}"
    if tag is None:
        return
    if tag != f"v{version}":
        yield f"the tag is {tag}, the exporter's version is {version}"
    published = _PUBLISHED.findall((root / "CHANGELOG.md").read_text())
    if published[:1] != [version]:
        yield f"CHANGELOG.md: the first heading with a date is not '## {version} / YYYY-MM-DD'"


def _version(root: Path) -> str:
    """Return the version of the exporter, from the file named in pyproject.toml."""
    project = tomllib.loads((root / "pyproject.toml").read_text())
    text = (root / project["tool"]["hatch"]["version"]["path"]).read_text()
    [version] = re.findall(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    return str(version)
