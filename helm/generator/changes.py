"""Add a release's changes to Chart.yaml for Artifact Hub: `python -m helm.generator.changes CHANGELOG.md Chart.yaml`.

Uses the standard library only, because the job that packages the chart has no environment of the exporter.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

# The labels of CHANGELOG.md, as Artifact Hub names them.
KINDS = {
    "FEATURE": "added",
    "ENHANCEMENT": "changed",
    "CHANGE": "changed",
    "DEPRECATION": "deprecated",
    "REMOVAL": "removed",
    "BUGFIX": "fixed",
    "SECURITY": "security",
}
_ENTRY = re.compile(r"^- \[([A-Z]+)\] (.+(?:\n  .+)*)", re.MULTILINE)


def changes(changelog: str, version: str) -> Iterator[tuple[str, str]]:
    """Yield the kind and the description of every change of a version.

    Args:
        changelog: The text of CHANGELOG.md.
        version: The version.

    Raises:
        ValueError: The version is not in the changelog, or a label is unknown.
    """
    _, heading, rest = changelog.partition(f"\n## {version} /")
    if not heading:
        raise ValueError(f"CHANGELOG.md has no heading for {version}")
    for label, text in _ENTRY.findall(rest.partition("\n## ")[0]):
        if label not in KINDS:
            raise ValueError(f"CHANGELOG.md: unknown label {label}; expected one of {', '.join(KINDS)}")
        yield KINDS[label], " ".join(text.split())


def annotated(chart: str, changelog: str) -> str:
    """Return a Chart.yaml, whose annotations are its last key, with the changes of its version.

    Args:
        chart: The text of Chart.yaml.
        changelog: The text of CHANGELOG.md.

    Raises:
        ValueError: The changelog does not describe the version of the chart.
    """
    [version] = re.findall(r"^version: (\S+)$", chart, re.MULTILINE)
    listed = list(changes(changelog, version))
    # JSON is YAML, so that a description needs no rules of its own for quotes.
    entries = (
        f"    - {json.dumps({'kind': kind, 'description': text}, ensure_ascii=False)}\n" for kind, text in listed
    )
    return (
        f"{chart.rstrip()}\n"
        f'  artifacthub.io/prerelease: "{str("-" in version).lower()}"\n'
        f'  artifacthub.io/containsSecurityUpdates: "{str("security" in dict(listed)).lower()}"\n'
        f"  artifacthub.io/changes: |\n{''.join(entries)}"
    )


def main(changelog: Path, chart: Path) -> None:
    """Write the changes of the chart's version into Chart.yaml."""
    text = annotated(chart.read_text(encoding="utf-8"), changelog.read_text(encoding="utf-8"))
    chart.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
