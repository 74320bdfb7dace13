"""TLS of the web server: the `tls_server_config` section and the TLS context created from it."""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from exporter.runtime.suggest import hint
from exporter.settings import File, FrozenModel, Secret, Text
from exporter.settings.sections import Mistake

_SUITES: Final = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
}
"""The cipher suites Go considers secure: Go's names and OpenSSL's."""
_SUITES_OF_TLS13: Final = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}
_CURVES: Final = {"CurveP256": "prime256v1", "CurveP384": "secp384r1", "CurveP521": "secp521r1", "X25519": "X25519"}
_VERSIONS: Final = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
_VERIFY: Final = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}


def _not_blank(value: object) -> object:
    if value == "":
        raise ValueError("must not be empty")
    return value


def _supported_version(name: str) -> str:
    if name not in _VERSIONS:
        raise ValueError(f"{name} is not supported because it is insecure; use TLS12 or TLS13")
    return name


def _supported_policy(name: str) -> str:
    if name not in _VERIFY:
        raise ValueError(
            f"{name} is not supported: Python requests client certificates only to verify them; "
            "use VerifyClientCertIfGiven or RequireAndVerifyClientCert"
        )
    return name


def _suite(name: str) -> str:
    if name in _SUITES_OF_TLS13:
        raise ValueError("not supported: TLS 1.3 cipher suites cannot be configured and are always enabled; remove it")
    if name not in _SUITES:
        raise ValueError(f"unknown or insecure cipher suite{hint(name, _SUITES)}")
    return name


def _curve(name: str) -> str:
    if name not in _CURVES:
        raise ValueError(f"unknown curve{hint(name, _CURVES)} (known: {', '.join(_CURVES)})")
    return name


def _one_curve(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(names) > 1:
        raise ValueError("not supported: Python allows either one curve or all; list one, or remove the key")
    return names


_Pem = Annotated[File, BeforeValidator(_not_blank)]
_Version = Annotated[Literal["TLS10", "TLS11", "TLS12", "TLS13"], AfterValidator(_supported_version)]
_Policy = Annotated[
    Literal[
        "NoClientCert",
        "RequestClientCert",
        "RequireClientCert",
        "RequireAnyClientCert",
        "VerifyClientCertIfGiven",
        "RequireAndVerifyClientCert",
    ],
    AfterValidator(_supported_policy),
]


class TlsError(Exception):
    """A certificate or key is invalid.

    Attributes:
        key: The setting that references it.
    """

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


class TlsServerConfig(FrozenModel):
    """The server's certificate, the verification of client certificates, and TLS parameters."""

    cert: Text | None = None
    """The server's certificate chain, PEM."""

    cert_file: _Pem | None = None
    """The file with the server's certificate chain."""

    key: Secret | None = None
    """The private key of the certificate, PEM."""

    key_file: _Pem | None = None
    """The file with the private key of the certificate."""

    client_ca: Text | None = None
    """The CA certificates that verify client certificates, PEM."""

    client_ca_file: _Pem | None = None
    """The file with the CA certificates that verify client certificates."""

    client_auth_type: _Policy = "NoClientCert"
    """Whether client certificates are requested and required."""

    client_allowed_sans: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    """The subject alternative names allowed in a client certificate; one must match, and by default all do."""

    min_version: _Version = "TLS12"
    """The minimum TLS version."""

    max_version: _Version = "TLS13"
    """The maximum TLS version."""

    cipher_suites: tuple[Annotated[str, AfterValidator(_suite)], ...] = ()
    """The TLS 1.2 cipher suites by Go's names; OpenSSL's defaults if empty."""

    prefer_server_cipher_suites: bool = True
    """Whether the server's order of cipher suites takes precedence over the client's."""

    curve_preferences: Annotated[tuple[Annotated[str, AfterValidator(_curve)], ...], AfterValidator(_one_curve)] = ()
    """The curve of the key exchange; all that OpenSSL supports if empty."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.min_version > self.max_version:
            raise ValueError("min_version is greater than max_version")
        return self

    def mistakes(self) -> Iterator[Mistake]:
        """Yield errors in the combination of values."""
        for key in ("cert", "key", "client_ca"):
            if getattr(self, key) is not None and getattr(self, f"{key}_file") is not None:
                yield Mistake(f"{key}_file", f"conflicts with {key}; set only one of them")
        for key in ("cert", "key"):
            if getattr(self, key) is None and getattr(self, f"{key}_file") is None:
                yield Mistake(key, f"missing; set {key} or {key}_file")
        verifies = self.client_auth_type != "NoClientCert"
        if self._has_client_ca and not verifies:
            yield Mistake(
                "client_auth_type", "missing; client_ca requires VerifyClientCertIfGiven or RequireAndVerifyClientCert"
            )
        if verifies and not self._has_client_ca:
            # Go falls back to the system's CAs, which admits clients with any publicly trusted certificate.
            yield Mistake("client_auth_type", "requires client_ca or client_ca_file to verify client certificates")
        if self.client_allowed_sans and self.client_auth_type != "RequireAndVerifyClientCert":
            message = "requires client_auth_type RequireAndVerifyClientCert; else clients need no certificate"
            yield Mistake("client_allowed_sans", message)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files to reload the TLS context for when they change."""
        return tuple(file for file in (self.cert_file, self.key_file, self.client_ca_file) if file is not None)

    @property
    def _has_client_ca(self) -> bool:
        return self.client_ca is not None or self.client_ca_file is not None

    def allows(self, certificate: Any) -> bool:  # noqa: ANN401 - as the library returns it
        """Return whether a verified client certificate, as returned by `getpeercert`, has an allowed name."""
        if self.client_allowed_sans is None:
            return True
        names = {_comparable(value) for _kind, value in (certificate or {}).get("subjectAltName", ())}
        return not names.isdisjoint(map(_comparable, self.client_allowed_sans))


def server_context(config: TlsServerConfig) -> ssl.SSLContext:
    """Return the TLS context of the server.

    Raises:
        TlsError: A certificate or the key is invalid.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[config.min_version]
    context.maximum_version = _VERSIONS[config.max_version]
    context.set_alpn_protocols(["http/1.1"])
    _load_certificate(context, config)
    if config.cipher_suites:
        context.set_ciphers(":".join(_SUITES[name] for name in config.cipher_suites))
    if not config.prefer_server_cipher_suites:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    for name in config.curve_preferences:
        context.set_ecdh_curve(_CURVES[name])
    context.verify_mode = _VERIFY[config.client_auth_type]
    if context.verify_mode is not ssl.CERT_NONE:
        _load_client_ca(context, config)
    return context


def _load_certificate(context: ssl.SSLContext, config: TlsServerConfig) -> None:
    try:
        with (
            _file("cert", config.cert_file, config.cert) as cert,
            _file("key", config.key_file, config.key) as key,
        ):
            # Without this empty password, OpenSSL would prompt for one on the terminal if the key is encrypted.
            context.load_cert_chain(cert, key, password="")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise TlsError(
                "key_file" if config.key_file else "key", "private key does not match the certificate"
            ) from error
        message = "not a PEM certificate with an unencrypted PEM private key"
        raise TlsError("cert_file" if config.cert_file else "cert", message) from error
    except OSError as error:
        raise TlsError(
            "cert_file" if config.cert_file else "cert", f"cannot read the file: {error.strerror}"
        ) from error


def _load_client_ca(context: ssl.SSLContext, config: TlsServerConfig) -> None:
    key = "client_ca_file" if config.client_ca_file else "client_ca"
    try:
        context.load_verify_locations(config.client_ca_file, cadata=config.client_ca)
    except (OSError, TypeError) as error:  # TypeError for non-ASCII text
        raise TlsError(key, "not a PEM certificate") from error
    if not context.get_ca_certs():
        raise TlsError(key, "contains no CA certificate")


@contextmanager
def _file(key: str, path: Path | None, text: str | SecretStr | None) -> Iterator[Path]:
    """Yield the path of a file; text is written to an in-memory file, because the library reads only files."""
    if path is not None:
        yield path
        return
    if not hasattr(os, "memfd_create"):
        raise TlsError(key, f"not supported on this system, which lacks in-memory files; use {key}_file")
    plain = text.get_secret_value() if isinstance(text, SecretStr) else text or ""
    with os.fdopen(os.memfd_create("pem"), "wb") as file:
        file.write(plain.encode())
        file.flush()
        yield Path(f"/proc/self/fd/{file.fileno()}")


def _comparable(name: str) -> str:
    """Return a name in comparable form: IP addresses normalised, other names unchanged."""
    try:
        return str(ip_address(name))
    except ValueError:
        return name
