"""What Prometheus's HTTP service discovery gets: one entry a target, for a scrape of its own."""

from collections.abc import Sequence

from exporter.polling.health import TargetHealth


def discover(targets: Sequence[TargetHealth], host: str, scheme: str) -> list[dict[str, object]]:
    """Return the entries for `http_sd_configs`.

    Args:
        targets: The targets polled.
        host: Under which host and port the exporter was asked, and so can be scraped.
        scheme: How it was asked. TLS is told; plain HTTP, before which a proxy may speak TLS, is left to the job.
    """
    tls = {"__scheme__": scheme} if scheme == "https" else {}
    return [{"targets": [host], "labels": _labels(target, host) | tls} for target in targets]


def _labels(target: TargetHealth, host: str) -> dict[str, str]:
    return {
        "__param_target": target.name,
        "__meta_contactcenter_vendor": target.vendor,
        # Otherwise all have the address for it, and Prometheus writes the `up` of all into one series.
        "instance": f"{host}/{target.name}",
    }
