"""Patterns of the configuration that match nothing: settings and lists of items in, sentences out."""

from exporter.model import Agent, Queue, Snapshot, Trunk
from exporter.polling.pattern_use import PatternUse
from exporter.polling.selection import select_items
from exporter.settings import TargetSettings


def settings(**given: object) -> TargetSettings:
    return TargetSettings.model_validate({"name": "a", "vendor": "kpn", "url": "http://127.0.0.1", **given})


def record(use: PatternUse, target: TargetSettings, snapshot: Snapshot, resource: str = "queues") -> None:
    use.record(resource, snapshot, select_items(snapshot, target.select), carries_thresholds=True)


def unmatched(target: TargetSettings, snapshot: Snapshot) -> list[str]:
    use = PatternUse(target)
    record(use, target, snapshot)
    return [str(each) for each in use.unmatched()]


SALES = Queue(id="1", name="Sales")


def test_patterns_of_every_setting_are_named() -> None:
    target = settings(
        select={
            "queues": {"include": ["Sal*", "1002"], "exclude": ["*test*"]},
            "groups": {"include": ["Nort"]},
            "trunks": {"exclude": ["SIP-?"]},
        },
        thresholds=[{"queue": "Sal?s"}, {"queue": "Billing"}],
        channels={"E-mail*": "email"},
    )
    centre = Snapshot(queues=(SALES,), agents=(Agent(id="1", group="North"),), trunks=(Trunk(id="1"),))
    assert unmatched(target, centre) == [
        "patterns of `select.queues.include` match no queue: 1002",
        "patterns of `select.queues.exclude` match no queue: *test*",
        "patterns of `select.groups.include` match no group: Nort",
        "patterns of `select.trunks.exclude` match no trunk: SIP-?",
        "patterns of `thresholds` match no queue: Billing",
        "patterns of `channels` match no queue: E-mail*",
    ]


def test_a_threshold_of_a_queue_that_is_not_selected_matches_nothing() -> None:
    target = settings(select={"queues": {"exclude": ["Sales"]}}, thresholds=[{"queue": "Sales"}])
    assert unmatched(target, Snapshot(queues=(SALES,))) == ["patterns of `thresholds` match no queue: Sales"]


def test_before_any_item_is_listed_only_included_patterns_are_named() -> None:
    target = settings(select={"queues": {"include": ["X"]}}, thresholds=[{"queue": "X"}])
    assert unmatched(target, Snapshot()) == ["patterns of `select.queues.include` match no queue: X"]


def test_a_pattern_may_match_in_any_resource() -> None:
    target = settings(thresholds=[{"queue": "Sales"}, {"queue": "number:*"}])
    use = PatternUse(target)
    record(use, target, Snapshot(queues=(SALES,)), "groups")
    record(use, target, Snapshot(queues=(Queue(id="number:1"),)), "numbers")
    assert not use.unmatched()
    record(use, target, Snapshot(), "groups")
    assert not use.unmatched(), "an empty list changes nothing"


def test_groups_that_go_home_stay_known() -> None:
    target = settings(select={"groups": {"include": ["Night"]}})
    use = PatternUse(target)
    record(use, target, Snapshot(agents=(Agent(id="1", group="Night"),)), "agents")
    record(use, target, Snapshot(agents=(Agent(id="2", group="Day"),)), "agents")
    assert not use.unmatched()


def test_changed_thresholds_are_judged_once_the_queues_are_listed_again() -> None:
    before, after = (settings(thresholds=[{"queue": name}]) for name in ("Sales", "Slaes"))
    use = PatternUse(before)
    record(use, before, Snapshot(queues=(SALES,)))
    use.configure(after)
    assert not use.unmatched()
    record(use, after, Snapshot(queues=(SALES,)))
    assert [each.patterns for each in use.unmatched()] == [("Slaes",)]
