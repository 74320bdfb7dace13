"""Errors shared between packages, distinguished by type."""

from dataclasses import dataclass
from enum import StrEnum

from exporter.redaction import clean_label, without_secrets


class Reason(StrEnum):
    """Why a poll failed; the `reason` label of `poll_failures_total`."""

    TIMEOUT = "timeout"
    CONNECTION = "connection"
    TLS = "tls"
    AUTH = "auth"
    THROTTLED = "throttled"
    HTTP = "http"
    DECODE = "decode"
    INVALID = "invalid"
    LIMIT = "limit"


class PollError(Exception):
    """A vendor did not return a usable response.

    The message may repeat parts of the response; known secrets are redacted when the error is created.

    Attributes:
        reason: The kind of failure.
        retry_after: The delay in seconds requested by the vendor; None if it requested none.
        unmapped: The field and value of everything in the failed response that has no mapping.
        sign_in: Whether the vendor refused the credentials of the target; repeated refusals lock accounts.
    """

    def __init__(
        self,
        reason: Reason,
        message: str,
        *,
        retry_after: float | None = None,
        unmapped: tuple[tuple[str, str], ...] = (),
        sign_in: bool = False,
    ) -> None:
        super().__init__(without_secrets(message))
        self.reason = reason
        self.retry_after = retry_after
        self.unmapped = unmapped
        self.sign_in = sign_in


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem in a configuration, with its location.

    Attributes:
        place: The location, such as `contactcenter.yml:12: targets[0].url`.
        message: The error message, with a suggestion if a known name is similar.
    """

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class ConfigError(Exception):
    """A configuration is invalid.

    A place contains keys of the file; a secret that was written as a key by mistake is redacted.

    Attributes:
        problems: All problems, in the order of the file.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = tuple(Problem(clean_label(each.place), clean_label(each.message)) for each in problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class NotOwnedError(KeyError):
    """A target is known but polled by another replica.

    Attributes:
        message: The message for the client that requested it.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UsageError(ConfigError):
    """A command line is invalid."""
