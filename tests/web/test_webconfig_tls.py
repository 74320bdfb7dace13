"""TLS settings of a web configuration file, with real connections."""

import asyncio
import ssl
from pathlib import Path

import aiohttp
import pytest
import trustme
from yarl import URL

from exporter.polling.health import TargetHealth
from tests.support.web_secured import Authority, refused, secured, status
from tests.support.web_standin import StandIn

VERIFY = "  client_ca_file: ca.pem\n  client_auth_type: "
SANS = f"{VERIFY}RequireAndVerifyClientCert\n  client_allowed_sans: "


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def negotiated(url: str, tls: ssl.SSLContext) -> tuple[str, str]:
    """Return the negotiated TLS version and cipher suite."""
    _, writer = await asyncio.open_connection("127.0.0.1", URL(url).port, ssl=tls)
    secured = writer.get_extra_info("ssl_object")
    writer.close()
    await writer.wait_closed()
    return secured.version(), secured.cipher()[0]


async def test_the_routes_are_served_over_tls_only(authority: Authority) -> None:
    async with secured(authority.tls()) as url:
        assert await status(f"{url}/metrics", authority.client()) == 200
        with pytest.raises(aiohttp.ClientError):
            await status(url.replace("https", "http"))
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await status(url)


async def test_an_empty_file_means_plain_http(authority: Authority) -> None:
    async with secured(authority.write("")) as url:
        assert url.startswith("http:")
        assert await status(f"{url}/metrics") == 200


@pytest.mark.parametrize(
    ("more", "most", "version"),
    [
        ("", ssl.TLSVersion.TLSv1_3, "TLSv1.3"),
        ("", ssl.TLSVersion.TLSv1_2, "TLSv1.2"),
        ("  max_version: TLS12\n", ssl.TLSVersion.TLSv1_3, "TLSv1.2"),
        ("  min_version: TLS13\n", ssl.TLSVersion.TLSv1_3, "TLSv1.3"),
    ],
)
async def test_the_negotiated_version(authority: Authority, more: str, most: ssl.TLSVersion, version: str) -> None:
    client = authority.client()
    client.maximum_version = most
    async with secured(authority.tls(more)) as url:
        assert (await negotiated(url, client))[0] == version


async def test_a_client_below_the_minimum_version_is_rejected(authority: Authority) -> None:
    client = authority.client()
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    async with secured(authority.tls("  min_version: TLS13\n")) as url:
        assert await refused(url, client)


async def test_a_client_above_the_maximum_version_is_rejected(authority: Authority) -> None:
    client = authority.client()
    client.minimum_version = ssl.TLSVersion.TLSv1_3
    async with secured(authority.tls("  max_version: TLS12\n")) as url:
        assert await refused(url, client)


@pytest.mark.parametrize(
    ("prefer_server", "suite"),
    [
        ("true", "ECDHE-ECDSA-AES256-GCM-SHA384"),
        ("false", "ECDHE-ECDSA-AES128-GCM-SHA256"),
    ],
)
async def test_the_preferred_cipher_suite(authority: Authority, prefer_server: str, suite: str) -> None:
    more = (
        f"  max_version: TLS12\n  prefer_server_cipher_suites: {prefer_server}\n  cipher_suites:\n"
        "  - TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\n  - TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\n"
    )
    client = authority.client()
    client.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384")
    async with secured(authority.tls(more)) as url:
        assert await negotiated(url, client) == ("TLSv1.2", suite)
        client.set_ciphers("ECDHE-ECDSA-CHACHA20-POLY1305")
        assert await refused(url, client)


@pytest.mark.parametrize(
    ("curve", "name"),
    [("CurveP256", "prime256v1"), ("CurveP384", "secp384r1"), ("CurveP521", "secp521r1"), ("X25519", "X25519")],
)
async def test_only_the_configured_curve_is_accepted(authority: Authority, curve: str, name: str) -> None:
    async with secured(authority.tls(f"  curve_preferences: [{curve}]\n")) as url:
        for other in ("prime256v1", "secp384r1", "secp521r1", "X25519"):
            client = authority.client()
            client.set_ecdh_curve(other)
            assert await refused(url, client) == (other != name), other


@pytest.mark.parametrize(
    ("policy", "without", "trusted", "untrusted"),
    [
        ("NoClientCert", True, True, True),
        ("VerifyClientCertIfGiven", True, True, False),
        ("RequireAndVerifyClientCert", False, True, False),
    ],
)
async def test_client_certificates_are_accepted_by_policy(
    authority: Authority, policy: str, *, without: bool, trusted: bool, untrusted: bool
) -> None:
    more = "" if policy == "NoClientCert" else f"{VERIFY}{policy}\n"
    clients = (
        authority.client(),
        authority.client("prometheus.example"),
        authority.client("prometheus.example", by=trustme.CA()),
    )
    async with secured(authority.tls(more)) as url:
        assert [not await refused(url, client) for client in clients] == [without, trusted, untrusted]


@pytest.mark.parametrize(
    ("allowed", "presented", "expected"),
    [
        ("prometheus.example", "prometheus.example", 200),
        ("other.example, prometheus.example", "prometheus.example", 200),
        ("ops@example.com", "ops@example.com", 200),
        ("10.0.0.7", "10.0.0.7", 200),
        ('"2001:db8::7"', "2001:db8::7", 200),
        ("prometheus.example", "grafana.example", 403),
        ("'*.example'", "prometheus.example", 403),
    ],
)
async def test_verified_clients_without_an_allowed_san_are_forbidden(
    authority: Authority, allowed: str, presented: str, expected: int
) -> None:
    async with secured(authority.tls(f"{SANS}[{allowed}]\n")) as url:
        for path in ("/metrics", "/", "/sd", "/-/healthy", "/nowhere"):
            found = await status(f"{url}{path}", authority.client(presented))
            assert (found == 403) == (expected == 403), path


async def test_service_discovery_reports_https(authority: Authority) -> None:
    exporter = StandIn(health=[TargetHealth("north", "kpn")])
    labels: dict[str, dict[str, str]] = {}
    for scheme, file in (("https", authority.tls()), ("http", authority.directory / "empty.yml")):
        file.touch()
        async with (
            secured(file, exporter=exporter) as url,
            aiohttp.ClientSession() as session,
            session.get(f"{url}/sd", ssl=authority.client()) as response,
        ):
            labels[scheme] = (await response.json())[0]["labels"]
    instances = [each.pop("instance").rpartition("/")[2] for each in labels.values()]
    assert instances == ["north", "north"]
    own = {"__param_target": "north", "__meta_contactcenter_vendor": "kpn"}
    assert labels == {"https": {**own, "__scheme__": "https"}, "http": own}
