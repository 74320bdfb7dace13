"""Value types of settings."""

import pytest
from pydantic import SecretStr, TypeAdapter, ValidationError

from exporter.settings import Address, BaseUrl, FrozenModel, HeaderSecret, Secret, Url, split_address
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


class Credentials(FrozenModel):
    password: Secret = SecretStr("x")
    key: HeaderSecret = SecretStr("x")
    url: BaseUrl = "http://a"


@pytest.mark.parametrize("written", ["s3cret", "s3cret\n", "s3cret\r\n", "s3cret\n\n", "\ufeffs3cret\r\n", "\ns3cret"])
def test_a_secret_has_no_byte_order_mark_and_no_surrounding_line_breaks(written: str) -> None:
    assert Credentials.model_validate({"password": written}).password.get_secret_value() == "s3cret"


def test_spaces_belong_to_a_secret() -> None:
    assert Credentials.model_validate({"password": " s3 cret \n"}).password.get_secret_value() == " s3 cret "


@pytest.mark.parametrize("key", ["k\u00e9y", "two words", "two\nlines", "tab\t"])
def test_a_key_that_no_header_can_contain_is_rejected(key: str) -> None:
    with pytest.raises(ValidationError, match="not allowed in an HTTP header"):
        Credentials.model_validate({"key": key})


@pytest.mark.parametrize("url", ["http://a/api?key=1", "http://a/api?", "http://a?"])
def test_a_base_url_with_a_query_is_rejected(url: str) -> None:
    with pytest.raises(ValidationError, match="must not contain a query"):
        Credentials.model_validate({"url": url})


def test_slashes_at_the_end_of_a_base_url_are_removed() -> None:
    assert Credentials.model_validate({"url": "http://a/api//"}).url == "http://a/api"
