"""Prometheus rule files: recording rules, alerts for supervisors and alerts for SREs."""

from collections.abc import Iterator

from grafana.generator.rules import contacts, intraday, recording, sre, supervisors


def files() -> Iterator[tuple[str, str]]:
    """Yield each rule file: its path under grafana/, and its text."""
    yield recording.PATH, recording.text()
    yield contacts.PATH, contacts.text()
    yield recording.DETAILS_PATH, recording.text_of_details()
    yield intraday.PATH, intraday.text()
    yield supervisors.PATH, supervisors.text()
    yield sre.PATH, sre.text()
