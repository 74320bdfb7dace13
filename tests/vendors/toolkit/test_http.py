"""A target's HTTP client against real servers: correct, broken and hostile ones."""

import asyncio
import email.utils
import gzip
import socket
import ssl
import tracemalloc
import zlib
from pathlib import Path

import pytest
import trustme
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy

from exporter import __version__
from exporter.errors import PollError, Reason
from exporter.settings import TargetSettings, TlsConfig
from exporter.vendors.toolkit.http import Response, basic, cookies, open_session
from tests.support.clock import ManualClock
from tests.support.vendors.polls import BODY_BYTES, CANARY, asking, failure, raw_server, serving

AUTHORIZED = {"Authorization": f"Bearer {CANARY}"}
DAY = 86_400.0


async def respond_ok(_request: web.Request) -> web.Response:
    return web.Response(text="ok")


# Requests and responses


async def test_a_get_and_its_response() -> None:
    seen: list[web.BaseRequest] = []

    async def handle(request: web.Request) -> web.Response:
        seen.append(request)
        return web.json_response({"a": 1}, headers={"X-Quota": "7"})

    codes: list[int] = []
    async with serving(handle) as server, asking(codes=codes) as http:
        answer = await http.get(str(server.make_url("/queues?b=1")), AUTHORIZED)
    assert (answer.status, answer.body, answer.headers["x-quota"]) == (200, b'{"a": 1}', "7")
    assert (seen[0].method, seen[0].path_qs) == ("GET", "/queues?b=1")
    assert seen[0].headers["User-Agent"] == f"contactcenter-exporter/{__version__}"
    assert seen[0].headers["Accept"] == "application/json"
    assert seen[0].headers["Authorization"] == f"Bearer {CANARY}"
    assert codes == [200]


async def test_a_post_sends_a_form() -> None:
    forms: list[dict[str, object]] = []

    async def handle(request: web.Request) -> web.Response:
        forms.append(dict(await request.post()))
        return web.Response(status=201)

    async with serving(handle) as server, asking() as http:
        answer = await http.post(str(server.make_url("/token")), {"client_secret": "a&b=ü +"})
    assert answer.status == 201
    assert forms == [{"client_secret": "a&b=ü +"}]


async def test_a_json_body_can_be_sent() -> None:
    seen: list[tuple[str, object]] = []

    async def handle(request: web.Request) -> web.Response:
        seen.append((request.method, await request.json() if request.can_read_body else None))
        return web.Response()

    async with serving(handle) as server, asking() as http:
        url = str(server.make_url("/"))
        await http.get(url, json={"enrich": True})
        await http.post(url, json={"password": CANARY})
        await http.delete(url)
    assert seen == [("GET", {"enrich": True}), ("POST", {"password": CANARY}), ("DELETE", None)]


def test_basic_credentials() -> None:
    assert basic("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    assert basic("zoë", "é:é") == "Basic em/DqzrDqTrDqQ=="


@pytest.mark.parametrize(
    ("set_cookie", "cookie"),
    [
        ([], ""),
        (["session=abc; Path=/; HttpOnly"], "session=abc"),
        (["a=1", "b=2; Secure"], "a=1; b=2"),
        (["a=1", "a=2"], "a=2"),
        (['a="quoted value"'], 'a="quoted value"'),
        (["a/b=1; Path=/", "s=2"], "s=2"),
        (["", "\x01=1", "s=2"], "s=2"),
        # Attributes that this or a later version of Python does not know.
        (["s=1; Path=/; HttpOnly; SameSite=None; Partitioned"], "s=1"),
        (["s=1; Priority=High", "t=2;partitioned;unknown=x"], "s=1; t=2"),
        (["s=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT; Domain=[x]"], "s=1"),
        (['s={"a":1}', " t = two words ; Secure", "u=", "v"], 's={"a":1}; t=two words; u='),
    ],
)
def test_cookies_are_returned_as_a_header(set_cookie: list[str], cookie: str) -> None:
    headers = CIMultiDict([("Set-Cookie", value) for value in set_cookie])
    assert cookies(Response(200, CIMultiDictProxy(headers), b"")) == cookie


async def test_a_compressed_body_is_read() -> None:
    async def handle(_request: web.Request) -> web.Response:
        return web.Response(body=gzip.compress(b"hello" * 1000), headers={"Content-Encoding": "gzip"})

    async with serving(handle) as server, asking() as http:
        assert (await http.get(str(server.make_url("/")))).body == b"hello" * 1000


async def test_cookies_are_not_stored() -> None:
    cookies: list[str | None] = []

    async def handle(request: web.Request) -> web.Response:
        cookies.append(request.headers.get("Cookie"))
        return web.Response(headers={"Set-Cookie": "session=1"})

    async with serving(handle) as server, asking() as http:
        await http.get(str(server.make_url("/")))
        await http.get(str(server.make_url("/")))
    assert cookies == [None, None]


async def test_the_timeout_is_set_by_the_caller() -> None:
    async def handle(_request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    async with serving(handle) as server, asking() as http:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await http.get(str(server.make_url("/")))


# Statuses


def answer(status: int, retry_after: str | None = None) -> Response:
    headers = CIMultiDict({} if retry_after is None else {"Retry-After": retry_after})
    return Response(status, CIMultiDictProxy(headers), f"the body of {CANARY}".encode())


async def refusal(refused: Response, clock: ManualClock | None = None) -> PollError:
    async def poll() -> bytes:
        async with asking(clock=clock) as http:
            return http.require_ok(refused, "GET /queues")

    return await failure(poll())


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206])
async def test_success_is_any_2xx(status: int) -> None:
    async with asking() as http:
        assert http.require_ok(answer(status), "GET /queues") == f"the body of {CANARY}".encode()


@pytest.mark.parametrize(
    ("status", "reason", "message"),
    [
        (401, Reason.AUTH, "GET /queues returned 401 Unauthorized"),
        (403, Reason.AUTH, "GET /queues returned 403 Forbidden"),
        (429, Reason.THROTTLED, "GET /queues returned 429 Too Many Requests"),
        (302, Reason.HTTP, "GET /queues returned 302 Found"),
        (400, Reason.HTTP, "GET /queues returned 400 Bad Request"),
        (404, Reason.HTTP, "GET /queues returned 404 Not Found"),
        (500, Reason.HTTP, "GET /queues returned 500 Internal Server Error"),
        (503, Reason.HTTP, "GET /queues returned 503 Service Unavailable"),
        (999, Reason.HTTP, "GET /queues returned 999"),
    ],
)
async def test_any_other_status_fails_the_poll(status: int, reason: Reason, message: str) -> None:
    error = await refusal(answer(status))
    assert (error.reason, str(error), error.retry_after) == (reason, message, None)


async def test_a_caller_may_pass_other_statuses_for_refused_credentials() -> None:
    async with asking() as http:
        with pytest.raises(PollError) as caught:
            http.require_ok(answer(400), "sign-in", refused={400})
    assert caught.value.reason is Reason.AUTH


def http_date(moment: float) -> str:
    return email.utils.formatdate(moment, usegmt=True)


@pytest.mark.parametrize("status", [401, 429, 500, 503])
async def test_retry_after_is_honoured_for_any_failure(status: int) -> None:
    assert (await refusal(answer(status, "120"))).retry_after == 120


@pytest.mark.parametrize("header", ["120", " 120 ", http_date(1_800_000_120), "Fri, 15 Jan 2027 10:02:00 +0200"])
async def test_retry_after_is_seconds_or_a_date(header: str) -> None:
    assert (await refusal(answer(429, header), ManualClock(wall=1_800_000_000))).retry_after == 120


async def test_a_date_is_measured_against_the_wall_clock() -> None:
    clock = ManualClock(wall=1_800_000_000)
    clock.jump(100)
    assert (await refusal(answer(503, http_date(1_800_000_120)), clock)).retry_after == 20
    clock.jump(100)
    assert (await refusal(answer(503, http_date(1_800_000_120)), clock)).retry_after == 0


@pytest.mark.parametrize("ahead", [-3600, 600])
async def test_a_date_is_measured_against_the_clock_of_the_response(ahead: int) -> None:
    headers = {"Retry-After": http_date(1_800_000_002 + ahead), "Date": http_date(1_800_000_000 + ahead)}
    response = Response(503, CIMultiDictProxy(CIMultiDict(headers)), b"")
    assert (await refusal(response, ManualClock(wall=1_800_000_000))).retry_after == 2


@pytest.mark.parametrize("date", ["", "now", "Wed, 99 Oct 2015 07:28:00 GMT"])
async def test_an_invalid_date_of_the_response_is_ignored(date: str) -> None:
    headers = {"Retry-After": http_date(1_800_000_002), "Date": date}
    response = Response(503, CIMultiDictProxy(CIMultiDict(headers)), b"")
    assert (await refusal(response, ManualClock(wall=1_800_000_000))).retry_after == 2


@pytest.mark.parametrize("status", [400, 401, 403, 409, 423])
async def test_a_sign_in_is_refused_by_these_statuses(status: int) -> None:
    async with asking() as http:
        with pytest.raises(PollError, match=f"sign-in returned {status}") as caught:
            http.require_signed_in(answer(status))
        assert (caught.value.reason, caught.value.sign_in) == (Reason.AUTH, True)


@pytest.mark.parametrize("status", [302, 404, 429, 500, 503])
async def test_a_sign_in_that_fails_otherwise_is_not_refused(status: int) -> None:
    async with asking() as http:
        with pytest.raises(PollError) as caught:
            http.require_signed_in(answer(status))
        assert not caught.value.sign_in
        assert http.require_signed_in(answer(200))


@pytest.mark.parametrize(("status", "sign_in"), [(401, True), (403, False), (500, False)])
async def test_a_401_to_credentials_sent_with_the_request_is_a_refused_sign_in(status: int, *, sign_in: bool) -> None:
    async with asking() as http:
        for signs_in in (False, True):
            with pytest.raises(PollError) as caught:
                http.require_ok(answer(status), "GET /queues", signs_in=signs_in)
            assert caught.value.sign_in is (sign_in and signs_in)


@pytest.mark.parametrize(
    ("status", "body", "refused"),
    [
        (401, b"", True),
        (403, b"{}", True),
        (302, b"", True),
        (200, b" \n<html>", True),
        (200, b"\xef\xbb\xbf<!doctype html>", True),
        (200, b'{"name": "<b>"}', False),
        (200, b"", False),
        (404, b"<html>", False),
        (500, b"<html>", False),
        (503, b"<html>", False),
    ],
)
def test_what_refuses_a_session(status: int, body: bytes, *, refused: bool) -> None:
    assert Response(status, CIMultiDictProxy(CIMultiDict[str]()), body).is_refusal is refused


@pytest.mark.parametrize(
    "header",
    [
        "",
        "soon",
        "-5",
        "1.5",
        "٣",
        "1e3",
        "Wed, 99 Oct 2015 07:28:00 GMT",
        "Wed, 21 Oct 2015 07:28:00 +99999999999999999",
        "Wed, 21 Oct 99999999999999999999 07:28:00 GMT",
    ],
)
async def test_an_invalid_retry_after_is_ignored(header: str) -> None:
    assert (await refusal(answer(429, header))).retry_after is None


@pytest.mark.parametrize("header", ["86401", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
async def test_retry_after_is_limited_to_a_day(header: str) -> None:
    assert (await refusal(answer(429, header))).retry_after == DAY


# Bodies


def head(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in ("HTTP/1.1 200 OK", *lines, "")).encode()


async def test_a_body_at_the_limit_is_read_and_a_longer_one_is_refused() -> None:
    async def handle(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * int(request.query["size"]))

    codes: list[int] = []
    async with serving(handle) as server, asking(body_bytes=1000, codes=codes) as http:
        assert len((await http.get(str(server.make_url("/?size=1000")))).body) == 1000
        error = await failure(http.get(str(server.make_url(f"/queues?size=1001&key={CANARY}"))))
    assert error.reason is Reason.LIMIT
    assert str(error) == "GET /queues: response body exceeds the limit of 1000 bytes"
    assert codes == [200, 200]


async def test_an_endless_body_is_refused() -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)

    async with serving(handle) as server, asking() as http:
        error = await failure(http.get(str(server.make_url("/"))))
    assert error.reason is Reason.LIMIT


async def test_a_gzip_bomb_is_refused() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(256)) + packer.flush()
    assert len(bomb) < BODY_BYTES
    async with (
        raw_server(head("Content-Encoding: gzip", f"Content-Length: {len(bomb)}") + bomb) as url,
        asking() as http,
    ):
        error = await failure(http.get(url))
    assert error.reason is Reason.LIMIT


@pytest.mark.parametrize("claimed", [10**15, None])
@pytest.mark.parametrize("packed", [True, False])
async def test_memory_use_is_bounded_by_the_limit(
    claimed: int | None,
    packed: bool,  # noqa: FBT001 - a case of the test
) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    # After a full flush the same bytes may be repeated endlessly.
    first, more = (packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))

    async def handle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Encoding": "gzip"} if packed else None)
        response.content_length = claimed
        await response.prepare(request)
        await response.write(first if packed else bytes(1 << 16))
        while True:
            await response.write(more if packed else bytes(1 << 16))
            await asyncio.sleep(0)

    async with serving(handle) as server, asking() as http:
        tracemalloc.start()
        try:
            error = await failure(http.get(str(server.make_url("/"))))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert error.reason is Reason.LIMIT
    # A growing buffer takes up to twice its size while it is moved; the server's bytes and those in transit are extra.
    assert peak < 5 * BODY_BYTES


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (head("Content-Length: 100") + b'{"Error": null', Reason.CONNECTION),
        (head("Transfer-Encoding: chunked") + b"64\r\n{", Reason.CONNECTION),
        (head("Transfer-Encoding: chunked") + b"many\r\n{", Reason.HTTP),
        (head("Content-Encoding: gzip", "Content-Length: 3") + b"{}\n", Reason.DECODE),
        (head("Content-Encoding: br", "Content-Length: 3") + b"{}\n", Reason.HTTP),
        (head("Content-Length: 3", "Content-Length: 4") + b"{}\n", Reason.HTTP),
        (head("Content-Length: -3") + b"{}\n", Reason.HTTP),
        (head(f"Set-Cookie: {CANARY}{'x' * 100_000}"), Reason.HTTP),
        (head(*["X-More: 1"] * 50_000), Reason.HTTP),
        (b"HTTP/1.1 99 Odd\r\n\r\n", Reason.HTTP),
        (b"HTTP/1.1\r\n\r\n", Reason.HTTP),
        (f"SSH-2.0-{CANARY}\r\n".encode(), Reason.HTTP),
        (b"\x00\xff\x15\x03\x01\x00\x02\x02F", Reason.HTTP),
        (b"<html>503</html>\n", Reason.HTTP),
        (b"", Reason.CONNECTION),
        (b"HTTP/1.1 200 OK\r\nContent-Le", Reason.CONNECTION),
    ],
    ids=lambda value: repr(value[:60]) if isinstance(value, bytes) else None,
)
async def test_an_incomplete_response_fails_the_poll(sent: bytes, reason: Reason) -> None:
    async with raw_server(sent) as url, asking() as http:
        error = await failure(http.get(f"{url}/queues?key={CANARY}", AUTHORIZED))
    assert error.reason is reason
    assert str(error).startswith("GET /queues: ")
    assert "\n" not in str(error)


@pytest.mark.parametrize("cookie", [b"\xff\xfe;;;=", b"a=b=c;;", b"\x01=1"])
async def test_unusual_headers_are_accepted(cookie: bytes) -> None:
    sent = b"HTTP/1.1 200 OK\r\nSet-Cookie: " + cookie + b"\r\nContent-Length: 2\r\n\r\n{}"
    async with raw_server(sent) as url, asking() as http:
        assert (await http.get(url)).body == b"{}"


# Connection failures


async def test_a_refused_connection() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        async with asking() as http:
            error = await failure(http.get(f"http://127.0.0.1:{port}/queues?key={CANARY}", AUTHORIZED))
    assert error.reason is Reason.CONNECTION
    assert str(error).startswith(f"GET /queues: Cannot connect to host 127.0.0.1:{port}")


@pytest.mark.parametrize("host", ["a" * 64, "a..b", f"{'a' * 64}.example"])
async def test_a_host_that_cannot_be_resolved(host: str) -> None:
    async with asking() as http:
        error = await failure(http.get(f"http://{host}/queues?key={CANARY}"))
    assert error.reason in {Reason.CONNECTION, Reason.HTTP}


async def test_a_connection_closed_by_the_server_is_reopened() -> None:
    async def handle(request: web.Request) -> web.Response:
        assert request.transport is not None
        asyncio.get_running_loop().call_soon(request.transport.close)
        return web.Response(text="ok")

    async with serving(handle) as server, asking() as http:
        for _ in range(3):
            assert (await http.get(str(server.make_url("/")))).body == b"ok"


# Redirects


async def test_a_redirect_within_the_origin_is_followed_with_the_credentials() -> None:
    seen: list[tuple[str, str | None]] = []

    async def handle(request: web.Request) -> web.Response:
        seen.append((request.path_qs, request.headers.get("Authorization")))
        if request.path == "/v1/queues":
            raise web.HTTPFound("../v2/queues?all=1")
        return web.Response(text="ok")

    codes: list[int] = []
    async with serving(handle) as server, asking(codes=codes) as http:
        assert (await http.get(str(server.make_url("/v1/queues")), AUTHORIZED)).body == b"ok"
    assert seen == [("/v1/queues", f"Bearer {CANARY}"), ("/v2/queues?all=1", f"Bearer {CANARY}")]
    assert codes == [302, 200]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_another_origin_is_not_followed(status: int) -> None:
    requested: list[str] = []

    async def handle_other(request: web.Request) -> web.Response:
        requested.append(request.path)
        return web.Response()

    async with serving(handle_other) as other:
        origin = str(other.make_url("")).rstrip("/")
        elsewhere = str(other.make_url("/").with_user("u").with_password(CANARY))

        async def handle(_request: web.Request) -> web.Response:
            return web.Response(status=status, headers={"Location": f"{elsewhere}?session={CANARY}"})

        async with serving(handle) as server, asking() as http:
            error = await failure(http.get(str(server.make_url("/queues")), AUTHORIZED))
    assert error.reason is Reason.HTTP
    assert str(error) == f"GET /queues: redirected to another origin ({origin}), not followed"
    assert not requested


@pytest.mark.parametrize("location", ["https://127.0.0.1:{port}/", "//localhost:{port}/", "http://127.0.0.1/"])
async def test_an_origin_is_scheme_host_and_port(location: str) -> None:
    async def handle(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": location.format(port=request.url.port)})

    async with serving(handle) as server, asking() as http:
        error = await failure(http.get(str(server.make_url("/queues")), AUTHORIZED))
    assert (error.reason, "another origin" in str(error)) == (Reason.HTTP, True)


async def test_five_redirects_are_followed_and_no_more() -> None:
    async def handle(request: web.Request) -> web.Response:
        left = int(request.path[1:])
        return web.Response(status=302, headers={"Location": f"/{left - 1}"}) if left else web.Response(text="ok")

    codes: list[int] = []
    async with serving(handle) as server, asking(codes=codes) as http:
        assert (await http.get(str(server.make_url("/5")))).body == b"ok"
        error = await failure(http.get(str(server.make_url("/6"))))
    assert (error.reason, str(error)) == (Reason.HTTP, "GET /6: redirected more than 5 times")
    assert codes == [302] * 5 + [200] + [302] * 6


@pytest.mark.parametrize(
    "location",
    [
        None,
        "",
        "mailto:x@example.org",
        "javascript:alert(1)",
        "http://[::1",
        "http://x:99999999/",
        "http://" + "a" * 70 + ".example/",
        "http://" + "é" * 70 + ".example/",
        f"http://{CANARY}@/",
    ],
)
async def test_an_invalid_redirect_fails_the_poll(location: str | None) -> None:
    async def handle(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={} if location is None else {"Location": location})

    async with serving(handle) as server, asking() as http:
        assert (await failure(http.get(str(server.make_url("/queues"))))).reason is Reason.HTTP


async def test_a_post_does_not_follow_redirects() -> None:
    async def handle(_request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    async with serving(handle) as server, asking() as http:
        assert (await http.post(str(server.make_url("/token")), {"client_secret": CANARY})).status == 307


# TLS


class Authority:
    """A certificate authority whose certificates are written into a directory."""

    def __init__(self, directory: Path) -> None:
        self.ca = trustme.CA()
        self.ca_file = directory / "ca.pem"
        self.cert_file = directory / "client.pem"
        self.key_file = directory / "client.key"
        self.ca.cert_pem.write_to_path(self.ca_file)
        client = self.ca.issue_cert("exporter@example.org")
        client.private_key_pem.write_to_path(self.key_file)
        client.cert_chain_pems[0].write_to_path(self.cert_file)

    def server(self, host: str = "127.0.0.1", *, mutual: bool = False) -> ssl.SSLContext:
        """Return the TLS context of a server with a name."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(host).configure_cert(context)
        if mutual:
            context.verify_mode = ssl.CERT_REQUIRED
            self.ca.configure_trust(context)
        return context


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def test_a_certificate_of_an_unknown_authority_is_not_trusted(authority: Authority) -> None:
    async with serving(respond_ok, authority.server()) as server, asking() as http:
        error = await failure(http.get(f"{server.make_url('/queues')}?key={CANARY}", AUTHORIZED))
    assert error.reason is Reason.TLS
    assert "certificate verify failed" in str(error)


async def test_a_certificate_of_another_host_is_not_trusted(authority: Authority) -> None:
    tls = authority.server("elsewhere.example")
    async with serving(respond_ok, tls) as server, asking(ca_file=authority.ca_file) as http:
        error = await failure(http.get(str(server.make_url("/"))))
    assert error.reason is Reason.TLS
    assert "certificate is not valid for '127.0.0.1'" in str(error)


async def test_ca_file_adds_an_authority(authority: Authority) -> None:
    async with serving(respond_ok, authority.server()) as server, asking(ca_file=authority.ca_file) as http:
        assert (await http.get(str(server.make_url("/")))).body == b"ok"


async def test_verification_can_be_disabled(authority: Authority) -> None:
    tls = authority.server("elsewhere.example")
    async with serving(respond_ok, tls) as server, asking(insecure_skip_verify=True) as http:
        assert (await http.get(str(server.make_url("/")))).body == b"ok"


async def test_a_server_without_tls_fails_the_handshake() -> None:
    async with serving(respond_ok) as server, asking() as http:
        error = await failure(http.get(str(server.make_url("/").with_scheme("https"))))
    assert error.reason is Reason.TLS


async def test_a_client_certificate_is_accepted(authority: Authority) -> None:
    ca_file, cert_file, key_file = authority.ca_file, authority.cert_file, authority.key_file
    async with serving(respond_ok, authority.server(mutual=True)) as server:
        async with asking(ca_file=ca_file, cert_file=cert_file, key_file=key_file) as http:
            assert (await http.get(str(server.make_url("/")))).body == b"ok"
        async with asking(ca_file=ca_file) as http:
            # A server may send an alert before it closes the connection, but need not wait until it is received.
            assert (await failure(http.get(str(server.make_url("/"))))).reason in {Reason.TLS, Reason.CONNECTION}


def session_of(**tls: Path) -> None:
    """Open a session with certificate files that have not been validated."""
    target = TargetSettings(name="t", vendor="v", url="https://127.0.0.1")
    open_session(target.model_copy(update={"tls_config": TlsConfig.model_construct(**tls)}))  # type: ignore[arg-type]


async def test_an_invalid_certificate_file_fails_before_any_request(authority: Authority, tmp_path: Path) -> None:
    junk = tmp_path / "junk.pem"
    junk.write_text("junk")
    with pytest.raises(ssl.SSLError):
        session_of(ca_file=junk)
    with pytest.raises(ssl.SSLError):
        session_of(cert_file=authority.cert_file, key_file=junk)
    with pytest.raises(ssl.SSLError):
        session_of(cert_file=authority.ca_file, key_file=authority.key_file)


async def test_an_encrypted_key_is_refused_without_a_password_prompt(authority: Authority) -> None:
    key = authority.key_file.read_bytes()
    authority.key_file.write_bytes(encrypted(key))
    with pytest.raises(ssl.SSLError):
        session_of(cert_file=authority.cert_file, key_file=authority.key_file)


def encrypted(key: bytes) -> bytes:
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
        load_pem_private_key,
    )

    whole = load_pem_private_key(key, password=None)
    return whole.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password"))


async def test_a_request_is_sent_only_while_it_is_permitted() -> None:
    paths: list[str] = []
    permitted = [True]

    async def handle(request: web.Request) -> web.Response:
        paths.append(request.path)
        return web.Response(text="ok")

    async with serving(handle) as server, asking(may_send=lambda: permitted[0]) as http:
        assert (await http.get(str(server.make_url("/first")))).body == b"ok"
        permitted[0] = False
        error = await failure(http.get(str(server.make_url("/second"))))
    assert str(error) == "GET /second: not sent: this replica no longer leads"
    assert paths == ["/first"]


async def test_permission_that_ends_while_connecting_prevents_the_request() -> None:
    received: asyncio.Queue[bytes] = asyncio.Queue()
    permitted = iter([True, False])  # the process is suspended while the connection is being made

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.put_nowait(await reader.read())
        writer.close()

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with asking(may_send=lambda: next(permitted)) as http:
            error = await failure(http.post(f"http://127.0.0.1:{port}/sign-in", {"username": "monitor"}))
            assert await received.get() == b""
    assert str(error) == "POST /sign-in: not sent: this replica no longer leads"
