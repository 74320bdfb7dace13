"""Canary secrets in the running program: none is served, logged or printed, whatever a vendor returns."""

import asyncio
import os
import re
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme
import yaml
from aiohttp import web
from aiohttp.test_utils import unused_port

from exporter.cli.main import main
from tests.support.programs import EXPORTER, Program, eventually, running
from tests.support.vendors.polls import raw_server, serving
from tests.support.vendors.ways import API_KEY, BASIC, CORE, PASSWORD, TOKEN, WAYS, leaks, own_settings, vendor_of
from tests.support.web_secured import hashed

PSEUDONYM_KEY = f"hmac-key-{CORE}"
WEB_PASSWORD = f"scraper-{CORE}"
WEB_HASH = hashed(WEB_PASSWORD)
# The passwords of scrapers are unknown to vendors, and the exporter has only their hashes.
SECRETS = (PASSWORD, API_KEY, TOKEN, PSEUDONYM_KEY, BASIC, WEB_HASH)
PAGES = ("/metrics", "/", "/sd", "/metrics?target=refuse-kpn", "/metrics?target=unknown", "/-/ready", "/nowhere")


async def sent(request: web.Request) -> str:
    """Return everything in a request, as a careless error page repeats it."""
    headers = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
    return f"{request.method} {request.url}\n{headers}\n\n{(await request.read()).decode()}"


async def refuse(request: web.Request) -> web.Response:
    return web.Response(status=401, text=await sent(request), headers={"WWW-Authenticate": f'Basic realm="{PASSWORD}"'})


async def break_down(request: web.Request) -> web.Response:
    page = f"<html><title>{request.url}</title><pre>{await sent(request)}</pre>{' '.join(SECRETS)}</html>"
    return web.Response(status=500, text=page, content_type="text/html")


async def break_down_in_json(request: web.Request) -> web.Response:
    text = await sent(request)
    names = ("Error", "error", "error_message", "error_description", "message", "details", "status")
    return web.json_response(dict.fromkeys(names, text), status=400)


async def echo_for_a_token(request: web.Request) -> web.Response:
    return web.json_response({"Error": None, "received": await sent(request), "expires_in": PASSWORD})


async def return_no_json(request: web.Request) -> web.Response:
    return web.Response(text=f'{{"access_token": "{TOKEN}", {await sent(request)}', content_type="application/json")


async def lead_away(request: web.Request) -> web.Response:
    location = f"http://exporter:{TOKEN}@127.0.0.2:9/{TOKEN}?password={TOKEN}&key={API_KEY}"
    return web.Response(status=302, text=await sent(request), headers={"Location": location})


async def lead_around(_request: web.Request) -> web.Response:
    return web.Response(status=307, headers={"Location": f"/{TOKEN}/{API_KEY}?password={TOKEN}"})


async def lead_nowhere(_request: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": f"http://[{TOKEN}/"})


async def compress_badly(request: web.Request) -> web.Response:
    return web.Response(text=await sent(request), headers={"Content-Encoding": "gzip"})


async def hand_out_odd_tokens(_request: web.Request) -> web.Response:
    answer = web.json_response({"access_token": f"{TOKEN}\nX: é", "token": f"{TOKEN}\n", "expires_in": "never"})
    answer.set_cookie("X-BP-SESSION-ID", f"session-{CORE}")
    return answer


async def throttle(request: web.Request) -> web.Response:
    return web.Response(status=429, text=await sent(request), headers={"Retry-After": PASSWORD})


async def name_all_secrets(request: web.Request) -> web.Response:
    """Accept every sign-in, and return rows in which every value is a secret."""
    value = " ".join(SECRETS)
    if request.method == "POST":
        return web.json_response({"access_token": TOKEN, "token": TOKEN, "expires_in": 3600})
    row = dict.fromkeys(("Number", "Name", "id", "name", "queueName", "State", "status", "InQueueCalls"), value)
    kinds = ("queues", "agents", "trunks", "statistics", "groups", "operators", "data", "items")
    return web.json_response(
        {"Error": None, "DataSet": {kind: [row] for kind in kinds}, **{kind: [row] for kind in kinds}}
    )


ANSWERS = {
    each.__name__.replace("_", "-"): each
    for each in (
        refuse,
        break_down,
        break_down_in_json,
        echo_for_a_token,
        return_no_json,
        lead_away,
        lead_around,
        lead_nowhere,
        compress_badly,
        hand_out_odd_tokens,
        throttle,
        name_all_secrets,
    )
}


async def answer(request: web.Request) -> web.StreamResponse:
    """Respond in the way that the first step of the path names; refuse any other path."""
    return await ANSWERS.get(request.path.split("/")[1], refuse)(request)


@asynccontextmanager
async def no_server() -> AsyncIterator[str]:
    yield f"http://127.0.0.1:{unused_port()}"


@asynccontextmanager
async def an_untrusted_server() -> AsyncIterator[str]:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate = trustme.CA(organization_name=f"{TOKEN}").issue_cert(f"{CORE}.example", organization_name=API_KEY)
    certificate.configure_cert(tls)
    async with serving(refuse, tls) as server:
        yield f"https://127.0.0.1:{server.port}"


@asynccontextmanager
async def a_server_without_tls() -> AsyncIterator[str]:
    async with serving(refuse) as server:
        yield f"https://127.0.0.1:{server.port}"


FAILURES: dict[str, Callable[[], AbstractAsyncContextManager[str]]] = {
    "no-server": no_server,
    "untrusted": an_untrusted_server,
    "no-tls": a_server_without_tls,
    "no-http": lambda: raw_server(f"{TOKEN} {PASSWORD}\r\n{TOKEN}: {API_KEY}\r\n\r\n{TOKEN}".encode()),
    "bad-header": lambda: raw_server(f"HTTP/1.1 200 OK\r\n{TOKEN} {PASSWORD}\r\n\r\n{TOKEN}".encode()),
    "cut-short": lambda: raw_server(f"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n{TOKEN} {PASSWORD}".encode()),
    "bad-chunks": lambda: raw_server(
        f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{TOKEN}\r\n{PASSWORD}".encode()
    ),
}


def targets(kind: str, url: str, directory: Path, environment: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Yield a target of every vendor and way to sign in at one address.

    The secrets are in the configuration, in files of their own, or in the environment.
    """
    for way in WAYS:
        vendor, name = vendor_of(way), f"{kind}-{way}".replace(" ", "-")
        own = own_settings(way, url)
        for key in ("client_secret", "api_key"):
            if key in own:
                (directory / f"{name}-{key}").write_text(f"{own.pop(key)}\n")
                own[f"{key}_file"] = str(directory / f"{name}-{key}")
        if "token" in own:
            environment[f"CONTACTCENTER_TARGETS__{re.sub('[^A-Z]', '_', name.upper())}__TOKEN"] = str(own.pop("token"))
        yield {"name": name, "vendor": vendor, "url": f"{url}/RI/rmi" if vendor == "sinch" else url, **own}


async def printed(*arguments: str | Path, environment: dict[str, str] | None = None) -> str:
    """Return everything the program prints."""
    process = await asyncio.create_subprocess_exec(
        *EXPORTER,
        *map(str, arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment,
    )
    out, _ = await process.communicate()
    return out.decode()


async def pages(program: Program, names: Collection[str]) -> dict[str, str]:
    """Return the pages that are served once every target was polled."""
    auth = {"Authorization": aiohttp.encode_basic_auth("prometheus", WEB_PASSWORD)}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{program.port}", headers=auth) as session:

        async def polled() -> bool | None:
            async with session.get("/metrics") as answer:
                text = await answer.text()
            return all(f'contactcenter_up{{target="{name}"' in text for name in names) or None

        await eventually(polled, 90)
        found = {}
        for path in PAGES:
            async with session.get(path) as answer:
                found[path] = f"{answer.headers}\n{await answer.text()}"
        async with session.get("/metrics", headers={"Accept": "application/openmetrics-text"}) as answer:
            found["OpenMetrics"] = await answer.text()
    return found


def leaked(found: dict[str, str]) -> dict[str, list[str]]:
    secrets = (WEB_HASH, WEB_HASH[7:], aiohttp.encode_basic_auth("prometheus", WEB_PASSWORD).partition(" ")[2])
    return {
        name: parts
        for name, text in found.items()
        if (parts := leaks(text) + [secret for secret in secrets if secret in text])
    }


@pytest.mark.slow
async def test_no_secret_is_served_logged_or_printed_whatever_a_vendor_returns(tmp_path: Path) -> None:
    environment = dict(os.environ)
    listed: list[dict[str, Any]] = []
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(serving(answer))
        addresses = {kind: str(server.make_url(f"/{kind}")) for kind in ANSWERS}
        for kind, failing in FAILURES.items():
            addresses[kind] = await stack.enter_async_context(failing())
        for kind, url in addresses.items():
            listed += targets(kind, url, tmp_path, environment)
        config, secured = tmp_path / "contactcenter.yml", tmp_path / "web.yml"
        settings = {
            "agents": {"detail": "pseudonym", "pseudonym_key": PSEUDONYM_KEY},
            "trunks": {"detail": "ports"},
            "targets": listed,
        }
        config.write_text(yaml.safe_dump(settings, allow_unicode=True))
        secured.write_text(f"basic_auth_users: {{prometheus: {WEB_HASH}}}\n")
        flags = [f"--config.file={config}", f"--web.config.file={secured}", "--web.listen-address=127.0.0.1:0"]
        command = [*EXPORTER, *flags, "--log.level=debug"]
        names = [target["name"] for target in listed]
        async with running(command, r"msg=listening .*\bport=(\d+)", environment) as program:
            found = await pages(program, names)
        found["log"] = "\n".join(program.lines)
        found["check"] = await printed("check", config, environment=environment)
        found["check --connect"] = await printed("check", "--connect", config, environment=environment)
    assert leaked(found) == {}
    assert found["check"] == f"{config}: {len(names)} targets, no errors\n"
    assert all(name in found["check --connect"] and name in found["/"] for name in names)
    assert "contactcenter_target_info" in found["/metrics"]
    assert "[redacted]" in found["log"], "the vendors did repeat what they know"


MISTAKES = [
    f"targets: [{{name: a, vendor: kpn, url: 'https://exporter:{TOKEN}@x', token_url: 'https://x?password={TOKEN}#a'}}]",
    f"targets: [{{name: a, vendor: kpn, client_secret: [{TOKEN}], client_id: {{{TOKEN}: {TOKEN}}}}}]".replace(
        f"{{{TOKEN}: ", "{x: "
    ),
    f"targets: [{{name: a, vendor: kpn, client_secret_file: {TOKEN}, url: {TOKEN}}}]",
    f"targets:\n- password: '{TOKEN}\n  x: [",
    f"agents: {{detail: {TOKEN}, pseudonym_key: }}\npoll: {{interval: {TOKEN}}}",
    f"agents: {{pseudonym_key: *{TOKEN}}}",
]
WEB_MISTAKES = [
    f"basic_auth_users: {{prometheus: {WEB_HASH}x}}",
    f"basic_auth_users: [prometheus, {WEB_HASH}]",
    f"basic_auth_users: {WEB_HASH}",
    f"basic_auth_users: {{prometheus: {PASSWORD!r}}}",
    f"tls_server_config: {{cert: {TOKEN}, key: {TOKEN}}}",
    f"tls_server_config: {{min_version: {TOKEN}, cipher_suites: {TOKEN}}}",
]


@pytest.mark.parametrize("text", MISTAKES)
def test_an_error_in_the_configuration_does_not_show_the_secret(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "contactcenter.yml"
    config.write_text(text)
    for command in (["check", str(config)], ["check", "--connect", str(config)], [f"--config.file={config}"]):
        assert main(command) == 1
        output = capsys.readouterr()
        assert f"{config}:" in output.err
        assert leaked({"out": output.out, "err": output.err}) == {}


@pytest.mark.parametrize("text", WEB_MISTAKES)
def test_an_error_in_the_web_configuration_does_not_show_the_secret(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "web.yml"
    config.write_text(text)
    assert main(["check", f"--web.config.file={config}"]) == 1
    output = capsys.readouterr()
    assert f"{config}:" in output.err
    assert leaked({"out": output.out, "err": output.err}) == {}
