"""The catalogue against the contract: the metric table of the design, written out once more."""

import re
from collections import Counter

import pytest

from exporter.metrics.catalog import FAMILIES, Family
from exporter.metrics.vendor_buckets import VENDOR_HISTOGRAMS

QUEUE = ("target", "queue_id", "queue", "channel")
NUMBER = ("target", "number")
TRUNK = ("target", "trunk_id", "trunk")
AGENT = ("target", "agent_id", "agent")
RESOURCE = ("target", "resource")
TARGET = ("target",)

CONTRACT: dict[str, tuple[str, tuple[str, ...]]] = {
    "queue_waiting_contacts": ("gauge", QUEUE),
    "queue_waiting_callbacks": ("gauge", QUEUE),
    "queue_oldest_wait_seconds": ("gauge", QUEUE),
    "queue_estimated_wait_seconds": ("gauge", QUEUE),
    "queue_active_contacts": ("gauge", QUEUE),
    "queue_oldest_active_seconds": ("gauge", QUEUE),
    "queue_wait_age_seconds": ("gaugehistogram", QUEUE),
    "queue_service_level_ratio": ("gauge", QUEUE),
    "queue_answered_ratio": ("gauge", QUEUE),
    "queue_service_level_target_ratio": ("gauge", QUEUE),
    "queue_service_level_target_seconds": ("gauge", QUEUE),
    "queue_staffed_agents": ("gauge", QUEUE),
    "queue_agents": ("gauge", (*QUEUE, "state")),
    "queue_active_slots": ("gauge", QUEUE),
    "queue_available_slots": ("gauge", QUEUE),
    "queue_wait_seconds": ("histogram", (*QUEUE, "outcome")),
    "queue_contacts_offered_total": ("counter", QUEUE),
    "queue_contacts_offered_unique_total": ("counter", QUEUE),
    "queue_contacts_answered_total": ("counter", QUEUE),
    "queue_contacts_answered_in_service_level_total": ("counter", QUEUE),
    "queue_contacts_abandoned_total": ("counter", QUEUE),
    "queue_contacts_abandoned_unique_total": ("counter", QUEUE),
    "queue_contacts_abandoned_short_total": ("counter", QUEUE),
    "queue_contacts_transferred_total": ("counter", QUEUE),
    "queue_contacts_held_total": ("counter", QUEUE),
    "queue_contacts_redirected_on_no_answer_total": ("counter", QUEUE),
    "queue_contacts_overflowed_total": ("counter", QUEUE),
    "queue_contacts_escalated_total": ("counter", QUEUE),
    "queue_contacts_rejected_closed_total": ("counter", QUEUE),
    "queue_ring_seconds_total": ("counter", QUEUE),
    "queue_answer_wait_seconds_total": ("counter", QUEUE),
    "queue_talk_seconds_total": ("counter", QUEUE),
    "queue_abandon_wait_seconds_total": ("counter", QUEUE),
    "queue_handle_seconds_total": ("counter", QUEUE),
    "queue_outbound_contacts_handled_total": ("counter", QUEUE),
    "queue_outbound_handle_seconds_total": ("counter", QUEUE),
    "queue_average_wait_seconds": ("gauge", QUEUE),
    "queue_average_talk_seconds": ("gauge", QUEUE),
    "queue_average_abandon_wait_seconds": ("gauge", QUEUE),
    "queue_average_wrap_up_seconds": ("gauge", QUEUE),
    "queue_max_wait_seconds": ("gauge", QUEUE),
    "queue_waiting_contacts_threshold": ("gauge", (*QUEUE, "severity")),
    "queue_oldest_wait_threshold_seconds": ("gauge", (*QUEUE, "severity")),
    "queue_free_agents_threshold": ("gauge", (*QUEUE, "severity")),
    "queue_serving_agents_threshold": ("gauge", (*QUEUE, "severity")),
    "queue_service_level_threshold_ratio": ("gauge", (*QUEUE, "severity")),
    "queue_contacts_finished_total": ("counter", (*QUEUE, "outcome", "direction")),
    "queue_contacts_answered_difference": ("gauge", QUEUE),
    "queue_contact_wait_seconds": ("histogram", (*QUEUE, "outcome")),
    "queue_contact_service_level_wait_seconds": ("histogram", QUEUE),
    "queue_contact_handle_seconds": ("histogram", QUEUE),
    "queue_contact_wrap_up_seconds": ("histogram", QUEUE),
    "queue_contacts_moved_in_total": ("counter", (*QUEUE, "origin_queue_id")),
    "number_in_progress_contacts": ("gauge", NUMBER),
    "number_active_contacts": ("gauge", NUMBER),
    "number_oldest_in_progress_seconds": ("gauge", NUMBER),
    "number_oldest_active_seconds": ("gauge", NUMBER),
    "number_contacts_offered_total": ("counter", NUMBER),
    "number_contacts_answered_total": ("counter", NUMBER),
    "number_contact_seconds_total": ("counter", NUMBER),
    "agents": ("gauge", ("target", "group", "state", "reason")),
    "agents_by_skill": ("gauge", ("target", "skill", "state", "direction")),
    "dispositions_total": ("counter", ("target", "group", "disposition")),
    "agent_state": ("gauge", (*AGENT, "state")),
    "agent_time_in_state_seconds": ("gauge", AGENT),
    "agent_contacts_handled_total": ("counter", (*AGENT, "channel", "direction")),
    "agent_state_seconds_total": ("counter", (*AGENT, "state")),
    "agent_active_contacts": ("gauge", (*AGENT, "channel")),
    "agent_capacity_contacts": ("gauge", (*AGENT, "channel")),
    "trunk_ports": ("gauge", (*TRUNK, "state")),
    "trunk_port_state": ("gauge", (*TRUNK, "port", "state")),
    "trunk_capacity_ports": ("gauge", TRUNK),
    "trunk_in_use_ports": ("gauge", TRUNK),
    "trunk_idle_ports": ("gauge", TRUNK),
    "trunk_usage_ratio": ("gauge", TRUNK),
    "trunk_registered": ("gauge", TRUNK),
    "up": ("gauge", RESOURCE),
    "target_info": ("info", ("target", "vendor")),
    "target_figures_info": ("info", ("target", "available", "abandoned")),
    "poll_duration_seconds": ("gauge", RESOURCE),
    "poll_interval_seconds": ("gauge", RESOURCE),
    "last_success_timestamp_seconds": ("gauge", RESOURCE),
    "polls_total": ("counter", RESOURCE),
    "poll_failures_total": ("counter", (*RESOURCE, "reason")),
    "resource_items": ("gauge", (*RESOURCE, "kind")),
    "vendor_quota": ("gauge", ("target", "kind")),
    "poll_items": ("gauge", (*RESOURCE, "outcome")),
    "vendor_status": ("gauge", (*TARGET, "state")),
    "vendor_data_age_seconds": ("gauge", TARGET),
    "api_requests_total": ("counter", ("target", "code")),
    "unmapped_values_total": ("counter", ("target", "field")),
    "suppressed_decreases_total": ("counter", TARGET),
    "session_renewals_total": ("counter", TARGET),
    "series": ("gauge", TARGET),
    "series_dropped": ("gauge", TARGET),
    "exporter_build_info": ("info", ("version", "python")),
    "exporter_config_last_reload_successful": ("gauge", ()),
    "exporter_config_last_reload_success_timestamp_seconds": ("gauge", ()),
    "exporter_shard": ("gauge", ()),
    "exporter_total_shards": ("gauge", ()),
    "exporter_configured_targets": ("gauge", ()),
    "exporter_leader": ("gauge", ()),
}

# Counted by the exporter itself, from the moment it began to observe single contacts.
OBSERVED = {"contactcenter_queue_contacts_finished_total", "contactcenter_queue_contacts_moved_in_total"}
ABBREVIATIONS = re.compile(r"\b(avg|secs?|mins?|max|num|nr|pct|config|info|etc|e\.g|i\.e|vs|ACW|AUX|SLA?|TSF|ASA)\b")
every_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


def test_the_catalogue_is_the_contracts() -> None:
    catalogue = {family.name.removeprefix("contactcenter_"): (family.kind, family.labels) for family in FAMILIES}
    assert catalogue == CONTRACT


def test_every_family_exists_once() -> None:
    names = Counter(family.name for family in FAMILIES)
    assert set(names.values()) == {1}
    assert all(name.startswith("contactcenter_") for name in names)


@every_family
def test_only_counters_end_in_total_and_only_info_in_info(family: Family) -> None:
    assert family.name.endswith("_total") == (family.kind == "counter")
    assert family.name.endswith("_info") == (family.kind == "info")


@every_family
def test_the_unit_agrees_with_the_name(family: Family) -> None:
    base = family.name.removesuffix("_total")
    for unit in ("seconds", "ratio"):
        assert base.endswith(f"_{unit}") == (family.unit == unit)
    counted = {"contactcenter_poll_failures": "polls"}.get(base, base)
    assert family.unit in counted


@every_family
def test_the_help_text_is_a_sentence(family: Family) -> None:
    assert family.help.endswith(".")
    assert family.help[0].isupper() or family.help[0] == "1"
    assert not ABBREVIATIONS.search(family.help)
    assert "\n" not in family.help


@every_family
def test_a_totals_help_text_states_when_it_restarts(family: Family) -> None:
    of_a_vendor = family.kind == "counter" and not {"queue", "agent", "number", "group"}.isdisjoint(family.labels)
    restarts = (of_a_vendor and family.name not in OBSERVED) or family in VENDOR_HISTOGRAMS
    assert ("Restarts with the vendor's reporting period." in family.help) == restarts
    is_observed = family.name in OBSERVED or (family.kind == "histogram" and family not in VENDOR_HISTOGRAMS)
    assert ("since the exporter began to observe them" in family.help) == is_observed
