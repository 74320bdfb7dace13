"""TLS settings for connections to a vendor, with validation of the files they name."""

import hashlib
import ssl
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, PrivateAttr, model_validator

from exporter.settings.types import File, FrozenModel


def _authorities(path: Path) -> Path:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(path)
    except ssl.SSLError as error:
        raise ValueError("contains no PEM certificate") from error
    except OSError as error:
        raise _unreadable(path, error) from error
    return path


def _unreadable(path: Path, error: OSError) -> ValueError:
    return ValueError(f"cannot read {path}: {error.strerror}")


def _digest(path: Path) -> bytes:
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError as error:
        raise _unreadable(path, error) from error


class TlsConfig(FrozenModel):
    """TLS settings for connections to the vendor; the keys are those of Prometheus's `tls_config`."""

    ca_file: Annotated[File, AfterValidator(_authorities)] | None = None
    """CA certificates (PEM) to trust instead of the system's."""

    cert_file: File | None = None
    """Client certificate (PEM)."""

    key_file: File | None = None
    """Private key of the client certificate (PEM), not encrypted."""

    insecure_skip_verify: bool = False
    """Disable verification of the server certificate."""

    # Takes part in the comparison with ==, so that a reload picks up a certificate renewed under the same path.
    _digests: bytes = PrivateAttr(default=b"")

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file must be set together")
        if self.cert_file is not None:
            self._require_pair(self.cert_file)
        files = (self.ca_file, self.cert_file, self.key_file)
        self._digests = b"".join(_digest(file) for file in files if file is not None)
        return self

    def _require_pair(self, cert_file: Path) -> None:
        """Raise ValueError if the certificate and the key cannot be used together."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            # Without a password, OpenSSL would prompt for the one of an encrypted key on the terminal.
            context.load_cert_chain(cert_file, self.key_file, password="")
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                raise ValueError("cert_file and key_file do not match") from error
            raise ValueError("cert_file or key_file is not valid PEM, or the key is encrypted") from error
        except OSError as error:
            raise _unreadable(cert_file, error) from error
