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
# bcrypt uses only these bytes of a password; this library rejects longer ones, others truncate them.
_PASSWORD_BYTES: Final = 72
_COSTS: Final = range(4, 32)
# A valid hash of an arbitrary password, without the cost.
_DUMMY_HASH: Final = "QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi"
# The cached outcomes of each kind; enough for a few users with a few wrong passwords.
_MOST_OUTCOMES: Final = 100


def _user(name: str) -> str:
    if ":" in name:
        raise ValueError("user name must not contain a colon")
    return name


def _bcrypt_hash(secret: SecretStr) -> SecretStr:
    parts = _HASH.fullmatch(secret.get_secret_value())
    if parts is None or int(parts["cost"]) not in _COSTS:
        raise ValueError("not a bcrypt hash; create one with htpasswd -nBC 10 USER")
    try:
        # The lowest cost checks the salt within a millisecond.
        bcrypt.hashpw(b"", f"$2b$04${parts['salt']}".encode())
    except ValueError:
        # The original message may contain the hash.
        raise ValueError("bcrypt hash with an invalid salt") from None
    return secret


Users = dict[Annotated[str, AfterValidator(_user)], Annotated[Secret, AfterValidator(_bcrypt_hash)]]
"""The users with the bcrypt hashes of their passwords."""


class Credentials(NamedTuple):
    """The user name and password sent by a client."""

    user: str
    password: str


class BasicAuthenticator:
    """Checks passwords with bcrypt, caching the outcome per user and password because bcrypt is slow by design.

    The cache is keyed by a keyed hash, so that no password stays in memory. Valid and invalid credentials are cached
    separately, so that guesses never evict valid ones.
    """

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self._outcomes: dict[bool, OrderedDict[bytes, None]] = {True: OrderedDict(), False: OrderedDict()}
        # One check at a time: a flood of guesses occupies one core, not all.
        self._lock = asyncio.Lock()

    async def authenticate(self, credentials: Credentials | None, users: Mapping[str, SecretStr]) -> bool:
        """Return whether the credentials are those of a user.

        Checking an unknown user takes as long as a known one, so that timing does not reveal user names.
        """
        if credentials is None:
            return False
        known = users.get(credentials.user)
        hashed = (known.get_secret_value() if known else _dummy_hash(users)).encode()
        password = credentials.password.encode()[:_PASSWORD_BYTES]
        digest = self._digest(credentials.user.encode(), hashed, password)
        outcome = self._cached(digest)
        if outcome is None:
            async with self._lock:
                outcome = self._cached(digest)
                if outcome is None:
                    matches = await asyncio.to_thread(bcrypt.checkpw, password, hashed)
                    outcome = matches and known is not None
                    self._cache(digest, outcome=outcome)
        return outcome

    def _digest(self, *parts: bytes) -> bytes:
        digest = hashlib.blake2b(key=self._key)
        for part in parts:
            digest.update(len(part).to_bytes(8))
            digest.update(part)
        return digest.digest()

    def _cached(self, digest: bytes) -> bool | None:
        for outcome, digests in self._outcomes.items():
            if digest in digests:
                digests.move_to_end(digest)
                return outcome
        return None

    def _cache(self, digest: bytes, *, outcome: bool) -> None:
        digests = self._outcomes[outcome]
        digests[digest] = None
        if len(digests) > _MOST_OUTCOMES:
            digests.popitem(last=False)


def read_credentials(header: str | None) -> Credentials | None:
    """Return the credentials of an `Authorization` header, None if it is not valid basic authentication."""
    scheme, _, encoded = (header or "").strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = b64decode(encoded.strip(), validate=True).decode()
    except ValueError:
        return None
    user, colon, password = text.partition(":")
    return Credentials(user, password) if colon else None


def _dummy_hash(users: Mapping[str, SecretStr]) -> str:
    """Return a hash that matches no password, with the highest cost among the users' hashes."""
    costs = (hashed.get_secret_value().split("$")[2] for hashed in users.values())
    return f"$2b${max(costs)}${_DUMMY_HASH}"
