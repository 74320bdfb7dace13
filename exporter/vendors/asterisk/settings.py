"""Settings of a target at Asterisk."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, SecretStr

from exporter.settings import Secret, TargetSettings, Text

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _header(text: str) -> str:
    """Return a value that is sent as an AMI header, which ends with the line."""
    if _CONTROL.search(text):
        raise ValueError("must not contain line breaks or control characters")
    return text


def _secret_header(secret: SecretStr) -> SecretStr:
    _header(secret.get_secret_value())
    return secret


class AsteriskSettings(TargetSettings):
    """A target at Asterisk; `url` is the address of its HTTP server, with the `prefix` of http.conf if there is one."""

    username: Annotated[Text, AfterValidator(_header)]
    """AMI user, a section of manager.conf."""

    secret: Annotated[Secret, AfterValidator(_secret_header)]
    """Secret of that user."""

    service_level: Literal["answered", "all"] = "answered"
    """Service level to export: `answered` for `ServicelevelPerf`, of answered calls only; `all` for
    `ServicelevelPerf2`, in which a call that left unanswered within the threshold counts as a success."""

    trunk_endpoints: tuple[Text, ...] = ()
    """Patterns of the names of PJSIP endpoints that are trunks; if empty, those with an outbound registration."""
