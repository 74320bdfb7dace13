"""A definition cannot read files, run code, reach another origin, print a secret or loop for ever."""

import ast
import re
from pathlib import Path

import pytest

from exporter.cli.main import main
from exporter.errors import ConfigError
from exporter.vendors import definitions
from exporter.vendors.definitions.reading import parse
from tests.support.definitions import QUEUES, URL, mistakes, poll, text_of
from tests.support.vendors.polls import CANARY

# The file of the definition itself, and expressions that can only select values.
HARMLESS = {
    ("document.py", "path.open"),
    ("records.py", "jmespath.compile"),
    ("request_rules.py", "jmespath.compile"),
}
PACKAGE = Path(definitions.__file__).parent
NEXT = """
resources:
  queues:
    get: /queues
    records: rows
    paging: {next: next}
    queue: {id: id, waiting_contacts: waiting}
"""


# Files and code


@pytest.mark.parametrize(
    "value",
    [
        "!include /etc/passwd",
        "!!python/object/apply:os.system [id]",
        "!!python/name:os.system x",
        "!ENV PATH",
    ],
)
def test_yaml_tags_are_rejected(value: str) -> None:
    assert any("YAML tags are not supported" in each for each in mistakes(f"notes: [{value}]\n{QUEUES}"))


@pytest.mark.parametrize("text", ["{0.__class__}", "{user.__class__}", "{user!r}", "{open('/etc/x')}", "{user:>9}"])
def test_a_substitution_is_a_name_and_nothing_else(text: str) -> None:
    keys = f'settings: {{user: text}}\nresources: {{queues: {{get: "/{text}", queue: {{id: id}}}}}}\n'
    assert "invalid substitution" in mistakes(keys)[0]


def test_no_module_evaluates_code_or_opens_files_but_the_definition() -> None:
    calls = {
        (file.name, ast.unparse(node.func))
        for file in PACKAGE.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) != "re.compile"
    }
    risky = re.compile(r"(.*\.)?(eval|exec|compile|__import__|import_module|open|read_text|read_bytes|system|format)")
    assert {call for call in calls if risky.fullmatch(call[1])} == HARMLESS


# Origins


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/queues",
        "//evil.example/queues",
        "http://api.acme.example/queues",
        "https://api.acme.example:8443/queues",
        "https://api.acme.example@evil.example/queues",
        "https://user:pass@api.acme.example/queues",
        "file:///etc/passwd",
        "https://",
        "http://[",
        7,
        {"href": "/queues?page=2"},
    ],
)
async def test_the_next_page_is_never_at_another_origin(address: object) -> None:
    answers = [{"request": "GET /queues", "body": {"rows": [{"id": 1}], "next": address}}]
    found = await poll(NEXT, answers)
    assert {str(request.url.origin()) for request in found.result.requests} == {URL}
    assert all(request.url.user is None for request in found.result.requests)
    assert len(found.result.failures) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["get", "post"])
async def test_a_redirect_to_another_origin_is_not_followed(status: int, method: str) -> None:
    keys = f"""
    settings: {{password: secret}}
    login: {{header: {{name: X-Key, value: "{{password}}"}}}}
    resources: {{queues: {{{method}: /queues, queue: {{id: id}}}}}}
    """
    headers = {"Location": "https://evil.example/queues"}
    answers = [{"request": f"{method.upper()} /queues", "status": status, "headers": headers}]
    found = await poll(keys, answers, password=CANARY)
    assert [str(request.url.origin()) for request in found.result.requests] == [URL]
    assert found.failure


@pytest.mark.parametrize("key", ["..", ".", "a/../..", "//evil.example/", "?x=1", "#", "a\\..\\b", "%2e%2e", "é\n"])
async def test_an_id_cannot_change_the_path(key: str) -> None:
    keys = """
    settings: {queue_ids: list}
    resources:
      queues: {for_each: {setting: queue_ids}, get: "/queues/{id}/live", queue: {id: "@id", waiting_contacts: waiting}}
    """
    found = await poll(keys, [], queue_ids=[key])
    for request in found.result.requests:
        assert str(request.url.origin()) == URL
        assert len(request.url.raw_path.split("/")) == 4
        assert (request.url.raw_path.split("/")[1], request.url.raw_path.split("/")[3]) == ("queues", "live")
        assert (request.url.query_string, request.url.fragment) == ("", "")


@pytest.mark.parametrize("header", ["a\r\nX-Evil: 1", "a\nb"])
async def test_a_setting_cannot_add_a_header(header: str) -> None:
    keys = f"""
    settings: {{site: text}}
    headers: {{X-Site: "{{site}}"}}
    {QUEUES.strip().replace(chr(10), chr(10) + "    ")}
    """
    found = await poll(keys, [{"request": "GET /queues", "body": []}], site=header)
    assert found.failure.startswith("invalid: GET /queues: a header contains characters that are not allowed")


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding", "X Y", "X:", "X\\r\\nY"])
def test_a_header_cannot_choose_another_host_or_end_of_a_request(name: str) -> None:
    assert mistakes(f'headers: {{"{name}": a}}\n{QUEUES}')
    assert mistakes(f'login: {{header: {{name: "{name}", value: a}}}}\n{QUEUES}')


# Secrets


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ('get: "/queues/{password}"', "resources.queues.get"),
        ('get: /queues, query: {key: "{password}"}', "resources.queues.query"),
        ('post: /queues, form: {key: "{password}"}', "resources.queues.form"),
        ('post: /queues, json: {a: [{b: "x{password}"}]}', "resources.queues.json"),
    ],
)
def test_a_secret_is_never_part_of_an_address_or_a_document(keys: str, place: str) -> None:
    text = f"settings: {{password: secret}}\nresources: {{queues: {{{keys}, queue: {{id: id}}}}}}\n"
    expected = f"{place}: {{password}} is a secret, which is allowed in headers and in the sign-in only"
    assert mistakes(text) == [expected]


@pytest.mark.parametrize(
    "login",
    [
        'oauth: {token_url: "https://a.example/{password}", client_id: a, client_secret: b}',
        'oauth: {token_url: "https://a.example/", client_id: a, client_secret: b, query: {key: "{password}"}}',
        'session: {post: "/login/{password}", cookie: true}',
        'session: {post: /login, cookie: true, logout: {delete: "/login/{password}"}}',
    ],
)
def test_a_secret_is_never_part_of_the_address_of_a_sign_in(login: str) -> None:
    found = mistakes(f"settings: {{password: secret}}\nlogin: {{{login}}}\n{QUEUES}")
    assert any("{password} is a secret" in each for each in found), found


def test_a_secret_cannot_be_a_value_or_a_condition() -> None:
    keys = "settings: {password: secret}\nresources: {queues: {get: /queues, queue: {id: id, name: %s}}}\n"
    assert "a secret is not exported" in mistakes(keys % "{setting: password}")[0]
    assert "password is a secret" in mistakes(keys % "{field: a, when: {password: a}}")[0]


async def test_a_secret_that_the_vendor_repeats_is_not_exported() -> None:
    keys = """
    settings: {password: secret}
    login: {header: {name: X-Key, value: "{password}"}}
    resources: {queues: {get: /queues, queue: {id: id, name: name, waiting_contacts: waiting}}}
    """
    body = [{"id": 1, "name": f"Queue {CANARY}", "waiting": CANARY}]
    found = await poll(keys, [{"request": "GET /queues", "body": body}], password=CANARY)
    assert CANARY not in str(found.result.lines)
    assert CANARY not in str(found.result.problems)
    failed = await poll(keys, [{"request": "GET /queues", "body": {"error": f"key {CANARY}"}}], password=CANARY)
    assert CANARY not in failed.failure


def test_a_secret_of_an_example_is_not_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "acme.yml"
    answer = '{request: POST /login, form: {a: b}, body: {t: "a-token-of-the-vendor"}}'
    session = '{post: /login, form: {key: "{password}"}, token: t, header: {name: X, value: "{token}"}}'
    example = f"{{name: one, settings: {{password: {CANARY}}}, answers: [{answer}]}}"
    text = text_of(f"settings: {{password: secret}}\nlogin: {{session: {session}}}\n{QUEUES}")
    file.write_text(text.replace("{name: nothing}", example))
    assert main(["check", "--definition", str(file)]) == 1
    printed = capsys.readouterr().err
    assert "POST /login: the form is {'key': " in printed
    assert CANARY not in printed


# Endless work


def bomb(levels: int) -> str:
    lines = ["x0: &x0 [a, a, a, a, a, a, a, a, a, a]"]
    lines += [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "".join(f"{line}\n" for line in lines)


def test_aliases_cannot_make_a_file_enormous() -> None:
    with pytest.raises(ConfigError, match="aliases make it larger than 100000 values"):
        parse(text_of(bomb(30) + QUEUES), "acme.yml")


@pytest.mark.parametrize(
    "text", ["notes: &a [*a]", "notes: &a {b: *a}", *(f"notes: {'[' * n}{']' * n}" for n in (150, 300, 400, 2000))]
)
def test_a_document_without_an_end_is_rejected(text: str) -> None:
    with pytest.raises(ConfigError):
        parse(text_of(f"{text}\n{QUEUES}"), "acme.yml")


async def test_pages_without_an_end_end_at_the_limit() -> None:
    keys = NEXT.replace("{next: next}", "{page: p, most: 50}")
    answers = [{"request": f"GET /queues?p={n}", "body": {"rows": [{"id": n}]}} for n in range(1, 60)]
    found = await poll(keys, answers)
    assert len(found.result.requests) == 50
    assert found.failure == "limit: GET /queues: more than 50 pages"


async def test_an_expression_cannot_make_an_answer_enormous() -> None:
    keys = f'resources: {{queues: {{get: /queues, jmespath: "{"[@,@]|" * 60}[]", queue: {{id: id}}}}}}\n'
    found = await poll(keys, [{"request": "GET /queues", "body": [{"id": 1}]}])
    assert found.failure == "limit: GET /queues: jmespath: more than 5000000 values"


def test_an_expression_has_a_longest_length() -> None:
    keys = f'resources: {{queues: {{get: /queues, jmespath: "{"a|" * 600}a", queue: {{id: id}}}}}}\n'
    assert mistakes(keys) == ["resources.queues.jmespath: longer than 1000 characters"]


def test_batches_have_a_largest_size() -> None:
    keys = "resources: {queues: {get: /queues, for_each: {setting: a, batch: 1001}, queue: {id: id}}}\n"
    assert "resources.queues.for_each.batch: must be at most 1000" in mistakes(keys)


async def test_too_many_ids_fail_the_poll() -> None:
    keys = """
    lists: {names: {get: /names, id: id}}
    resources: {queues: {for_each: {list: names}, get: "/queues/{id}", queue: {id: id}}}
    """
    body = [{"id": number} for number in range(10_001)]
    found = await poll(keys, [{"request": "GET /names", "body": body}])
    assert found.failure == "limit: queues: 10001 requests in one poll; the most are 10000"
    assert len(found.result.requests) == 1


async def test_a_deep_answer_fails_the_poll() -> None:
    found = await poll(QUEUES, [{"request": "GET /queues", "body": "[" * 100_000}])
    assert found.failure.startswith("decode: queues: ")
