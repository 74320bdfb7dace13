"""Every vendor and way to sign in to it: what an operator configures, and the secrets that must not leak."""

from base64 import b64encode

from exporter.settings import TargetSettings
from exporter.vendors.base import load_vendor
from tests.support.paths import VENDOR_FIXTURES

# Every secret ends in it; the start of a secret that is cut may be shown.
CORE = "c4n4ry"
PASSWORD = f'Pa55 &w0rd"/+ {CORE}'
API_KEY = f"an-api-key-of-an-operator-{CORE}"
TOKEN = f"t0ken.of/this+session=-{CORE}"
COOKIE = f"c00kie-of-this-session-{CORE}"
BASIC = b64encode(f"exporter:{PASSWORD}".encode()).decode()

_LOGIN: dict[str, object] = {"username": "exporter", "password": PASSWORD}
WAYS: dict[str, dict[str, object]] = {
    "kpn": {"token_url": "{url}/sign-in", "client_id": "exporter", "client_secret": PASSWORD},
    "sinch basic": {**_LOGIN, "api_key": API_KEY},
    "sinch ecfauth": {**_LOGIN, "auth": "ecfauth", "api_key": API_KEY},
    "brightpattern session": {**_LOGIN, "tenant_url": "x.example"},
    "brightpattern oauth": {**_LOGIN, "tenant_url": "x.example", "auth": "oauth"},
    "asterisk": {"username": "exporter", "secret": PASSWORD},
    "axialys basic": {**_LOGIN, "received_groups_path": "/received_groups"},
    "axialys query": {**_LOGIN, "auth": "query"},
    "axialys apikey": {"auth": "apikey", "api_key": API_KEY},
    "apio login": {**_LOGIN, "tenant": "t", "group": "g", "users": ["u"]},
    "apio token": {"token": TOKEN, "tenant": "t", "group": "g", "users": ["u"]},
}
"""The settings of each vendor and way to sign in; `{url}` stands for the server's address."""

# The fixtures that the last step of a path does not name.
_NAMED = {
    "data": "statistics",
    "call_centers": "profile_enriched",
    "check_available_agents": "availability",
    "12": "group_stats",
    "13": "group_stats",
    "1000": "queue",
}


def vendor_of(way: str) -> str:
    """Return the vendor of a way."""
    return way.partition(" ")[0]


def own_settings(way: str, url: str) -> dict[str, object]:
    """Return the settings of a way for a server at this address, without the name, vendor and URL of the target."""
    return {key: value.replace("{url}", url) if isinstance(value, str) else value for key, value in WAYS[way].items()}


def target_of(way: str, url: str, **more: object) -> TargetSettings:
    """Return a target named `here` for a server at this address."""
    vendor = vendor_of(way)
    base = {"name": "here", "vendor": vendor, "url": f"{url}/RI/rmi" if vendor == "sinch" else url}
    return load_vendor(vendor).settings.model_validate({**base, **own_settings(way, url), **more})


def published(vendor: str, path: str) -> bytes | None:
    """Return the published response to a request for this path, None if there is none."""
    name = path.rstrip("/").rpartition("/")[2]
    file = VENDOR_FIXTURES / vendor / f"{_NAMED.get(name, name)}.json"
    return file.read_bytes() if file.exists() else None


def leaks(text: str) -> list[str]:
    """Return every leaked secret with the text around it."""
    cores = (CORE, CORE.upper(), BASIC, BASIC.rstrip("="))
    return [text[max(0, at - 60) : at + 40] for core in cores if (at := text.find(core)) >= 0]
