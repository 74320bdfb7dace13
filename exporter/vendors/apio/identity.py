"""Names for agents that are no addresses: BroadWorks' user ids look like `anna@sip.example` or `+3225126778@…`."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable

# Numbers people dial have nine digits or more; the numbers companies give their staff have fewer.
_PHONE = re.compile(r"\+?\d*(\d{4})(?<=\d{9})", re.ASCII)
_ADDRESS = re.compile(r"[^\s/\"'<>:,;()=]+@[^\s/\"'<>:,;()=]+|\+?\d{9,}")


def agent_ids(users: Iterable[str]) -> dict[str, str]:
    """Return the id that each user id is shown as.

    That is the part before the `@`, of a telephone number its last four digits. Where two users would be shown alike,
    in two domains or with two such numbers, each gets a hash of the whole besides: it tells them apart, stays the same
    from poll to poll, and does not depend on who was found first.
    """
    short = {user: _short(user) for user in users}
    times = Counter(short.values())
    return {user: name if times[name] == 1 else f"{name}…{_digest(user)}" for user, name in short.items()}


def without_addresses(message: str) -> str:
    """Return a message for logs and the status page with whatever looks like an address or a number of people cut."""
    return _ADDRESS.sub("…", message)


def _short(user: str) -> str:
    local = user.partition("@")[0] or "…"
    phone = _PHONE.fullmatch(local)
    return f"…{phone[1]}" if phone else local


def _digest(user: str) -> str:
    return hashlib.sha256(user.encode("utf-8", "surrogatepass")).hexdigest()[:8]
