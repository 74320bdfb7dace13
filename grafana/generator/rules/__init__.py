"""Prometheus rule files: recording rules, alerts for supervisors and alerts for SREs."""

from collections.abc import Iterator

from grafana.generator.rules import anchored, contacts, intraday, recording, sre, supervisors


def files() -> Iterator[tuple[str, str]]:
    """Yield each rule file: its path under grafana/, and its text."""
    yield recording.PATH, recording.text()
    yield contacts.PATH, contacts.text()
    yield recording.DETAILS_PATH, recording.text_of_details()
    yield intraday.PATH, intraday.text()
    yield supervisors.PATH, supervisors.text()
    yield sre.PATH, sre.text()


def variants() -> Iterator[tuple[str, str]]:
    """Yield the files that replace one of the others: their paths under grafana/, and their texts."""
    yield anchored.PATH, anchored.text()
