"""Redaction of known secrets in every place and encoding."""

import json
from urllib.parse import quote, quote_plus, urlencode

import pytest
from pydantic import BaseModel
from yarl import URL

from exporter import redaction
from exporter.errors import PollError, Reason
from exporter.redaction import clean_label, remember, without_secrets
from exporter.settings import Secret

SECRET = 'p"a&s /w+ö:1%\\'  # noqa: S105 - a test secret


def test_unknown_text_is_unchanged() -> None:
    assert without_secrets("backend down: hunter22") == "backend down: hunter22"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("hunter22", "[redacted]"),
        ("down: <hunter22>, hunter22hunter22", "down: <[redacted]>, [redacted][redacted]"),
        ("hunter2", "hunter2"),
        ("Hunter22", "Hunter22"),
    ],
)
def test_a_known_secret_is_redacted_everywhere(text: str, shown: str) -> None:
    remember("hunter22")
    assert without_secrets(text) == shown


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        urlencode({"x": SECRET}).removeprefix("x="),
        URL("http://h").with_query(x=SECRET).raw_query_string.removeprefix("x="),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        str({"a": SECRET})[7:-2],
    ],
)
def test_every_encoding_of_a_secret_is_redacted(form: str) -> None:
    remember(SECRET)
    assert without_secrets(f"GET {form}: no response") == "GET [redacted]: no response"


def test_the_longer_of_two_secrets_is_redacted_first() -> None:
    remember("abcdef")
    remember("abcdef-and-more")
    assert without_secrets("abcdef abcdef-and-more") == "[redacted] [redacted]"


def test_a_truncated_secret_is_redacted() -> None:
    remember("abcdefghijklmnopqrst")
    assert without_secrets("it is abcdefghijklmn") == "it is [redacted]"
    assert without_secrets("it is abcdefghijklmn, or so") == "it is abcdefghijklmn, or so"
    assert without_secrets("it is abcdefgh") == "it is abcdefgh"


@pytest.mark.parametrize("short", ["", "a", "demo", "12345"])
def test_a_short_secret_is_ignored(short: str) -> None:
    remember(short)
    assert without_secrets("the demo a 12345") == "the demo a 12345"


def test_the_latest_received_and_all_configured_secrets_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(redaction, "MOST_RECEIVED", 2)
    remember("configured", lasting=True)
    remember("configured")
    for number in range(4):
        remember(f"token-{number}")
    assert without_secrets("configured token-0 token-1 token-2 token-3") == (
        "[redacted] token-0 token-1 [redacted] [redacted]"
    )


def test_the_beginning_of_a_very_long_secret_is_redacted() -> None:
    secret = "".join(map(str, range(100_000)))
    remember(secret)
    assert without_secrets(f"it is {secret[:200]}") == "it is [redacted]"


def test_a_secret_with_invalid_unicode_is_redacted() -> None:
    remember("half-\ud800-pair")
    assert without_secrets("a half-\ud800-pair b") == "a [redacted] b"


def test_labels_contain_no_secrets_except_short_ones() -> None:
    assert clean_label("Support-abcdefghijkl") == "Support-abcdefghijkl"
    remember("abcdefghijkl")
    remember("Support")
    assert clean_label("Support-abcdefghijkl") == "Support-[redacted]"
    assert without_secrets("Support-abcdefghijkl") == "[redacted]-[redacted]"


def test_errors_contain_no_secrets() -> None:
    remember("hunter22")
    error = PollError(Reason.INVALID, "backend hunter22 down, see https://bob:x@h/?token=y")
    assert str(error) == "backend [redacted] down, see https://h/?token=[redacted]"
    assert "hunter22" not in repr(error)


def test_a_secret_in_settings_is_registered() -> None:
    class Login(BaseModel):
        password: Secret
        key: Secret | None = None

    Login.model_validate({"password": "hunter22", "key": "hunter33"})
    assert without_secrets("hunter22 hunter33") == "[redacted] [redacted]"
