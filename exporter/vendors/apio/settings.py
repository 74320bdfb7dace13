"""What an operator configures for a target at APIO."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from exporter.settings import Secret, TargetSettings, Text

_SENDABLE = re.compile(r"[!-~]+")


def _path(text: str) -> str:
    if not _SENDABLE.fullmatch(text) or not text.startswith("/") or set("?#") & set(text):
        raise ValueError("not a path: begin with / and leave out spaces, ? and #")
    return text


class ApioSettings(TargetSettings):
    """A target at Netaxis APIO; its `url` is the server's address, paths such as `/api/v1` left out."""

    tenant: Text
    """The tenant's id."""

    group: Text
    """The id of the group in which the agents and supervisors are users."""

    username: Text | None = None
    """Who signs in."""

    password: Secret | None = None
    """That user's password."""

    token: Secret | None = None
    """A bearer token that does not expire, instead of username and password."""

    login_path: Annotated[Text, AfterValidator(_path)] = "/api/v01/auth/login"
    """Where to sign in, behind `url`."""

    call_centers: tuple[Text, ...] = ()
    """Ids of the call centres whose agents are looked up with the supervisors."""

    supervisors: tuple[Text, ...] = ()
    """User ids of supervisors; each is asked for the agents supervised in each call centre."""

    users: tuple[Text, ...] = ()
    """User ids of agents besides those that the supervisors name."""

    concurrency: Annotated[int, Field(ge=1, le=8)] = 8
    """How many requests may be under way at once; a target has no more than 8 connections."""

    call_center_names: bool = True
    """Ask for the names of call centres (`enrichCcInfo`), which costs the server some work."""

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        pair = (self.username, self.password)
        if self.token is not None and pair != (None, None):
            raise ValueError("token stands instead of username and password; give only one way to sign in")
        if self.token is None and None in pair:
            raise ValueError("no way to sign in: give username and password, or token")
        if self.token is not None and not _SENDABLE.fullmatch(self.token.get_secret_value()):
            raise ValueError("token holds characters that no header can carry")
        return self

    @model_validator(mode="after")
    def _a_way_to_find_agents(self) -> Self:
        if self.supervisors and not self.call_centers:
            raise ValueError("supervisors are asked about call centres: give call_centers too")
        if not self.supervisors and not self.users:
            raise ValueError("no way to find agents: give supervisors with call_centers, or users")
        return self
