"""Invalid configurations: every error is reported with its location."""

from pathlib import Path
from textwrap import dedent

import pytest

from exporter import plugins
from exporter.errors import ConfigError
from exporter.settings import load_file

KPN = "vendor: kpn, url: 'https://x', token_url: 'https://x/t', client_id: c, client_secret: s"
KNOWN = (
    "agents, config, leader_election, limits, log, poll, shard, state, targets, total_shards, trunks, "
    "vendor_definitions, web"
)
GOOD = f"targets: [{{name: a, {KPN}}}]"

# The configuration, and the errors without the file name. `{KPN}` stands for the keys of a target except its name.
CASES = [
    # Shape of the file
    ("poll: {interval: 5s}", ["1: targets: missing or empty; list at least one contact centre to poll"]),
    ("targets: []", ["1: targets: missing or empty; list at least one contact centre to poll"]),
    ("targets: {a: 1}", ["1: targets: expected a list"]),
    ("targets: [a]", ["1: targets[0]: expected a mapping with keys such as name, vendor and url"]),
    ("{GOOD}\npoll: 15s", ["2: poll: expected a mapping"]),
    ("{GOOD}\npoll: [15s]", ["2: poll: expected a mapping, not a list"]),
    ("{GOOD}\nconfig: {file: x}", ["2: config: not allowed in the file; use the flag --config.file"]),
    # Unknown keys
    ("target: []", ["1: target: unknown key; did you mean targets?"]),
    ("{GOOD}\nPoll: {interval: 5s}", ["2: Poll: unknown key; did you mean poll?"]),
    ("Targets: [{name: a, {KPN}}]", ["1: Targets: unknown key; did you mean targets?"]),
    ("{GOOD}\npol: {interval: 5s}", ["2: pol: unknown key; did you mean poll?"]),
    (
        "{GOOD}\nlimits:\n  bodybytes: 1\n  xyzzy: 2",
        [
            "3: limits.bodybytes: unknown key; did you mean body_bytes?",
            "4: limits.xyzzy: unknown key (known: body_bytes, series_per_target)",
        ],
    ),
    (
        "{GOOD}\nagents: {pseudonym_key_fil: x}",
        ["2: agents.pseudonym_key_fil: unknown key; did you mean pseudonym_key_file?"],
    ),
    (
        "targets: [{name: a, intervall: 5s, {KPN}}]",
        ["1: targets[0].intervall: unknown key; did you mean interval?"],
    ),
    (
        "targets: [{name: a, tls_config: {cafile: x}, {KPN}}]",
        ["1: targets[0].tls_config.cafile: unknown key; did you mean ca_file?"],
    ),
    (
        "targets:\n- {name: a, vendor: kpn, url: http://x, token_url: http://x, client_secret: s,\n   client_idd: c}",
        ["3: targets[0].client_idd: unknown key; did you mean client_id?"],
    ),
    (
        '{GOOD}\n"a\\nb": 1',
        [f'2: "a\\nb": unknown key (known: {KNOWN})'],
    ),
    ("{GOOD}\nlog: {level: info, level: warn}", ["2: log.level: duplicate key, first defined on line 2"]),
    # Missing keys
    (
        "targets:\n- vendor: kpn\n- name: amsterdam\n  vendor: kpn\n  client_secret:\n",
        [
            "2: targets[0].name: missing",
            "2: targets[0].url: missing",
            "2: targets[0].token_url: missing",
            "2: targets[0].client_id: missing",
            (
                "2: targets[0].client_secret: missing; set client_secret, client_secret_file "
                "or CONTACTCENTER_TARGETS__0__CLIENT_SECRET"
            ),
            "3: targets[1].url: missing",
            "3: targets[1].token_url: missing",
            "3: targets[1].client_id: missing",
            (
                "5: targets[1].client_secret: missing; set client_secret, client_secret_file "
                "or CONTACTCENTER_TARGETS__AMSTERDAM__CLIENT_SECRET"
            ),
        ],
    ),
    ("targets: [{name: a, url: 'https://x'}]", ["1: targets[0].vendor: missing"]),
    # Vendors and names
    (
        "targets: [{name: a, vendor: kpm, url: 'https://x', whatever: 1}]",
        ["1: targets[0].vendor: unknown vendor; did you mean kpn? (installed: kpn)"],
    ),
    (
        "targets:\n- {name: a, {KPN}}\n- {name: b, {KPN}}\n- {name: a, {KPN}}",
        ["4: targets[2].name: duplicate name, also used by targets[0] (contactcenter.yml:2)"],
    ),
    (
        "targets: [{name: '  ', {KPN}}]",
        ["1: targets[0].name: must not be empty or contain line breaks, control or invisible characters"],
    ),
    (
        'targets: [{name: "a\\n", {KPN}}]',
        ["1: targets[0].name: must not be empty or contain line breaks, control or invisible characters"],
    ),
    ("targets: [{name: [a], {KPN}}]", ["1: targets[0].name: expected a string, not a list"]),
    # Polling
    (
        "{GOOD}\npoll: {interval: 15}",
        ["2: poll.interval: invalid duration: use a number and a unit, such as 15s"],
    ),
    ("{GOOD}\npoll: {interval: 0}", ["2: poll.interval: must be greater than 0"]),
    ("{GOOD}\npoll: {interval: [5s]}", ["2: poll.interval: expected a number, not a list"]),
    (
        "{GOOD}\npoll:\n  interval: 5s\n  timeout: 10s",
        ["4: poll.timeout: longer than the interval of 5s"],
    ),
    ("{GOOD}\npoll: {timeout: 20s}", ["2: poll.timeout: longer than the interval of 15s"]),
    ("{GOOD}\npoll: {stale_after: 10s}", ["2: poll.stale_after: shorter than the interval of 15s"]),
    (
        "poll: {interval: 5s}\ntargets:\n- {name: a, timeout: 6s, {KPN}}\n- {name: b, poll: {stale_after: 1s}, {KPN}}",
        [
            "3: targets[0].timeout: longer than the interval of 5s",
            "4: targets[1].poll.stale_after: shorter than the interval of 5s",
        ],
    ),
    (
        "targets: [{name: a, interval: 5s, poll: {interval: 6s}, {KPN}}]",
        ["1: targets[0].interval: conflicts with poll.interval; set only one of them"],
    ),
    (
        "targets: [{name: a, interval: 5, {KPN}}]",
        ["1: targets[0].interval: invalid duration: use a number and a unit, such as 15s"],
    ),
    # Other values
    (
        "{GOOD}\nagents: {detail: names}",
        ["2: agents.detail: expected aggregate, pseudonym, id or name; did you mean name?"],
    ),
    (
        "{GOOD}\nagents: {detail: pseudonym}",
        [
            (
                "2: agents.pseudonym_key: missing; "
                "set pseudonym_key, pseudonym_key_file or CONTACTCENTER_AGENTS__PSEUDONYM_KEY"
            )
        ],
    ),
    (
        "targets: [{name: a, agents: {detail: pseudonym}, {KPN}}]",
        [
            (
                "1: targets[0].agents.pseudonym_key: missing; set pseudonym_key, pseudonym_key_file "
                "or CONTACTCENTER_TARGETS__A__AGENTS__PSEUDONYM_KEY"
            ),
        ],
    ),
    (
        "{GOOD}\ntrunks: {detail: port}",
        ["2: trunks.detail: expected aggregate or ports; did you mean ports?"],
    ),
    (
        "{GOOD}\nlimits: {series_per_target: many, body_bytes: 64Mi}",
        [
            "2: limits.series_per_target: expected an integer",
            "2: limits.body_bytes: invalid size: use a number and a unit, such as 64MiB",
        ],
    ),
    ("{GOOD}\nlimits: {series_per_target: 0}", ["2: limits.series_per_target: must be greater than 0"]),
    (
        "{GOOD}\nlimits: {series_per_target: 1.5}",
        ["2: limits.series_per_target: expected an integer"],
    ),
    (
        "{GOOD}\nlog: {level: loud, format: xml}",
        [
            "2: log.level: expected debug, info, warn or error",
            "2: log.format: expected logfmt or json",
        ],
    ),
    (
        "{GOOD}\nweb: {listen_address: 10117}",
        ["2: web.listen_address: invalid address: use :PORT, HOST:PORT or [IPV6]:PORT with a port from 0 to 65535"],
    ),
    ("{GOOD}\nweb: {enable_lifecycle: maybe}", ["2: web.enable_lifecycle: expected true or false"]),
    (
        "targets: [{name: a, times: averages, {KPN}}]",
        ["1: targets[0].times: expected totals or average; did you mean average?"],
    ),
    # TLS
    (
        "targets: [{name: a, tls_config: {ca_file: /absent/ca.pem}, {KPN}}]",
        ["1: targets[0].tls_config.ca_file: cannot read /absent/ca.pem: No such file or directory"],
    ),
    (
        "targets: [{name: a, tls_config: {cert_file: contactcenter.yml}, {KPN}}]",
        ["1: targets[0].tls_config: cert_file and key_file must be set together"],
    ),
    (
        "targets: [{name: a, tls_config: {ca_file: contactcenter.yml}, {KPN}}]",
        ["1: targets[0].tls_config.ca_file: contains no PEM certificate"],
    ),
    (
        "targets: [{name: a, tls_config: {cert_file: contactcenter.yml, key_file: contactcenter.yml}, {KPN}}]",
        [
            ("1: targets[0].tls_config: cert_file or key_file is not valid PEM, or the key is encrypted"),
        ],
    ),
    # Secrets
    (
        "targets: [{name: a, client_secret_file: x, {KPN}}]",
        ["1: targets[0].client_secret_file: conflicts with client_secret; set only one of them"],
    ),
    (
        "targets: [{name: a, api: 1, client_secret_file: /absent, {KPN_WITHOUT_SECRET}}]",
        [
            "1: targets[0].api: unknown key",
            "1: targets[0].client_secret_file: cannot read the file: No such file or directory",
        ],
    ),
    (
        "targets: [{name: a, client_secret_file: ., {KPN_WITHOUT_SECRET}}]",
        ["1: targets[0].client_secret_file: cannot read the file: Is a directory"],
    ),
    (
        "targets: [{name: a, client_secret_file: empty, {KPN_WITHOUT_SECRET}}]",
        ["1: targets[0].client_secret_file: the file is empty"],
    ),
    (
        "targets: [{name: a, client_secret_file: binary, {KPN_WITHOUT_SECRET}}]",
        ["1: targets[0].client_secret_file: the file is not UTF-8 text"],
    ),
    (
        "targets: [{name: a, client_secret: '', {KPN_WITHOUT_SECRET}}]",
        ["1: targets[0].client_secret: must not be empty"],
    ),
]


@pytest.fixture(autouse=True)
def _only_kpn(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = plugins.installed()
    monkeypatch.setattr(plugins, "installed", lambda: {"kpn": installed["kpn"]})


def errors(text: str, directory: Path, environ: dict[str, str] | None = None) -> list[str]:
    """Return all errors of a configuration without the directory."""
    path = directory / "contactcenter.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_file(path, environ or {})
    return [str(problem).replace(f"{directory}/", "") for problem in caught.value.problems]


def expand(text: str) -> str:
    """Expand the placeholders in the text of a case."""
    without_secret = KPN.removesuffix(", client_secret: s")
    return text.replace("{KPN_WITHOUT_SECRET}", without_secret).replace("{KPN}", KPN).replace("{GOOD}", GOOD)


@pytest.mark.parametrize(("text", "messages"), CASES)
def test_errors_have_location(text: str, messages: list[str], tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    lines = errors(expand(text), tmp_path)
    # The keys of each vendor are tested elsewhere.
    short = [line.partition(" (known: agents, agents_by_skill")[0].removeprefix("contactcenter.yml:") for line in lines]
    assert short == messages


def test_all_errors_are_reported_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """\
        poll: {interval: 15, stale_afer: 45s}
        agents: {detail: pseudonym}
        targets:
          - name: amsterdam
            vendor: kpn
            url: https://x
            token_url: ftp://x
            client_id: c
            client_secret_file: /absent
            interval: 5s
            timeout: 9s
          - name: amsterdam
            vendor: kpnn
            url: x
            url: y
        logs: {}
        """
    assert errors(dedent(text), tmp_path) == [
        "contactcenter.yml:1: poll.interval: invalid duration: use a number and a unit, such as 15s",
        "contactcenter.yml:1: poll.stale_afer: unknown key; did you mean stale_after?",
        (
            "contactcenter.yml:2: agents.pseudonym_key: missing; "
            "set pseudonym_key, pseudonym_key_file or CONTACTCENTER_AGENTS__PSEUDONYM_KEY"
        ),
        "contactcenter.yml:7: targets[0].token_url: invalid URL: use http:// or https:// and a host",
        "contactcenter.yml:9: targets[0].client_secret_file: cannot read the file: No such file or directory",
        "contactcenter.yml:11: targets[0].timeout: longer than the interval of 5s",
        "contactcenter.yml:12: targets[1].name: duplicate name, also used by targets[0] (contactcenter.yml:4)",
        "contactcenter.yml:13: targets[1].vendor: unknown vendor; did you mean kpn? (installed: kpn)",
        "contactcenter.yml:14: targets[1].url: invalid URL: use http:// or https:// and a host",
        "contactcenter.yml:15: targets[1].url: duplicate key, first defined on line 14",
        "contactcenter.yml:16: logs: unknown key; did you mean log?",
    ]


def test_error_in_the_environment_names_the_variable(tmp_path: Path) -> None:
    environ = {
        "CONTACTCENTER_POLL__INTERVAL": "5",
        "CONTACTCENTER_LOG__LEVL": "info",
        "CONTACTCENTER_TARGETS__A__URL": "x",
        "CONTACTCENTER_TARGETS__0__TOKEN_URL": "x",
    }
    assert errors(GOOD, tmp_path, environ) == [
        "CONTACTCENTER_LOG__LEVL: unknown key; did you mean level?",
        "CONTACTCENTER_POLL__INTERVAL: invalid duration: use a number and a unit, such as 15s",
        "CONTACTCENTER_TARGETS__0__TOKEN_URL: invalid URL: use http:// or https:// and a host",
        "CONTACTCENTER_TARGETS__A__URL: invalid URL: use http:// or https:// and a host",
    ]


def test_ambiguous_variable_is_an_error(tmp_path: Path) -> None:
    text = expand("targets: [{name: a b, {KPN}}, {name: a-b, {KPN}}]")
    assert errors(text, tmp_path, {"CONTACTCENTER_TARGETS__A_B__CLIENT_SECRET": "s"}) == [
        (
            "CONTACTCENTER_TARGETS__A_B__CLIENT_SECRET: ambiguous: matches targets[0] and targets[1]; "
            "use the target's other form, name or index"
        )
    ]


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ("CONTACTCENTER_POL__INTERVAL", "unknown key; did you mean CONTACTCENTER_POLL__INTERVAL?"),
        ("contactcenter_pol__interval", "unknown key; did you mean CONTACTCENTER_POLL__INTERVAL?"),
        ("CONTACTCENTER__POLL__INTERVAL", "unknown key; did you mean CONTACTCENTER_POLL__INTERVAL?"),
        ("CONTACTCENTER_TARGET__A__URL", "unknown key; did you mean CONTACTCENTER_TARGETS__A__URL?"),
        (
            "CONTACTCENTER_SIMULATOR__LISTEN_ADDRESS",
            f"unknown key (known: {KNOWN})",
        ),
    ],
)
def test_misspelt_variable_is_reported_with_a_suggestion(tmp_path: Path, variable: str, message: str) -> None:
    assert errors(GOOD, tmp_path, {variable: "hunter2"}) == [f"{variable}: {message}"]


@pytest.mark.parametrize(
    ("one", "other", "variable"),
    [("a-b", "a_b", "A_B__CLIENT_SECRET"), ("1", "x", "1__CLIENT_SECRET")],
)
def test_names_with_the_same_variable_are_valid_until_it_is_set(
    tmp_path: Path, one: str, other: str, variable: str
) -> None:
    text = expand(f"targets: [{{name: {one}, {{KPN}}}}, {{name: {other}, {{KPN}}}}]")
    path = tmp_path / "contactcenter.yml"
    path.write_text(text, encoding="utf-8")
    assert len(load_file(path, {}).targets) == 2
    name = f"CONTACTCENTER_TARGETS__{variable}"
    assert errors(text, tmp_path, {name: "s"}) == [
        f"{name}: ambiguous: matches targets[0] and targets[1]; use the target's other form, name or index"
    ]


def test_secret_written_as_a_key_is_redacted(tmp_path: Path) -> None:
    secret = "a-made-up-secret"  # noqa: S105 - not a real secret
    target = f"{{name: a, {KPN.replace('client_secret: s', f'client_secret: {secret}')}, {secret}: x}}"
    file = tmp_path / "contactcenter.yml"
    file.write_text(f"targets: [{target}]")
    with pytest.raises(ConfigError) as caught:
        load_file(file)
    assert f"{file}:1: targets[0].[redacted]: unknown key" in str(caught.value)
    assert secret not in str(caught.value) + repr(caught.value.problems)


def test_variable_with_undecodable_name_is_an_error(tmp_path: Path) -> None:
    environ = {"CONTACTCENTER_TRUNKS__\udcff": "x"}
    assert errors(GOOD, tmp_path, environ) == [r"CONTACTCENTER_TRUNKS__\udcff: unknown key: keys are ASCII only"]
