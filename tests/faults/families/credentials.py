"""Refused and expired credentials."""

from collections.abc import Mapping

from tests.faults.fault import Fault
from tests.faults.proxy import Exchange, Proxy, Responder
from tests.support.recorded_dialect import recorded_dialects

_LOGIN_PAGE = b"<!DOCTYPE html><html><title>Sign in</title><form></form></html>"


async def _refuse(exchange: Exchange) -> None:
    await exchange.answer(b"{}", 401)


async def _refuse_known(exchange: Exchange) -> None:
    await refuse_known_with(exchange, b"{}", 401)


async def _forbid_known(exchange: Exchange) -> None:
    await refuse_known_with(exchange, b"{}", 403)


async def _show_login_page(exchange: Exchange) -> None:
    await refuse_known_with(exchange, _LOGIN_PAGE, 200)


async def _redirect_to_login_page(exchange: Exchange) -> None:
    if b" /login.html " in exchange.request.start:
        await exchange.answer(_LOGIN_PAGE, headers={"Content-Type": "text/html"})
    else:
        await refuse_known_with(exchange, b"", 302, {"Location": "/login.html"})


async def refuse_known_with(
    exchange: Exchange, body: bytes, status: int, headers: Mapping[str, str] | None = None
) -> None:
    """Refuse earlier credentials, except for the first request, so that they end within a poll."""
    proxy, request = exchange.proxy, exchange.request
    if proxy.requests > 1 and not request.signs_in and request.credentials in proxy.expired:
        await exchange.answer(body, status, headers)
    else:
        await exchange.send((await exchange.good()).encoded())


async def _expire(proxy: Proxy) -> None:
    proxy.expired = set(proxy.credentials)
    proxy.requests = 0


_NO_TOKENS = {"axialys": "no tokens"} | {
    dialect.name: "no tokens" for dialect in recorded_dialects() if not dialect.has_tokens
}


def ended(name: str, respond: Responder, not_applicable: Mapping[str, str] | None = None) -> Fault:
    """Return a fault that begins with the end of every session.

    Args:
        name: Its name on the page.
        respond: Refuses the credentials of before.
        not_applicable: Reasons by vendor for not injecting it.
    """
    sessions = {"sinch": {"auth": "ecfauth"}}
    return Fault(
        name,
        respond,
        begin=_expire,
        settings=sessions,
        not_applicable={**_NO_TOKENS, **(not_applicable or {})},
    )


FAULTS = (
    Fault("token refused", _refuse, pause=60.0),
    ended("token expired within a poll", _refuse_known),
    ended("session ended with 403", _forbid_known),
    ended("session ended with a login page", _show_login_page),
    ended("session ended with a redirect to a login page", _redirect_to_login_page),
)
