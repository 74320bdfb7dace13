from pathlib import Path

import pytest
import trustme
from pydantic import ValidationError

from exporter.settings import TlsConfig


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def issue(authority: trustme.CA, directory: Path) -> None:
    """Write a new client certificate, as a renewal does."""
    client = authority.issue_cert("exporter@example.org")
    client.cert_chain_pems[0].write_to_path(directory / "client.pem")
    client.private_key_pem.write_to_path(directory / "client.key")


def configured(directory: Path) -> TlsConfig:
    return TlsConfig.model_validate(
        {"cert_file": directory / "client.pem", "key_file": directory / "client.key"}, context=directory
    )


def test_renewed_certificate_makes_settings_unequal_so_that_reload_applies_it(
    authority: trustme.CA, tmp_path: Path
) -> None:
    issue(authority, tmp_path)
    before = configured(tmp_path)
    assert configured(tmp_path) == before
    issue(authority, tmp_path)
    assert configured(tmp_path) != before


def test_key_of_another_certificate_is_an_error(authority: trustme.CA, tmp_path: Path) -> None:
    issue(authority, tmp_path)
    authority.issue_cert("other@example.org").private_key_pem.write_to_path(tmp_path / "client.key")
    with pytest.raises(ValidationError, match="cert_file and key_file do not match"):
        configured(tmp_path)


@pytest.mark.parametrize("keys", [("ca_file",), ("cert_file", "key_file")], ids=["authorities", "client certificate"])
def test_a_file_that_opens_but_cannot_be_read_is_an_error_with_its_name(keys: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError, match="cannot read /proc/self/mem: Input/output error"):
        TlsConfig.model_validate(dict.fromkeys(keys, Path("/proc/self/mem")))
