"""TLS as a web configuration file asks for it, with real connections."""

import asyncio
import ssl
from pathlib import Path

import aiohttp
import pytest
import trustme
from yarl import URL

from exporter.polling.health import TargetHealth
from tests.support.web_secured import Authority, guarded, refused, status
from tests.support.web_standin import StandIn

VERIFY = "  client_ca_file: ca.pem\n  client_auth_type: "
SANS = f"{VERIFY}RequireAndVerifyClientCert\n  client_allowed_sans: "


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def agreed(url: str, tls: ssl.SSLContext) -> tuple[str, str]:
    """Return the version and the cipher suite a client and the server agree on."""
    _, writer = await asyncio.open_connection("127.0.0.1", URL(url).port, ssl=tls)
    secured = writer.get_extra_info("ssl_object")
    writer.close()
    await writer.wait_closed()
    return secured.version(), secured.cipher()[0]


async def test_the_routes_are_served_over_tls_and_not_without(authority: Authority) -> None:
    async with guarded(authority.tls()) as url:
        assert await status(f"{url}/metrics", authority.client()) == 200
        with pytest.raises(aiohttp.ClientError):
            await status(url.replace("https", "http"))
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await status(url)


async def test_an_empty_file_is_plain_http(authority: Authority) -> None:
    async with guarded(authority.write("")) as url:
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
async def test_the_versions_that_are_spoken(
    authority: Authority, more: str, most: ssl.TLSVersion, version: str
) -> None:
    client = authority.client()
    client.maximum_version = most
    async with guarded(authority.tls(more)) as url:
        assert (await agreed(url, client))[0] == version


async def test_a_client_below_the_least_version_is_refused(authority: Authority) -> None:
    client = authority.client()
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    async with guarded(authority.tls("  min_version: TLS13\n")) as url:
        assert await refused(url, client)


async def test_a_client_above_the_greatest_version_is_refused(authority: Authority) -> None:
    client = authority.client()
    client.minimum_version = ssl.TLSVersion.TLSv1_3
    async with guarded(authority.tls("  max_version: TLS12\n")) as url:
        assert await refused(url, client)


@pytest.mark.parametrize(
    ("servers", "suite"),
    [
        ("true", "ECDHE-ECDSA-AES256-GCM-SHA384"),
        ("false", "ECDHE-ECDSA-AES128-GCM-SHA256"),
    ],
)
async def test_whose_order_of_cipher_suites_counts(authority: Authority, servers: str, suite: str) -> None:
    more = (
        f"  max_version: TLS12\n  prefer_server_cipher_suites: {servers}\n  cipher_suites:\n"
        "  - TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\n  - TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\n"
    )
    client = authority.client()
    client.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384")
    async with guarded(authority.tls(more)) as url:
        assert await agreed(url, client) == ("TLSv1.2", suite)
        client.set_ciphers("ECDHE-ECDSA-CHACHA20-POLY1305")
        assert await refused(url, client)


@pytest.mark.parametrize(
    ("curve", "name"),
    [("CurveP256", "prime256v1"), ("CurveP384", "secp384r1"), ("CurveP521", "secp521r1"), ("X25519", "X25519")],
)
async def test_one_curve_is_the_only_one(authority: Authority, curve: str, name: str) -> None:
    async with guarded(authority.tls(f"  curve_preferences: [{curve}]\n")) as url:
        for other in ("prime256v1", "secp384r1", "secp521r1", "X25519"):
            client = authority.client()
            client.set_ecdh_curve(other)
            assert await refused(url, client) == (other != name), other


@pytest.mark.parametrize(
    ("policy", "without", "trusted", "stranger"),
    [
        ("NoClientCert", True, True, True),
        ("VerifyClientCertIfGiven", True, True, False),
        ("RequireAndVerifyClientCert", False, True, False),
    ],
)
async def test_which_client_certificates_come_in(
    authority: Authority, policy: str, *, without: bool, trusted: bool, stranger: bool
) -> None:
    more = "" if policy == "NoClientCert" else f"{VERIFY}{policy}\n"
    clients = (
        authority.client(),
        authority.client("prometheus.example"),
        authority.client("prometheus.example", by=trustme.CA()),
    )
    async with guarded(authority.tls(more)) as url:
        assert [not await refused(url, client) for client in clients] == [without, trusted, stranger]


@pytest.mark.parametrize(
    ("allowed", "shown", "answer"),
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
async def test_of_verified_clients_only_those_with_an_allowed_name_are_answered(
    authority: Authority, allowed: str, shown: str, answer: int
) -> None:
    async with guarded(authority.tls(f"{SANS}[{allowed}]\n")) as url:
        for path in ("/metrics", "/", "/sd", "/-/healthy", "/nowhere"):
            found = await status(f"{url}{path}", authority.client(shown))
            assert (found == 403) == (answer == 403), path


async def test_service_discovery_says_that_it_is_tls(authority: Authority) -> None:
    exporter = StandIn(health=[TargetHealth("north", "kpn")])
    labels: dict[str, dict[str, str]] = {}
    for scheme, file in (("https", authority.tls()), ("http", authority.directory / "empty.yml")):
        file.touch()
        async with (
            guarded(file, exporter=exporter) as url,
            aiohttp.ClientSession() as session,
            session.get(f"{url}/sd", ssl=authority.client()) as answer,
        ):
            labels[scheme] = (await answer.json())[0]["labels"]
    instances = [each.pop("instance").rpartition("/")[2] for each in labels.values()]
    assert instances == ["north", "north"]
    own = {"__param_target": "north", "__meta_contactcenter_vendor": "kpn"}
    assert labels == {"https": {**own, "__scheme__": "https"}, "http": own}
