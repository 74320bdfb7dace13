"""Makes series of single polls, as the exporter does of regular ones."""

from collections.abc import Mapping

from exporter.metrics.pages import Exposition
from exporter.polling.health import ResourceHealth
from exporter.polling.once import Polled
from exporter.polling.publisher import Publisher
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings
from exporter.vendors.base import Resource, Vendor


async def expose(
    target: TargetSettings, vendor: Vendor, polls: Mapping[Resource, Polled], exposition: Exposition, clock: Clock
) -> None:
    """Publish the series of one target.

    Args:
        target: The target.
        vendor: Its vendor.
        polls: The result of each resource.
        exposition: Receives the series.
        clock: The time of the polls.
    """
    publisher = Publisher(target, exposition, vendor_returns_channels=vendor.returns_channels, meanings=vendor.meanings)
    added = [
        (
            polled,
            health := ResourceHealth(resource.name, polled.cadence.effective),
            publisher.add(health, carries_thresholds=resource.carries_thresholds),
        )
        for resource, polled in polls.items()
    ]
    publisher.health.resources.extend(health for _, health, _ in added)
    for polled, health, pipeline in added:
        if polled.error is not None:
            health.failed(polled.error, polled.seconds)
        elif polled.snapshot is not None:
            snapshot = polled.snapshot
            budget = publisher.series_budget(health)
            processed = pipeline.process(snapshot, clock.monotonic(), clock.time(), budget)
            snapshot = processed.snapshot
            renamed = await publisher.render_renamed(health, processed)
            health.succeeded(clock.time() - snapshot.age, polled.seconds)
            health.count_items(snapshot)
            publisher.record_unmapped(snapshot.unmapped)
            publisher.publish(health, processed.block, renamed)
    publisher.publish_health()
