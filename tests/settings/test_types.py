"""Value types of settings."""

import pytest
from pydantic import TypeAdapter, ValidationError

from exporter.settings import Address, Url, split_address
from exporter.settings.loading import messages


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("x.example", "invalid URL: use http:// or https:// and a host"),
        ("ftp://x.example", "invalid URL: use http:// or https:// and a host"),
        ("https://", "invalid URL: use http:// or https:// and a host"),
        ("https://x:port", "invalid URL: use http:// or https:// and a host"),
        ("https://x:0", "invalid URL: use http:// or https:// and a host"),
        ("https://[::1", "invalid URL: use http:// or https:// and a host"),
        ("https://x y", "invalid URL: use http:// or https:// and a host"),
        ("https://x/#a", "must not contain a fragment (#…)"),
        ("https://bob@x", "must not contain a user name or password; use the corresponding keys"),
        ("https://bob:pw@x", "must not contain a user name or password; use the corresponding keys"),
    ],
)
def test_invalid_url(url: str, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Url).validate_python(url)
    (error,) = caught.value.errors(include_url=False)
    assert messages.message(error) == message


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        (":10117", None, 10117),
        (":0", None, 0),
        ("127.0.0.1:80", "127.0.0.1", 80),
        ("localhost:65535", "localhost", 65535),
        ("[::1]:1234", "::1", 1234),
    ],
)
def test_address_is_split(text: str, host: str | None, port: int) -> None:
    assert split_address(text) == Address(host, port)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10117",
        "localhost",
        "localhost:",
        ":65536",
        ":-1",
        "::1:80",
        "[x]:80",
        "a b:1",
        "http://x:1",
        ":٣",
        ":" + "9" * 5000,
    ],
)
def test_invalid_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"^invalid address: use :PORT, HOST:PORT or"):
        split_address(text)
