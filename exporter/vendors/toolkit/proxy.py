"""The HTTP proxy of a target, and the hosts that are requested without it."""

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from yarl import URL

from exporter.settings import TargetSettings


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy.

    Attributes:
        url: The URL of the proxy.
        exceptions: Hosts, domains (with their subdomains) and networks that are requested directly, or `*` for all.
    """

    url: str
    exceptions: tuple[str, ...] = field(default=())

    def url_for(self, url: URL) -> str | None:
        """Return the URL of the proxy for a request; None if it is sent directly."""
        host = url.host or ""
        return None if any(_matches(host, exception) for exception in self.exceptions) else self.url


def proxy_of(settings: TargetSettings) -> Proxy | None:
    """Return the configured proxy of a target, None if there is none."""
    if settings.proxy_url is None:
        return None
    exceptions = (exception.strip().casefold() for exception in settings.no_proxy.split(","))
    return Proxy(settings.proxy_url, tuple(exception for exception in exceptions if exception))


def _matches(host: str, exception: str) -> bool:
    if exception == "*":
        return True
    network = _network(exception)
    if network is not None:
        try:
            return ip_address(host) in network
        except ValueError:
            return False
    domain = exception.removeprefix("*").removeprefix(".")
    return host.casefold() == domain or host.casefold().endswith(f".{domain}")


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
