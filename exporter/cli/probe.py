"""Probe a running exporter: request a page and exit with 0 if the status is 200."""

import argparse
import base64
import ssl
import sys
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

_DEFAULT_URL: Final = "http://127.0.0.1:10117/-/healthy"
_DEFAULT_TIMEOUT: Final = 5.0
_OK: Final = 200


def main(argv: Sequence[str] | None = None) -> int:
    """Request a page and return 0 if the status is 200; otherwise print the reason and return 1.

    Args:
        argv: The arguments; defaults to those of the process.
    """
    arguments = _parser().parse_args(argv)
    try:
        status = _request(arguments.url, arguments.credentials, arguments.certificate, arguments.timeout)
    except (OSError, HTTPException, ValueError) as error:
        sys.stderr.write(f"{arguments.url}: {error}\n")
        return 1
    if status != _OK:
        sys.stderr.write(f"{arguments.url}: status {status}\n")
    return int(status != _OK)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="contactcenter-exporter-probe", description=__doc__)
    parser.add_argument("url", nargs="?", default=_DEFAULT_URL, help="URL (default: %(default)s)")
    parser.add_argument("--credentials", type=Path, metavar="DIR", help="directory with files username and password")
    parser.add_argument("--certificate", type=Path, metavar="DIR", help="directory with files tls.crt and tls.key")
    parser.add_argument(
        "--timeout", type=float, default=_DEFAULT_TIMEOUT, metavar="SECONDS", help="(default: %(default)g)"
    )
    return parser


def _request(url: str, credentials: Path | None, certificate: Path | None, timeout: float) -> int:
    """Request a page and return the status of the response.

    Raises:
        OSError: A file cannot be read, or the request failed.
        HTTPException: The response is not HTTP.
        ValueError: The URL is invalid.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("invalid URL: expected http://HOST:PORT/PATH or https://HOST:PORT/PATH")
    connection = (
        HTTPSConnection(parts.hostname, parts.port, timeout=timeout, context=_tls(certificate))
        if parts.scheme == "https"
        else HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    )
    try:
        connection.request("GET", parts.path or "/", headers=_authorization(credentials))
        return connection.getresponse().status
    finally:
        connection.close()


def _tls(certificate: Path | None) -> ssl.SSLContext:
    """Return a context that accepts any server certificate, as the kubelet's probes do: the pod is addressed by IP."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if certificate is not None:
        context.load_cert_chain(certificate / "tls.crt", certificate / "tls.key")
    return context


def _authorization(credentials: Path | None) -> dict[str, str]:
    if credentials is None:
        return {}
    username, password = ((credentials / name).read_bytes().rstrip(b"\r\n") for name in ("username", "password"))
    return {"Authorization": f"Basic {base64.b64encode(username + b':' + password).decode()}"}
