"""Prometheus HTTP service discovery: one entry per target, each scraped separately."""

from collections.abc import Sequence

from exporter.polling.health import TargetHealth


def discover(targets: Sequence[TargetHealth], host: str, scheme: str) -> list[dict[str, object]]:
    """Return the entries for `http_sd_configs`.

    Args:
        targets: The polled targets.
        host: The host and port of the request, at which the exporter can be scraped.
        scheme: The scheme of the request. Only HTTPS is reported; behind plain HTTP a proxy may terminate TLS, so the
            scrape job decides.
    """
    tls = {"__scheme__": scheme} if scheme == "https" else {}
    return [{"targets": [host], "labels": _labels(target, host) | tls} for target in targets]


def _labels(target: TargetHealth, host: str) -> dict[str, str]:
    return {
        "__param_target": target.name,
        "__meta_contactcenter_vendor": target.vendor,
        # Defaults to the address, which is the same for all targets: their `up` would be written to one series.
        "instance": f"{host}/{target.name}",
    }
