"""The settings of a target in a recording: what determines its requests and series, without names and secrets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, get_origin

from pydantic import SecretStr

from exporter.recording.anonymiser import Anonymiser
from exporter.settings import TargetSettings, matches

SECRET: Final = "not-recorded-000000"  # noqa: S105 - stands for every secret
# How the vendor is reached, and pages of others.
_LEFT_OUT: Final = frozenset({"vendor", "tls_config", "proxy_url", "no_proxy", "status_page_url"})
# Numbers, durations and words of the configuration; none of them names anything of the contact centre.
_PLAIN: Final = frozenset({"poll", "agents", "trunks", "limits", "contacts", "timezone", "day_starts", "resources"})
_WILDCARDS: Final = frozenset("*?[")


class SettingsAnonymiser:
    """Anonymises the settings of one target."""

    def __init__(self, anonymiser: Anonymiser, texts: Iterable[str]) -> None:
        """Prepare.

        Args:
            anonymiser: Anonymises values as in the answers.
            texts: All texts in the answers, which patterns are compared with.
        """
        self._anonymiser = anonymiser
        self._texts = sorted(set(texts))

    def settings(self, target: TargetSettings) -> Mapping[str, Any]:
        """Return the configured settings, anonymised; secrets are replaced by one text."""
        values = {"url": target.url, **target.model_dump(exclude_unset=True, exclude=set(_LEFT_OUT))}
        return {key: self._setting(target, key, value) for key, value in values.items()}

    def _setting(self, target: TargetSettings, key: str, value: Any) -> object:  # noqa: ANN401 - any setting
        if key == "name":
            return self._anonymiser.pseudonym(str(value))
        if key == "select":
            return {kind: self._choice(kind, choice) for kind, choice in value.items()}
        if key == "thresholds":
            return [{**each, "queue": queue} for each in value for queue in self._patterns([each["queue"]])]
        if key == "channels":
            return {name: channel for pattern, channel in value.items() for name in self._patterns([pattern])}
        is_word = get_origin(type(target).model_fields[key].annotation) is Literal
        return _without_secrets(value) if is_word or key in _PLAIN else self._data(key, value)

    def _data(self, key: str, value: object) -> object:
        """Return a setting that may name something."""
        match value:
            case SecretStr():
                return SECRET
            case Mapping():
                return {self._name(str(name)): self._data(key, each) for name, each in value.items()}
            case list() | tuple():
                return [self._data(key, each) for each in value]
            case str():
                return self._name(value)
            case _:
                return value

    def _name(self, text: str) -> str:
        """Return the pseudonym of a name, or a path or URL with those of its parts."""
        return self._anonymiser.text(text, "identity")

    def _choice(self, kind: str, choice: Mapping[str, Sequence[str] | None]) -> object:
        if kind == "families":
            return choice
        return {key: patterns and list(self._patterns(patterns)) for key, patterns in choice.items()}

    def _patterns(self, patterns: Iterable[str]) -> Iterator[str]:
        """Yield the pseudonyms of patterns; one with wildcards is replaced by all texts that it matches."""
        for pattern in patterns:
            found = [text for text in self._texts if matches(text, pattern)] if _WILDCARDS & set(pattern) else []
            yield from map(self._name, found or [pattern])


def _without_secrets(value: object) -> object:
    match value:
        case SecretStr():
            return SECRET
        case Mapping():
            return {str(key): _without_secrets(each) for key, each in value.items()}
        case list() | tuple():
            return [_without_secrets(each) for each in value]
        case _:
            return value


def digits_in(value: object) -> Iterator[str]:
    """Yield the texts of digits in settings: they name something."""
    match value:
        case Mapping():
            for key, each in value.items():
                yield from digits_in(str(key))
                yield from digits_in(each)
        case list() | tuple():
            for each in value:
                yield from digits_in(each)
        case str() if value.isascii() and value.isdigit():
            yield value
