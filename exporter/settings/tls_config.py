"""TLS towards a vendor: which files it takes, and whether they hold what they should."""

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
        raise ValueError("no certificate in PEM") from error
    return path


class TlsConfig(FrozenModel):
    """How a vendor's server is trusted and the exporter makes itself known, in Prometheus's words."""

    ca_file: Annotated[File, AfterValidator(_authorities)] | None = None
    """The certificates to trust instead of the system's."""

    cert_file: File | None = None
    """The client certificate."""

    key_file: File | None = None
    """The client certificate's private key."""

    insecure_skip_verify: bool = False
    """Trust any certificate."""

    # A renewed certificate makes other settings of the same paths, so that a reload takes it.
    _held: bytes = PrivateAttr(default=b"")

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file belong together; give both or none")
        if self.cert_file is not None:
            self._require_pair(self.cert_file)
        files = (self.ca_file, self.cert_file, self.key_file)
        digests = [hashlib.sha256(file.read_bytes()).digest() for file in files if file is not None]
        self._held = b"".join(digests)
        return self

    def _require_pair(self, cert_file: Path) -> None:
        """Raise ValueError where the certificate and the key cannot be used together."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            # Without a password at hand an encrypted key would have it asked for on the terminal.
            context.load_cert_chain(cert_file, self.key_file, password="")
        except ssl.SSLError as error:
            what = "hold no certificate or no key in PEM, or one with a password"
            if error.reason == "KEY_VALUES_MISMATCH":
                what = "do not belong to each other"
            raise ValueError(f"cert_file and key_file {what}") from error
