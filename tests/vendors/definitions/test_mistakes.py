"""Every mistake in a definition is reported with its place."""

from pathlib import Path

import pytest

from exporter.cli.main import main
from exporter.errors import ConfigError
from exporter.vendors.definitions.reading import parse
from tests.support.definitions import QUEUES, mistakes, text_of

LIST = "lists: {names: {get: /names, id: id, keep: {label: title}}}\n"


def queue(fields: str) -> str:
    return f"resources: {{queues: {{get: /queues, queue: {{id: id, {fields}}}}}}}\n"


def request(keys: str) -> str:
    return f"resources: {{queues: {{{keys}, queue: {{id: id}}}}}}\n"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("resourcez: {}", "resourcez: unknown key; did you mean resources?"),
        ("resources: {}", "resources: must not be empty"),
        (f"{QUEUES}\nlogin: {{basik: {{}}}}", "login.basik: unknown key; did you mean basic?"),
        (f"{QUEUES}\nday: {{zone: Paris}}", "day.zone: not a time zone: use a name such as Europe/Paris"),
        (f"{QUEUES}\nday: {{zone: {{setting: z}}}}", "day.zone.setting: z is not a setting of the type zone"),
        (f"{QUEUES}\nheaders: {{Host: a}}", "headers.Host: is set by the HTTP client"),
        (f"{QUEUES}\nheaders: {{'a b': c}}", "not the name of a header"),
        # Settings
        (f"{QUEUES}\nsettings: {{url: text}}", "settings.url: is a key of every target"),
        (f"{QUEUES}\nsettings: {{id: text}}", "settings.id: is the name of another substitution"),
        (f"{QUEUES}\nsettings: {{A-b: text}}", "settings.A-b: use lower-case letters, digits and underscores"),
        (f"{QUEUES}\nsettings: {{a: words}}", "settings.a: expected text, secret, choice, number, boolean"),
        (f"{QUEUES}\nsettings: {{a: choice}}", "settings.a: a choice needs choices, and other types have none"),
        (
            f"{QUEUES}\nsettings: {{a: {{type: choice, choices: [one, two], default: ones}}}}",
            "settings.a: default is not one of the choices; did you mean one?",
        ),
        (f"{QUEUES}\nsettings: {{a: {{type: secret, default: x}}}}", "settings.a: a secret has no default"),
        (f"{QUEUES}\nsettings: {{a: {{type: text, min: 1}}}}", "settings.a: only a number has min and max"),
        # Requests
        (request("records: a"), "resources.queues: needs either get or post"),
        (request("get: /a, post: /b"), "resources.queues: needs either get or post"),
        (request("get: a"), "resources.queues.get: must begin with a single /"),
        (request("get: //host/a"), "resources.queues.get: must begin with a single /"),
        (request('get: "/a?b=1"'), "resources.queues.get: must begin with a single / and contain no query"),
        (request("get: /a/../b"), "resources.queues.get: must not contain the segments . or .."),
        (request("get: /a, form: {b: c}"), "resources.queues: a form needs post"),
        (request("post: /a, form: {b: c}, json: {b: c}"), "resources.queues: has a form and json; use one of them"),
        (request("get: /a, records: b, jmespath: c"), "resources.queues: has records and jmespath; use one of them"),
        (request("get: /a, records: b..c"), "resources.queues.records: not a path: use keys joined by dots"),
        (request("get: /a, records: 'b[]'"), "resources.queues.records: must lead to one value"),
        (request("get: /a, jmespath: '[?'"), "resources.queues.jmespath: not a JMESPath expression: "),
        (request("get: '/{a}'"), "resources.queues.get: unknown substitution {a} (settings: none)"),
        (request("get: '/{noon}'"), "resources.queues.get: unknown substitution {noon} (settings: none)"),
        (request("get: '/{id}'"), "resources.queues.get: {id} needs for_each"),
        (request("get: '/{'"), "resources.queues.get: unpaired brace: write {{ or }} for a brace itself"),
        (request("get: '/{today-1h}'"), "resources.queues.get: invalid substitution {today-1h}: only now can be moved"),
        (request("get: '/{now:iso}'"), "resources.queues.get: invalid substitution {now:iso}: only now can be moved"),
        (request("get: '/{now-1 hour}'"), "resources.queues.get: invalid substitution {now-1 hour}: use the name"),
        (request("get: /a, paced: true"), "resources.queues.paced: needs for_each"),
        (request("get: /a, for_each: {batch: 2}"), "resources.queues.for_each: needs either list or setting"),
        (
            LIST + request("get: /a, for_each: {list: name}"),
            "resources.queues.for_each.list: unknown list name; did you",
        ),
        (
            request("get: /a, for_each: {setting: b}"),
            "resources.queues.for_each.setting: b is not a setting of the type",
        ),
        (
            LIST + request("post: /a, for_each: {list: names, batch: 9}, json: {a: '{id}'}"),
            "resources.queues.json: {id} ",
        ),
        (
            "lists: {a: {get: /a, id: id, for_each: {list: a}}}" + QUEUES,
            "lists.a.for_each.list: unknown list a (known: ",
        ),
        (request("get: /a, only: {list: b, id: id}"), "resources.queues.only.list: unknown list b (known: none)"),
        (request("get: /a, when: {b: c}"), "resources.queues.when: unknown setting b (known: none)"),
        # Pages
        (
            request("get: /a, paging: {most: 3}"),
            "resources.queues.paging: needs exactly one of next, link, token, page",
        ),
        (request("get: /a, paging: {next: a, page: b}"), "resources.queues.paging: needs exactly one of next"),
        (request("get: /a, paging: {token: a}"), "resources.queues.paging: token and send belong together"),
        (request("get: /a, paging: {page: a, size: b}"), "resources.queues.paging: size and per_page belong together"),
        (request("get: /a, paging: {page: a, pages: b, total: c}"), "resources.queues.paging: has pages and total"),
        *(
            (
                request(f"get: /a, jmespath: 'rows[?open]', paging: {{{paging}}}"),
                "resources.queues.paging: offset, total, and page without pages count the records of a page",
            )
            for paging in ("page: a", "offset: a", "page: a, total: b", "next: a, total: b")
        ),
        (request("get: /a, paging: {page: a, in: json}"), "resources.queues.paging: in: json needs a JSON body"),
        (request("get: /a, paging: {page: a, in: body}"), "resources.queues.paging.in: expected query or json"),
        (request("get: /a, paging: {page: a, most: 99999}"), "resources.queues.paging.most: must be at most 10000"),
        # Rows and fields
        ("resources: {a: {get: /a}}", "resources.a: needs exactly one of the keys queue, agent, trunk, number"),
        ("resources: {a: {get: /a, queue: {name: n}}}", "resources.a.queue: has no field id"),
        (
            queue("wating_contacts: a"),
            "the model has no field wating_contacts of a queue; did you mean waiting_contacts?",
        ),
        (queue("thresholds: a"), "resources.queues.queue.thresholds: the model has no field thresholds of a queue"),
        (
            queue("waiting_contacts: {}"),
            "queue.waiting_contacts: expected a path or a mapping with one of the keys pivot,",
        ),
        (queue("waiting_contacts: []"), "resources.queues.queue.waiting_contacts: must not be empty"),
        (queue("waiting_contacts: {field: a, reed: b}"), "waiting_contacts.reed: unknown key; did you mean read?"),
        (
            queue("waiting_contacts: {field: a, read: seconds}"),
            "waiting_contacts cannot be read by seconds; use number",
        ),
        (queue("oldest_wait_seconds: a"), "queue.oldest_wait_seconds: needs read, the unit of the value: age, iso_"),
        (
            queue("talk_seconds: {field: a, read: seconds}"),
            "talk_seconds cannot be read by seconds; use total_iso_duration",
        ),
        (queue("service_level_ratio: a"), "service_level_ratio: needs read, the unit of the value: percentage, ratio"),
        (queue("channel: media"), "queue.channel: needs words: the vendor's words and their values"),
        (queue("channel: {value: phone}"), "channel has no value phone (known: voice, callback, chat"),
        (queue("channel: {field: m, words: {a: voise}}"), "channel has no value voise; did you mean voice?"),
        (queue("name: {field: a, words: {b: c}}"), "queue.name: name has no fixed words; remove words"),
        (queue("waiting_contacts: {value: many}"), "queue.waiting_contacts: waiting_contacts is a number"),
        (queue("waiting_contacts: {field: a, absent: none}"), "queue.waiting_contacts: waiting_contacts is a number"),
        (queue("agents: a"), "queue.agents: agents holds counts by word; use pivot, count with by, or a form for each"),
        (queue("agents: {idle: a}"), "resources.queues.queue.agents.idle: agents has no entry idle (known: available"),
        (queue("waiting_contacts: {count: a, by: b, words: {}}"), "waiting_contacts is one value, not counts by word"),
        (queue("wait_ages: {total: a}"), "queue.wait_ages: has no entry within_180_seconds, within_60_seconds"),
        (queue("waits: {answered: {soon: a}}"), "queue.waits.answered.soon: expected a number of seconds, all or sum"),
        (queue("waits: {lost: {10: a}}"), "queue.waits.lost.10: waits has no entry lost (known: answered, abandoned"),
        (queue("name: {from: b, id: c, field: d}"), "queue: from: unknown list b (known: none)"),
        (
            LIST + queue("name: {from: names, id: c, field: labl}"),
            "from: names keeps no value labl; did you mean label?",
        ),
        (
            LIST + queue("agents: {pivot: labl, from: names, id: c, key: s, value: n, words: {a: busy}}"),
            "from: names keeps no value labl; did you mean label?",
        ),
        (
            LIST + queue("agents: {pivot: label, from: names, key: s, value: n, words: {a: busy}}"),
            "resources.queues.queue.agents: from and id belong together",
        ),
        ("settings: {b: text}\n" + queue("waiting_contacts: {setting: b}"), "setting: waiting_contacts is a number"),
        ("settings: {b: text}\n" + queue("channel: {setting: b}"), "setting: needs a choice of the values of channel"),
        (queue("waits: a"), "queue.waits: expected a form for each entry of waits"),
        (queue("name: {count: a}"), "queue.name: name is not a number"),
        (queue("name: {least: [a]}"), "queue.name: name is not a number"),
        (queue("waiting_contacts: {sum: [a, b], where: {c: d}}"), "where needs a sum of the items of one list"),
        (queue("name: {field: a, unknown: b}"), "unknown and otherwise need words"),
        (LIST + "resources: {queues: {get: /a, queue: {id: {from: names, id: a, field: label}}}}", "an id cannot be"),
        (queue("name: {setting: b}"), "resources.queues.queue: setting: unknown setting b (known: none)"),
        (queue("name: {field: a, when: {b: c}}"), "resources.queues.queue: when: unknown setting b (known: none)"),
        (
            "settings: {b: {type: choice, choices: [one, two]}}\n" + queue("name: {field: a, when: {b: tow}}"),
            "resources.queues.queue: when: b has no choice tow; did you mean two?",
        ),
        (
            "resources: {t: {get: /a, trunk: {id: id, ports: {field: a}}}}",
            "resources.t.trunk.ports: expected a mapping with the key rows and the fields of the rows",
        ),
        (
            "resources: {a: {get: /a, queue: &q {id: i, waiting_contacts: w}}, b: {get: /b, queue: *q}}",
            "resources.b.queue.waiting_contacts: is fed by the resource a already",
        ),
        (
            "resources: {a: {get: /a, agent: {id: id}}, b: {get: /b, agent: {id: id}}}",
            "resources.b: the resource a lists agents already",
        ),
        # Sign-in
        (
            f"{QUEUES}\nlogin: {{basic: {{username: a, password: b}}, header: {{name: a, value: b}}}}",
            "login: only one of",
        ),
        (f"{QUEUES}\nlogin: {{session: {{post: /a, cookie: true, form: {{}}, json: {{}}}}}}", "has a form and json"),
        (f"{QUEUES}\nlogin: {{session: {{post: /a, cookie: true, logout: {{}}}}}}", "logout: needs either post or"),
        (
            QUEUES + "settings: {a: text}\nlogin: {oauth: {token_url: '{a}', client_id: b, client_secret: c}}",
            "login.oauth.token_url: is a setting of another type than url",
        ),
        (f"{QUEUES}\nlogin: {{session: {{post: /a}}}}", "login.session: needs either token or cookie: true"),
        (
            f"{QUEUES}\nlogin: {{session: {{post: /a, token: b}}}}",
            "login.session: a token needs header, which sends it",
        ),
        (
            f"{QUEUES}\nlogin: {{session: {{post: a, cookie: true}}}}",
            "login.session.post: must begin with a single /",
        ),
        (
            f"{QUEUES}\nlogin: {{oauth: {{token_url: '{{host}}/token', client_id: a, client_secret: b}}}}",
            "login.oauth: unknown substitution {host} (settings: none)",
        ),
        (
            f"{QUEUES}\nlogin: {{oauth: {{token_url: /token, client_id: a, client_secret: b}}}}",
            "login.oauth.token_url: must be an address such as https://login.example.com/token, or one setting",
        ),
    ],
)
def test_a_mistake_is_reported(keys: str, message: str) -> None:
    found = mistakes(keys)
    assert any(message in each for each in found), found


def test_mistakes_are_reported_with_their_lines_in_the_order_of_the_file() -> None:
    text = text_of(
        """
        settings: {user: texts}
        resources:
          queues:
            get: /queues
            queue:
              id: id
              waiting_contacts: {field: waiting, reader: number}
        """
    )
    with pytest.raises(ConfigError) as caught:
        parse(text, "acme.yml")
    assert [str(problem).partition(": ")[0] for problem in caught.value.problems] == ["acme.yml:5"]
    with pytest.raises(ConfigError) as caught:
        parse(text.replace("texts", "text"), "acme.yml")
    assert str(caught.value) == (
        "acme.yml:11: resources.queues.queue.waiting_contacts.reader: unknown key; did you mean read?"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff", "not UTF-8 text"),
        (b"- a", "expected a mapping with top-level keys such as vendor"),
        (b"", "is empty; add at least the key vendor"),
        (b"vendor: [", "not YAML: "),
        (b"#" * (1 << 21), "longer than 1048576 bytes"),
    ],
)
def test_a_file_that_is_not_a_definition(
    content: bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "acme.yml"
    file.write_bytes(content)
    assert main(["check", "--definition", str(file)]) == 1
    assert message in capsys.readouterr().err


def test_a_missing_file_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--definition", "/no/such/file.yml"]) == 1
    assert capsys.readouterr().err == "/no/such/file.yml: cannot be read: No such file or directory\n"


def test_settings_of_an_example_are_validated_and_differences_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "acme.yml"
    text = text_of("settings: {user: text}\n" + QUEUES)
    file.write_text(text)
    assert main(["check", "--definition", str(file)]) == 1
    assert capsys.readouterr().err == f"{file}:11: examples[0].settings.user: missing\n"
    answers = '{request: GET /queues, body: [{id: 1, waiting: 2}]}, {request: "GET /other"}'
    example = f"examples: [{{name: one, settings: {{user: u}}, answers: [{answers}], metrics: 'wrong 1'}}]\n"
    file.write_text(text.replace("examples: [{name: nothing}]\n", example))
    assert main(["check", "--definition", str(file)]) == 1
    assert capsys.readouterr().err == (
        f"{file}: example 'one' differs:\n"
        "  never requested: GET /other\n"
        "  - wrong 1\n"
        '  + contactcenter_queue_waiting_contacts{target="example",queue_id="1",queue="",channel=""} 2\n'
        '  + contactcenter_up{target="example",resource="queues"} 1\n'
    )
