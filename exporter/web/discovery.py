"""What Prometheus's HTTP service discovery gets: one entry a target, for a scrape of its own."""

from collections.abc import Sequence

from exporter.health import TargetHealth


def discover(targets: Sequence[TargetHealth], host: str) -> list[dict[str, object]]:
    """Return the entries for `http_sd_configs`.

    Args:
        targets: The targets polled.
        host: Under which host and port the exporter was asked, and so can be scraped.
    """
    return [
        {
            "targets": [host],
            "labels": {"__param_target": target.name, "__meta_contactcenter_vendor": target.vendor},
        }
        for target in targets
    ]
