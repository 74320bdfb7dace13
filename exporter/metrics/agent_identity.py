"""Under which identity a single agent is shown: none, a pseudonym, the vendor's id, or id and name.

Vendors let people sign in with their e-mail address or telephone number, and so make it their id. Neither is shown, in
no mode: what stands for it tells agents apart and stays the same, and no more.
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
# Nine digits are the shortest number of a subscriber with its area; extensions and personnel numbers are shorter.
_NUMBER: Final = re.compile(r"(?<![\w.-])\+?\d(?:[ ()/.-]{0,2}\d){8,14}(?![\w-])")
_ADDRESS: Final = re.compile(r"[^\s<>()\"',;:]*@[^\s<>()\"',;:]*")
# Those of all agents of many large centres, which come anew with every poll.
_MOST_IDENTITIES: Final = 1 << 16


@lru_cache(maxsize=_MOST_IDENTITIES)
def shown_id(own: str) -> str:
    """Return an id as it may be shown: of an e-mail address what stands before the @, of a telephone number nothing.

    A hash of the whole keeps those apart that look alike then.
    """
    local, at, _ = own.partition("@")
    kept = "" if _NUMBER.fullmatch(local) else local
    if kept and not at:
        return own
    if not own:
        return ""
    # Where nothing else tells agents apart the hash has to: long enough for no two of ten thousand to be alike.
    digits = 8 if kept else 16
    return f"{kept}{_CUT}{hashlib.sha256(own.encode('utf-8', 'surrogatepass')).hexdigest()[:digits]}"


@lru_cache(maxsize=_MOST_IDENTITIES)
def shown_name(name: str) -> str:
    """Return a name without the e-mail addresses and telephone numbers in it; "" where it is nothing else."""
    without = _NUMBER.sub(_CUT, _ADDRESS.sub(_CUT, name))
    return "" if without.strip() == _CUT else without


def _pseudonym(agent: Agent, key: bytes) -> tuple[str, str]:
    # Surrogates pass, so that an id that is no valid text costs neither the poll nor its difference from another.
    return hmac.digest(key, agent.id.encode("utf-8", "surrogatepass"), "sha256").hex(), ""


IDENTITIES: Final[Mapping[AgentDetail, Callable[[Agent, bytes], tuple[str, str]]]] = {
    "pseudonym": _pseudonym,
    "id": lambda agent, _key: (shown_id(agent.id), ""),
    "name": lambda agent, _key: (shown_id(agent.id), shown_name(agent.name)),
}
"""How an agent is identified, by id and name, where single agents are shown; the key is that of pseudonyms."""
