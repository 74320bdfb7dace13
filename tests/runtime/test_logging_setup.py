"""Logging: one line per event, with secrets redacted."""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator

import pytest
import structlog
from pydantic import SecretStr

from exporter.runtime import logging_setup

Output = Callable[..., io.StringIO]


@pytest.fixture
def output() -> Iterator[Output]:
    """Log to a string, and restore the logging configuration afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level

    def configure(style: str = "logfmt", level: str = "info") -> io.StringIO:
        stream = io.StringIO()
        logging_setup.configure(level, style, stream)
        return stream

    yield configure
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def line(stream: io.StringIO) -> str:
    """Return the only line logged, without its timestamp."""
    (only,) = stream.getvalue().splitlines()
    return re.sub(r"^ts=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z ", "", only)


def test_logfmt_starts_with_time_level_and_message(output: Output) -> None:
    stream = output()
    structlog.get_logger().info("poll failed", target="amsterdam", seconds=1.5, again=True, retry=None)
    assert line(stream) == 'level=info msg="poll failed" target=amsterdam seconds=1.5 again=true retry='


def test_json_has_the_same_keys(output: Output) -> None:
    stream = output("json")
    structlog.get_logger().warning("poll failed", target="amsterdam", rows=[1, "é\n"])
    event = json.loads(line(stream))
    assert list(event) == ["ts", "level", "msg", "target", "rows"]
    assert event | {"ts": ""} == {
        "ts": "",
        "level": "warn",
        "msg": "poll failed",
        "target": "amsterdam",
        "rows": [1, "é\n"],
    }


@pytest.mark.parametrize(
    ("level", "logged"),
    [("debug", ["debug", "info", "warn", "error"]), ("warn", ["warn", "error"]), ("error", ["error"])],
)
@pytest.mark.parametrize("own", [True, False])
def test_less_severe_events_are_dropped_from_the_exporter_and_libraries(
    output: Output, level: str, logged: list[str], *, own: bool
) -> None:
    stream = output(level=level)
    logger = structlog.get_logger() if own else logging.getLogger("aiohttp.client")
    for name in ("debug", "info", "warning", "error"):
        getattr(logger, name)("x")
    assert re.findall(r"level=(\w+)", stream.getvalue()) == logged


def test_a_later_call_replaces_the_configuration_of_existing_loggers(output: Output) -> None:
    logger = structlog.get_logger()
    first = output(level="error")
    logger.info("dropped")
    second = output(level="info")
    logger.info("logged")
    assert first.getvalue() == ""
    assert line(second) == "level=info msg=logged"


def test_library_events_use_the_same_format(output: Output) -> None:
    stream = output()
    logging.getLogger("aiohttp.client").warning("slow: %s", "x\ny")
    assert line(stream) == r'level=warn msg="slow: x\ny" logger=aiohttp.client'


def test_requests_are_not_logged(output: Output) -> None:
    stream = output(level="debug")
    logging.getLogger("aiohttp.access").info("GET /metrics")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("style", ["logfmt", "json"])
@pytest.mark.parametrize(
    "hostile",
    [
        'x\nlevel=error msg="forged"',
        "x\r\nlevel=error",
        "x\u2028level=error",
        "x\x85level=error",
        "x\x0blevel=error",
        'x" level=error msg="',
        'x\\" level=error',
        "\x1b[31mred\ud800",
    ],
)
def test_a_hostile_value_cannot_forge_a_line_or_a_key(output: Output, style: str, hostile: str) -> None:
    stream = output(style)
    structlog.get_logger().info("queue", name=hostile)
    written = line(stream)
    assert written.isprintable()
    if style == "json":
        assert json.loads(written)["name"] == hostile
    else:
        assert re.fullmatch(r'level=info msg=queue name=("(\\.|[^"\\])*"|[^" =]*)', written)


def test_a_hostile_key_cannot_forge_a_line_or_a_key(output: Output) -> None:
    stream = output()
    structlog.get_logger().info("queue", **{"a b\nlevel=x": 1})
    assert line(stream) == "level=info msg=queue a_b_level_x=1"


def test_an_exception_is_a_field_on_the_same_line(output: Output) -> None:
    stream = output()
    try:
        raise ValueError("first\nsecond")  # noqa: TRY301 - the shortest way to a traceback
    except ValueError:
        structlog.get_logger().exception("broken")
    assert line(stream).startswith(r'level=error msg=broken exception="Traceback (most recent call last):\n')
    assert line(stream).endswith(r'ValueError: first\nsecond"')


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("client_secret", "hunter2"),
        ("access_token", "hunter2"),
        ("password", ["hunter2"]),
        ("authorization", "Basic hunter2"),
        ("api_key", "hunter2"),
        ("set_cookie", "hunter2"),
        ("anything", SecretStr("hunter2")),
        ("headers", {"Authorization": "Bearer hunter2"}),
        ("rows", [{"nested": {"password": "hunter2"}}]),
    ],
)
@pytest.mark.parametrize("style", ["logfmt", "json"])
def test_values_named_or_typed_as_secrets_are_redacted(output: Output, style: str, key: str, value: object) -> None:
    stream = output(style)
    structlog.get_logger().info("signed in", **{key: value})
    assert "hunter2" not in stream.getvalue()
    assert "[redacted]" in stream.getvalue()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://bob:p@ss@x.example/a?b=1", "https://x.example/a?b=1"),
        ("see https://bob@x.example, please", "see https://x.example, please"),
        ("https://x.example/?a=1&access_token=abc&b=2", "https://x.example/?a=1&access_token=[redacted]&b=2"),
        ("https://x.example/?sessionId=abc#top", "https://x.example/?sessionId=[redacted]#top"),
        ("{'Authorization': 'Basic abc'}", "{'Authorization': '[redacted]'}"),
        ('{"refresh_token": "a\\"bc", "n": 1}', '{"refresh_token": "[redacted]", "n": 1}'),
        ("client_secret_file: cannot read /x", "client_secret_file: cannot read /x"),
        ("ask bob@x.example", "ask bob@x.example"),
    ],
)
def test_secrets_in_text_are_redacted(output: Output, text: str, shown: str) -> None:
    stream = output("json")
    structlog.get_logger().info("polled", response=text)
    assert json.loads(line(stream))["response"] == shown


@pytest.mark.parametrize(
    ("key", "value"),
    [("client_secret_file", "/run/secrets/kpn"), ("token_url", "https://x.example/token"), ("token_seconds", 300)],
)
def test_metadata_of_a_secret_is_not_redacted(output: Output, key: str, value: object) -> None:
    stream = output()
    structlog.get_logger().info("x", **{key: value})
    assert line(stream) == f"level=info msg=x {key}={value}"


def test_the_text_of_an_exception_is_redacted(output: Output) -> None:
    stream = output()
    try:
        raise ValueError("https://bob:hunter2@x.example")  # noqa: TRY301 - the shortest way to a traceback
    except ValueError:
        structlog.get_logger().exception("broken")
    assert "hunter2" not in line(stream).rpartition("ValueError")[2]
