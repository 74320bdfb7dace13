"""The pipeline of one resource, without the rest of its target."""

from exporter.polling.naming import Directory
from exporter.polling.pattern_use import PatternUse
from exporter.polling.pipeline import Pipeline, Shared
from exporter.settings import TargetSettings


def pipeline_of(settings: TargetSettings, *, carries_thresholds: bool = False, start_times: bool = False) -> Pipeline:
    """Return the pipeline of the only resource of a target."""
    shared = Shared(Directory(settings.channels, vendor_returns_channels=True), PatternUse(settings))
    return Pipeline(settings, "queues", shared, carries_thresholds=carries_thresholds, start_times=start_times)
