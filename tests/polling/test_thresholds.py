"""Levels from the configuration, upon queues of any vendor."""

import pytest

from exporter.model import Queue, Snapshot, Thresholds
from exporter.polling.thresholds import apply_thresholds
from exporter.settings import QueueThresholds

SALES = QueueThresholds.model_validate(
    {"queue": "Sales*", "warning": {"waiting_contacts": 5, "oldest_wait": "1m"}, "critical": {"waiting_contacts": 10}}
)
ALL = QueueThresholds.model_validate({"queue": "*", "warning": {"waiting_contacts": 20, "service_level": "0.8"}})


def marked(queue: Queue, *configured: QueueThresholds, add: bool = True) -> tuple[Thresholds, ...]:
    return apply_thresholds(Snapshot(queues=(queue,)), configured, add=add).queues[0].thresholds


def test_a_matching_queue_carries_the_thresholds_of_each_severity() -> None:
    assert marked(Queue(id="1", name="Sales north"), SALES) == (
        Thresholds(severity="warning", waiting_contacts=5, oldest_wait_seconds=60),
        Thresholds(severity="critical", waiting_contacts=10),
    )


def test_the_first_entry_that_sets_a_threshold_applies() -> None:
    warning, critical = marked(Queue(id="1", name="Sales"), SALES, ALL)
    assert warning == Thresholds(
        severity="warning", waiting_contacts=5, oldest_wait_seconds=60, service_level_ratio=0.8
    )
    assert critical == Thresholds(severity="critical", waiting_contacts=10)


@pytest.mark.parametrize("name", ["sales", "Service", ""])
def test_a_queue_that_does_not_match_is_unchanged(name: str) -> None:
    assert marked(Queue(id="1", name=name), SALES) == ()


def test_the_configured_threshold_overrides_the_vendors() -> None:
    vendors = Thresholds(severity="warning", waiting_contacts=3, free_agents=2)
    warning, _ = marked(Queue(id="1", name="Sales", thresholds=(vendors,)), SALES)
    assert warning == Thresholds(severity="warning", waiting_contacts=5, oldest_wait_seconds=60, free_agents=2)


def test_a_resource_that_lists_the_queues_again_adds_no_thresholds() -> None:
    vendors = Thresholds(severity="warning", waiting_contacts=3, free_agents=2)
    warning, critical = marked(Queue(id="1", name="Sales", thresholds=(vendors,)), SALES, add=False)
    assert warning == Thresholds(severity="warning", free_agents=2)
    assert critical == Thresholds(severity="critical")


@pytest.mark.parametrize(
    ("pattern", "queue"),
    [
        ("Sales [EU]", Queue(id="1", name="Sales [EU]")),
        ("Who? *", Queue(id="1", name="Who? *")),
        ("Re\u0301clamations", Queue(id="1", name="R\u00e9clamations")),
        ("10??", Queue(id="1001", name="Billing")),
        ("1001", Queue(id="1001", name="Billing")),
        ("f8c2697f37d044db929b10f75381c624", Queue(id="F8C2697F37D044DB929B10F75381C624", name="Billing")),
    ],
)
def test_a_literal_name_another_unicode_form_and_an_id_match(pattern: str, queue: Queue) -> None:
    configured = [QueueThresholds.model_validate({"queue": pattern, "warning": {"waiting_contacts": 5}})]
    assert marked_by(queue, configured).waiting_contacts == 5


def marked_by(queue: Queue, configured: list[QueueThresholds]) -> Thresholds:
    [marked] = apply_thresholds(Snapshot(queues=(queue,)), configured, add=True).queues
    return next(each for each in marked.thresholds if each.severity == "warning")
