"""The keys of a definition that describe how a target signs in."""

from typing import Annotated, Any, Literal

from pydantic import Field

from exporter.settings import FrozenModel, Text
from exporter.vendors.definitions.key_types import HeaderName, PathText, RequestPath


class Basic(FrozenModel):
    """HTTP basic authentication."""

    username: Text
    """User name."""

    password: Text
    """Password."""


class Header(FrozenModel):
    """A header that authenticates requests."""

    name: HeaderName
    """Name of the header."""

    value: Text
    """Its value."""


class OAuth(FrozenModel):
    """OAuth 2.0 client credentials."""

    token_url: Text
    """Address of the token endpoint, which may have another origin than the target."""

    client_id: Text
    """Id of the client."""

    client_secret: Text
    """Secret of the client."""

    send: Literal["body", "basic"] = "body"
    """Whether the credentials are in the form or in an `Authorization` header."""

    scope: Text | None = None
    """Requested scope."""

    form: dict[Text, str] = Field(default_factory=dict)
    """Further fields of the form."""

    query: dict[Text, str] = Field(default_factory=dict)
    """Query parameters; never secrets."""

    token: PathText = "access_token"  # noqa: S105 - a path
    """Path of the token in the response."""

    lifetime: PathText = "expires_in"
    """Path of the seconds for which it is valid."""

    header: Header = Header(name="Authorization", value="Bearer {token}")
    """How the token is sent."""


class Logout(FrozenModel):
    """The request that ends a session; exactly one of post and delete."""

    post: RequestPath | None = None
    """Path of a POST request."""

    delete: RequestPath | None = None
    """Path of a DELETE request."""


class Session(FrozenModel):
    """A form or JSON login that returns a token or a cookie."""

    post: RequestPath
    """Path of the request below the target's URL."""

    form: dict[Text, str] | None = None
    """Form fields of the body."""

    json_body: Annotated[Any, Field(alias="json")] = None
    """JSON body."""

    headers: dict[HeaderName, str] = Field(default_factory=dict)
    """Headers of the request."""

    basic: Basic | None = None
    """HTTP basic authentication of the request."""

    token: PathText | None = None
    """Path of the token in the response."""

    lifetime: PathText | None = None
    """Path of the seconds for which it is valid."""

    header: Header | None = None
    """How the token is sent."""

    cookie: bool = False
    """Whether the session is in the cookies of the response."""

    logout: Logout | None = None
    """The request that ends the session."""


class Login(FrozenModel):
    """How a target signs in; at most one of the keys."""

    basic: Basic | None = None
    """HTTP basic authentication."""

    header: Header | None = None
    """A header with a key or a fixed token."""

    oauth: OAuth | None = None
    """OAuth 2.0 client credentials."""

    session: Session | None = None
    """A form or JSON login."""
