"""HTTP basic authentication against bcrypt hashes."""

import asyncio
import hashlib
import os
import re
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Mapping
from typing import Annotated, Final, NamedTuple

import bcrypt
from pydantic import AfterValidator, SecretStr

from exporter.settings import Secret

CHALLENGE: Final = 'Basic realm="contactcenter-exporter", charset="UTF-8"'

_HASH: Final = re.compile(r"\$2[abxy]\$(?P<cost>\d\d)\$(?P<salt>[./A-Za-z0-9]{22})[./A-Za-z0-9]{31}")
# What bcrypt reads of a password; the library refuses more, others pass over it.
_PASSWORD_BYTES: Final = 72
_COSTS: Final = range(4, 32)
# The hash of nothing in particular, without its cost.
_NOBODYS: Final = "QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi"
# Outcomes remembered of each kind; a few users with a few wrong passwords.
_MOST_OUTCOMES: Final = 100


def _user(name: str) -> str:
    if ":" in name:
        raise ValueError("a user's name cannot hold a colon")
    return name


def _bcrypt_hash(secret: SecretStr) -> SecretStr:
    parts = _HASH.fullmatch(secret.get_secret_value())
    if parts is None or int(parts["cost"]) not in _COSTS:
        raise ValueError("not a bcrypt hash: make one with htpasswd -nBC 10 USER")
    try:
        # The least cost tells in a millisecond whether the salt can be used.
        bcrypt.hashpw(b"", f"$2b$04${parts['salt']}".encode())
    except ValueError:
        # The original might repeat the hash.
        raise ValueError("a bcrypt hash whose salt is damaged") from None
    return secret


Users = dict[Annotated[str, AfterValidator(_user)], Annotated[Secret, AfterValidator(_bcrypt_hash)]]
"""The bcrypt hash of each user's password."""


class Credentials(NamedTuple):
    """Who a client says it is."""

    user: str
    password: str


class BasicAuthenticator:
    """Checks passwords, each pair of user and password once: bcrypt is slow on purpose.

    Outcomes are kept by a keyed hash, so that no password stays in memory, and good and bad ones apart, so that
    guessing never drives out who may come in.
    """

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self._outcomes: dict[bool, OrderedDict[bytes, None]] = {True: OrderedDict(), False: OrderedDict()}
        # One at a time: a flood of guesses occupies one core, not all.
        self._turn = asyncio.Lock()

    async def lets_in(self, credentials: Credentials | None, users: Mapping[str, SecretStr]) -> bool:
        """Return whether somebody is a user and has given the right password.

        An unknown user costs as much time as a known one, so that time does not tell which there are.
        """
        if credentials is None:
            return False
        known = users.get(credentials.user)
        hashed = (known.get_secret_value() if known else _fake(users)).encode()
        password = credentials.password.encode()[:_PASSWORD_BYTES]
        digest = self._digest(credentials.user.encode(), hashed, password)
        outcome = self._remembered(digest)
        if outcome is None:
            async with self._turn:
                outcome = self._remembered(digest)
                if outcome is None:
                    matches = await asyncio.to_thread(bcrypt.checkpw, password, hashed)
                    outcome = matches and known is not None
                    self._remember(digest, outcome=outcome)
        return outcome

    def _digest(self, *parts: bytes) -> bytes:
        digest = hashlib.blake2b(key=self._key)
        for part in parts:
            digest.update(len(part).to_bytes(8))
            digest.update(part)
        return digest.digest()

    def _remembered(self, digest: bytes) -> bool | None:
        for outcome, digests in self._outcomes.items():
            if digest in digests:
                digests.move_to_end(digest)
                return outcome
        return None

    def _remember(self, digest: bytes, *, outcome: bool) -> None:
        digests = self._outcomes[outcome]
        digests[digest] = None
        if len(digests) > _MOST_OUTCOMES:
            digests.popitem(last=False)


def read_credentials(header: str | None) -> Credentials | None:
    """Return what an `Authorization` header says, None where it does not say it as basic authentication does."""
    scheme, _, encoded = (header or "").strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = b64decode(encoded.strip(), validate=True).decode()
    except ValueError:
        return None
    user, colon, password = text.partition(":")
    return Credentials(user, password) if colon else None


def _fake(users: Mapping[str, SecretStr]) -> str:
    """Return nobody's hash, as costly as the costliest of the users'."""
    costs = (hashed.get_secret_value().split("$")[2] for hashed in users.values())
    return f"$2b${max(costs)}${_NOBODYS}"
