"""Parsing of the command line into typed commands."""

from pathlib import Path

import pytest

from exporter import __version__
from exporter.cli.commands import Catalog, Check, Demo, Record, Run, Simulate, parse, parsers
from exporter.errors import ConfigError
from exporter.settings import Address

TARGET = "{name: a, vendor: kpn, url: 'https://x', token_url: 'https://x', client_id: c, client_secret: s}"


@pytest.fixture
def config(tmp_path: Path) -> str:
    """Return the path of a valid configuration file."""
    path = tmp_path / "contactcenter.yml"
    path.write_text(f"web: {{listen_address: ':1'}}\npoll: {{interval: 20s}}\ntargets: [{TARGET}]\n", encoding="utf-8")
    return str(path)


def errors(*argv: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(argv, environ)
    return [str(problem) for problem in caught.value.problems]


def test_no_command_means_run(config: str) -> None:
    run = parse([f"--config.file={config}"], {})
    assert isinstance(run, Run)
    assert run.config.file == Path(config)
    assert run.web.listen_address == ":1"
    assert [target.name for target in run.targets] == ["a"]


def test_flags_override_environment_which_overrides_file(config: str) -> None:
    environ = {"CONTACTCENTER_CONFIG__FILE": config, "CONTACTCENTER_WEB__LISTEN_ADDRESS": ":2"}
    environ["CONTACTCENTER_LOG__FORMAT"] = "json"
    run = parse(["--web.listen-address", ":3", "--web.enable-lifecycle", "--poll.timeout=1s"], environ)
    assert isinstance(run, Run)
    assert run.web.address == Address(None, 3)
    assert run.web.enable_lifecycle
    assert run.log.format == "json"
    assert (run.poll.interval, run.poll.timeout) == (20, 1)


def test_boolean_flag_can_be_disabled_over_the_environment(config: str) -> None:
    environ = {"CONTACTCENTER_WEB__ENABLE_LIFECYCLE": "true"}
    run = parse(["--config.file", config, "--no-web.enable-lifecycle"], environ)
    assert isinstance(run, Run)
    assert not run.web.enable_lifecycle


def test_web_configuration_file_is_set_by_a_flag(config: str) -> None:
    for command in ([f"--config.file={config}"], ["demo"]):
        run = parse([*command, "--web.config.file=web.yml"], {})
        assert isinstance(run, Run | Demo)
        assert run.web.config.file == Path("web.yml")


def test_simulate_rejects_a_web_configuration_file() -> None:
    assert errors("simulate", "--web.config.file=web.yml") == [
        "--web.config.file: not supported: the simulation is served without TLS and authentication; remove it"
    ]


def test_demo_defaults() -> None:
    demo = parse(["demo"], {})
    assert isinstance(demo, Demo)
    assert demo.web.address == Address(None, 10117)
    assert demo.simulator.listen_address == "127.0.0.1:0"
    assert (demo.speed, demo.seed, demo.scenario) == (1.0, 1, ())


@pytest.mark.parametrize(
    "argv",
    [
        "demo --log.level=debug --speed 60 --seed=7 --scenario surge --scenario trunk-fault",
        "--log.level=debug --speed=60 --seed 7 demo --scenario=surge,trunk-fault",
        "--log.level debug --speed 60 --seed 7 --scenario surge --scenario=trunk-fault demo",
    ],
)
def test_flags_may_precede_or_follow_the_command(argv: str) -> None:
    demo = parse(argv.split(), {})
    assert isinstance(demo, Demo)
    assert demo.log.level == "debug"
    assert (demo.speed, demo.seed, demo.scenario) == (60.0, 7, ("surge", "trunk-fault"))


def test_value_of_a_flag_is_not_a_command() -> None:
    demo = parse(["--web.enable-lifecycle", "--scenario", "check", "demo"], {})
    assert isinstance(demo, Demo)
    assert demo.scenario == ("check",)


def test_environment_applies_to_every_command() -> None:
    environ = {"CONTACTCENTER_WEB__LISTEN_ADDRESS": ":5", "CONTACTCENTER_SPEED": "2", "CONTACTCENTER_SCENARIO": "a, b"}
    demo = parse(["demo"], environ)
    assert isinstance(demo, Demo)
    assert (demo.web.listen_address, demo.speed, demo.scenario) == (":5", 2.0, ("a", "b"))


def test_simulate_default_address() -> None:
    simulate = parse(["simulate"], {})
    assert isinstance(simulate, Simulate)
    assert simulate.web.address == Address(None, 10118)


def test_check_accepts_a_file() -> None:
    assert parse(["check", "a.yml"], {}) == Check(file=Path("a.yml"))
    assert parse(["check", "--connect", "a.yml"], {}) == Check(file=Path("a.yml"), connect=True)
    assert parse(["--connect", "check", "a.yml"], {}) == Check(file=Path("a.yml"), connect=True)


@pytest.mark.parametrize(
    ("argv", "error"),
    [
        ("check a.yml --replay=recording", "--replay: validates no file; remove FILE or the flag"),
        ("check --replay=recording --connect", "--connect: requires FILE"),
        ("check --web.config.file=web.yml --connect", "--connect: requires FILE"),
        ("check a.yml --target=paris", "--target: requires --connect"),
    ],
)
def test_check_rejects_what_it_would_ignore(argv: str, error: str) -> None:
    assert errors(*argv.split()) == [error]


def test_check_accepts_a_web_configuration_file_with_or_without_a_file() -> None:
    alone = parse(["check", "--web.config.file=web.yml"], {"CONTACTCENTER_WEB__LISTEN_ADDRESS": ":2"})
    assert isinstance(alone, Check)
    assert (alone.file, alone.web.config.file) == (None, Path("web.yml"))
    both = parse(["check", "--web.config.file", "web.yml", "a.yml"], {})
    assert isinstance(both, Check)
    assert (both.file, both.web.config.file) == (Path("a.yml"), Path("web.yml"))


def test_check_replays_a_directory_without_a_file() -> None:
    assert parse(["check", "--replay", "recorded"], {}) == Check(replay=Path("recorded"))


def test_record_needs_a_file_and_a_directory() -> None:
    assert parse(["record", "a.yml", "--out", "recorded"], {}) == Record(file=Path("a.yml"), out=Path("recorded"))
    assert errors("record", "a.yml") == ["--out: missing; set the directory to write to"]
    assert errors("record", "--out", "recorded") == ["the following arguments are required: FILE"]


def test_catalog_has_no_arguments() -> None:
    assert parse(["catalog"], {}) == Catalog()


@pytest.mark.parametrize(
    ("argv", "messages"),
    [
        ("", ["--config.file: missing; set the configuration file, or try: contactcenter-exporter demo"]),
        ("--config.file=/absent.yml", ["/absent.yml: cannot be read: No such file or directory"]),
        ("dmeo", ["dmeo: unknown command; did you mean demo?"]),
        (
            "contactcenter.yml",
            ["contactcenter.yml: unknown command (known: demo, simulate, check, record, catalog, completion)"],
        ),
        ("demo now", ["now: unexpected argument"]),
        ("check", ["the following arguments are required: FILE"]),
        (
            "demo --sped=3 --web.listen_address :1",
            [
                "--sped: unknown flag; did you mean --speed?",
                "--web.listen_address: unknown flag; did you mean --web.listen-address?",
            ],
        ),
        ("demo --speed", ["--speed: requires a value"]),
        (
            "demo --web.enable-lifecycle=yes",
            ["--web.enable-lifecycle: does not take a value"],
        ),
        ("demo --speed=0 --seed=x", ["--seed: expected an integer", "--speed: must be greater than 0"]),
        ("demo --speed=inf", ["--speed: expected a finite number"]),
        ("demo --log.level=warnin", ["--log.level: expected debug, info, warn or error; did you mean warn?"]),
        ("demo --log.level=None", ["--log.level: expected debug, info, warn or error"]),
        ("--targets=[] demo", ["--targets: unknown flag"]),
        ("demo --web={}", ["--web: unknown flag"]),
        ("--agents.pseudonym-key=hunter2", ["--agents.pseudonym-key: unknown flag"]),
    ],
)
def test_command_line_errors(argv: str, messages: list[str]) -> None:
    assert errors(*argv.split()) == messages


def test_errors_of_file_environment_and_flags_are_reported_together(config: str) -> None:
    Path(config).write_text(f"pol: {{}}\ntargets: [{TARGET}]", encoding="utf-8")
    messages = errors(f"--config.file={config}", "--log.level=x", CONTACTCENTER_POLL__INTERVAL="1")
    assert messages == [
        f"{config}:1: pol: unknown key; did you mean poll?",
        "CONTACTCENTER_POLL__INTERVAL: invalid duration: use a number and a unit, such as 15s",
        "--log.level: expected debug, info, warn or error",
    ]


def test_error_in_the_environment_names_the_variable() -> None:
    assert errors("demo", CONTACTCENTER_SPEED="fast") == ["CONTACTCENTER_SPEED: expected a number"]


def test_misspelt_variable_is_an_error_for_every_command() -> None:
    assert errors("demo", CONTACTCENTER_SIMULATR__LISTEN_ADDRESS=":1") == [
        "CONTACTCENTER_SIMULATR__LISTEN_ADDRESS: unknown key; did you mean CONTACTCENTER_SIMULATOR__LISTEN_ADDRESS?"
    ]
    assert errors(CONTACTCENTER_CONFG__FILE="a.yml") == [
        "--config.file: missing; set the configuration file, or try: contactcenter-exporter demo",
        "CONTACTCENTER_CONFG__FILE: unknown key; did you mean CONTACTCENTER_CONFIG__FILE?",
    ]


def test_variables_for_a_configuration_file_are_valid_for_every_command() -> None:
    environ = {"CONTACTCENTER_POLL__INTERVAL": "5s", "CONTACTCENTER_TARGETS__A__CLIENT_SECRET": "s"}
    assert parse(["catalog"], environ) == Catalog()
    assert isinstance(parse(["demo"], environ), Demo)


@pytest.mark.parametrize("argv", ["--help", *(f"{word} --help" for word in parsers()[1])])
def test_help_fits_a_terminal(argv: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as caught:
        parse(argv.split(), {})
    assert caught.value.code == 0
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 80
    assert "JSON" not in printed


def test_help_lists_the_commands_flags_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--help"], {})
    printed = capsys.readouterr().out
    for word in (*parsers()[1], "--config.file FILE", "(default: 15s)", "--web.max-requests", "exit codes:"):
        assert word in printed


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ("demo --help", ["--simulator.listen-address ADDRESS", "--scenario NAME", "(default: 127.0.0.1:0)"]),
        ("simulate -h", ["(default: :10118)"]),
        ("--help check", ["check [FILE]", "--connect", "--replay DIR"]),
        ("record --help", ["record FILE", "--out DIR"]),
    ],
)
def test_each_command_has_help(argv: str, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(argv.split(), {})
    printed = capsys.readouterr().out
    for word in words:
        assert word in printed


@pytest.mark.parametrize("argv", [["--version"], ["demo", "--version"]])
def test_version(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(argv, {})
    assert capsys.readouterr().out == f"contactcenter-exporter {__version__}\n"
