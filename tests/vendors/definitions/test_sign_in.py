"""Signing in as a definition describes."""

from collections.abc import Mapping, Sequence

import pytest

from tests.support.definitions import poll, vendor
from tests.support.vendors.polls import CANARY

QUEUES = """
resources:
  queues: {get: /queues, queue: {id: id, waiting_contacts: waiting}}
"""
SETTINGS = "settings: {user: text, password: secret}\n"
ANSWER = {"request": "GET /queues", "body": [{"id": 1, "waiting": 3}]}
CREDENTIALS = {"user": "u", "password": CANARY}


async def sent_headers(login: str, answers: Sequence[Mapping[str, object]], **settings: object) -> dict[str, str]:
    """Return the headers of the request for the queues."""
    found = await poll(f"{SETTINGS}login:\n{login}\n{QUEUES}", [*answers, ANSWER], **CREDENTIALS, **settings)
    assert (found.result.problems, found.result.failures) == ([], {})
    assert found.values
    [headers] = [request.headers for request in found.result.requests if request.url.path == "/queues"]
    return dict(headers)


async def test_basic_authentication() -> None:
    headers = await sent_headers('  basic: {username: "{user}/token", password: "{password}"}', [])
    assert headers["Authorization"] == "Basic dS90b2tlbjpjNG40cnktczNjcjN0"


async def test_a_header_with_a_key() -> None:
    headers = await sent_headers('  header: {name: X-Api-Key, value: "key {password}"}', [])
    assert headers["X-Api-Key"] == f"key {CANARY}"


@pytest.mark.parametrize(
    ("send", "form"),
    [
        ("body", {"grant_type": "client_credentials", "scope": "read", "client_id": "u", "client_secret": CANARY}),
        ("basic", {"grant_type": "client_credentials", "scope": "read"}),
    ],
)
async def test_client_credentials_at_another_origin(send: str, form: dict[str, str]) -> None:
    login = f"""
      oauth:
        token_url: "https://login.{{user}}.example/token"
        client_id: "{{user}}"
        client_secret: "{{password}}"
        send: {send}
        scope: read
        query: {{tenant: "{{user}}"}}
    """
    token = {"request": "POST https://login.u.example/token?tenant=u", "form": form, "body": {"access_token": "t" * 20}}
    assert (await sent_headers(login, [token]))["Authorization"] == f"Bearer {'t' * 20}"


async def test_a_json_login_with_a_token() -> None:
    login = """
      session:
        post: /login
        json: {user: "{user}", password: "{password}", remember: false}
        headers: {X-Client: "{user}"}
        token: data.key
        lifetime: data.seconds
        header: {name: X-Session, value: "{token}"}
    """
    sign_in = {
        "request": "POST /login",
        "json": {"user": "u", "password": CANARY, "remember": False},
        "body": {"data": {"key": "k" * 20, "seconds": 600}},
    }
    assert (await sent_headers(login, [sign_in]))["X-Session"] == "k" * 20


async def test_a_form_login_with_cookies() -> None:
    login = """
      session: {post: /login, form: {user: "{user}", password: "{password}"}, cookie: true}
    """
    sign_in = {
        "request": "POST /login",
        "form": {"user": "u", "password": CANARY},
        "headers": {"Set-Cookie": "session=abcdefghijklmnop; Path=/"},
        "body": {},
    }
    assert (await sent_headers(login, [sign_in]))["Cookie"] == "session=abcdefghijklmnop"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 401}, "auth: sign-in returned 401 Unauthorized"),
        ({"body": {}}, "invalid: sign-in returned no token"),
        ({"body": {"access_token": 7}}, "invalid: sign-in returned no token"),
        ({"body": "<html>"}, "decode: token: a web page or XML, not JSON"),
        ({"body": {"error": "unknown_client"}}, "auth: sign-in: the vendor reported an error: unknown_client"),
    ],
)
async def test_a_failed_sign_in_fails_the_poll(answer: dict[str, object], error: str) -> None:
    login = (
        'login: {oauth: {token_url: "https://login.example/token", client_id: "{user}", client_secret: "{password}"}}\n'
    )
    sign_in = {"request": "POST https://login.example/token", **answer}
    found = await poll(f"{SETTINGS}{login}{QUEUES}", [sign_in, ANSWER], **CREDENTIALS)
    assert found.failure.startswith(error)


async def test_a_401_of_basic_authentication_is_a_refused_sign_in() -> None:
    login = 'login: {basic: {username: "{user}", password: "{password}"}}\n'
    found = await poll(f"{SETTINGS}{login}{QUEUES}", [{"request": "GET /queues", "status": 401}], **CREDENTIALS)
    assert found.failure == "auth: GET /queues returned 401 Unauthorized"


def test_targets_with_another_user_have_another_account() -> None:
    login = 'login: {basic: {username: "{user}", password: "{password}"}}\n'
    model = vendor(f"{SETTINGS}{login}{QUEUES}").settings
    values = {"name": "a", "vendor": "acme", "password": "the same secret"}
    accounts = {model.model_validate({**values, "user": user}).account() for user in ("one", "two", "one")}
    assert len(accounts) == 2
    assert "secret" not in str(accounts)
