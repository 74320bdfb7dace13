"""Settings of a target at APIO."""

import re
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from exporter.settings import HeaderSecret, Secret, TargetSettings, Text

_SENDABLE = re.compile(r"[!-~]+")


def _path(text: str) -> str:
    if not _SENDABLE.fullmatch(text) or not text.startswith("/") or set("?#") & set(text):
        raise ValueError("not a path: must begin with / and contain no spaces, ? or #")
    return text


class ApioSettings(TargetSettings):
    """A target at Netaxis APIO; `url` is the server's address without a path such as `/api/v1`."""

    polled_in_rounds: ClassVar[bool] = True

    tenant: Text
    """Tenant id."""

    group: Text
    """Id of the group that the agents and supervisors belong to."""

    username: Text | None = None
    """User to sign in as."""

    password: Secret | None = None
    """Password of that user."""

    token: HeaderSecret | None = None
    """Bearer token that does not expire, as an alternative to `username` and `password`."""

    login_path: Annotated[Text, AfterValidator(_path)] = "/api/v01/auth/login"
    """Path of the sign-in endpoint below `url`."""

    call_centers: tuple[Text, ...] = ()
    """Ids of the call centres whose agents are listed, in combination with `supervisors`."""

    supervisors: tuple[Text, ...] = ()
    """User ids of supervisors; the supervised agents of each are requested for each call centre."""

    users: tuple[Text, ...] = ()
    """User ids of further agents, in addition to the supervised ones."""

    concurrency: Annotated[int, Field(ge=1, le=8)] = 8
    """Maximum number of concurrent requests; a target uses at most 8 connections."""

    call_center_names: bool = True
    """Request the names of call centres (`enrichCcInfo`), which causes some load on the server."""

    @model_validator(mode="after")
    def _has_credentials(self) -> Self:
        pair = (self.username, self.password)
        if self.token is not None and pair != (None, None):
            raise ValueError("token conflicts with username and password; set only one of them")
        if self.token is None and None in pair:
            raise ValueError("missing credentials: set username and password, or token")
        return self

    @model_validator(mode="after")
    def _has_agents(self) -> Self:
        if self.supervisors and not self.call_centers:
            raise ValueError("supervisors requires call_centers")
        if not self.supervisors and not self.users:
            raise ValueError("no agents configured: set supervisors with call_centers, or users")
        return self
