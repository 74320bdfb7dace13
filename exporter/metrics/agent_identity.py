"""The identity under which a single agent is exported: none, a pseudonym, the vendor's id, or id and name.

Some vendors use e-mail addresses or telephone numbers as ids. Neither is exported in any mode: a stable replacement
keeps agents distinct.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, Literal

from exporter.model import Agent

AgentDetail = Literal["aggregate", "pseudonym", "id", "name"]

_CUT: Final = "…"
# Nine digits are the shortest subscriber number with an area code; extensions and staff numbers are shorter.
_DIGITS: Final = r"\+?\d(?:[\s()/.\-\u2010-\u2015\u2212]{0,2}\d){8,14}"
# Other text around it makes a name of it ("tel.0201234567"), but a part of an id, such as a UUID. The text of
# an error may contain a whole id.
_NUMBER_IN_NAME: Final = re.compile(rf"\b(?P<id>(?=\d*[A-Fa-f])[\dA-Fa-f]{{24,}})\b|(?<!\d){_DIGITS}(?!\d)")
_NUMBER: Final = re.compile(rf"(?<![\w.-]){_DIGITS}(?![\w-])")
_ADDRESS: Final = re.compile(r"[^\s<>()\"',;:]*@[^\s<>()\"',;:]*")
# All agents of many large contact centres; the same ids come with every poll.
_MAX_IDENTITIES: Final = 1 << 16


@lru_cache(maxsize=_MAX_IDENTITIES)
def exported_id(own: str) -> str:
    """Return an id as it may be exported: the local part of an e-mail address, nothing of one with a telephone number.

    A hash of the original keeps shortened ids distinct.
    """
    local, at, _ = own.partition("@")
    kept = "" if _NUMBER.search(local) else local
    if kept and not at:
        return own
    if not own:
        return ""
    # Without a local part the hash alone identifies the agent: 16 digits make a collision improbable.
    digits = 8 if kept else 16
    return f"{kept}{_CUT}{hashlib.sha256(own.encode('utf-8', 'surrogatepass')).hexdigest()[:digits]}"


@lru_cache(maxsize=_MAX_IDENTITIES)
def exported_name(name: str) -> str:
    """Return a name without e-mail addresses and telephone numbers; "" if nothing else is left."""
    without = _NUMBER_IN_NAME.sub(lambda found: found["id"] or _CUT, _ADDRESS.sub(_CUT, name))
    return "" if without.strip() == _CUT else without


def _pseudonym(agent: Agent, key: bytes) -> tuple[str, str]:
    # Surrogates pass, so that an id with invalid Unicode neither fails the poll nor collides with another.
    return hmac.digest(key, agent.id.encode("utf-8", "surrogatepass"), "sha256").hex(), ""


IDENTITIES: Final[Mapping[AgentDetail, Callable[[Agent, bytes], tuple[str, str]]]] = {
    "pseudonym": _pseudonym,
    "id": lambda agent, _key: (exported_id(agent.id), ""),
    "name": lambda agent, _key: (exported_id(agent.id), exported_name(agent.name)),
}
"""Returns the id and name under which an agent is exported; the key is the pseudonyms' secret."""
