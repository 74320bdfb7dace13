"""The few errors that cross a module's border, each told apart by type."""

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
    """A vendor did not give a usable answer.

    Its message may repeat what the vendor said: known secrets are taken out of it at once, so that it can be shown.

    Attributes:
        reason: What kind of failure it was.
        retry_after: Seconds the vendor asks us to wait, None where it did not say.
        unmapped: What had no meaning for us in the answer that could not be used: field, and word or value.
    """

    def __init__(
        self,
        reason: Reason,
        message: str,
        *,
        retry_after: float | None = None,
        unmapped: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(without_secrets(message))
        self.reason = reason
        self.retry_after = retry_after
        self.unmapped = unmapped


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a configuration, with its place.

    Attributes:
        place: Where it stands, such as `contactcenter.yml:12: targets[0].url`.
        message: What is wrong and, where one is near, what was probably meant.
    """

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class ConfigError(Exception):
    """A configuration cannot be used.

    A place names keys as the file has them: one that is a secret by mistake is taken out, as it is of labels.

    Attributes:
        problems: Every mistake found, in the order of the file.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = tuple(Problem(clean_label(each.place), clean_label(each.message)) for each in problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class NotOwnedError(KeyError):
    """A target is known but polled by another replica.

    Attributes:
        told: What to tell who asked for it.
    """

    def __init__(self, told: str) -> None:
        super().__init__(told)
        self.told = told


class UsageError(ConfigError):
    """A command line asks for nothing there is."""
