"""Makes the settings model of a target from the settings of a definition."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, create_model

from exporter.runtime.suggest import hint
from exporter.settings import BaseUrl, Secret, TargetSettings, Text, Url, Zone
from exporter.vendors.definitions.language import Definition, Setting

RESERVED: Final = frozenset({"id", "ids", "now", "today", "token", "tomorrow"})
"""Names of substitutions that no setting can have."""

_TYPES: Final[Mapping[str, Any]] = {
    "text": Text,
    "secret": Secret,
    "number": float,
    "boolean": bool,
    "url": Url,
    "zone": Zone,
    "list": tuple[Text, ...],
}


class DefinedSettings(TargetSettings):
    """A target at a vendor that is described by a definition."""

    sign_in_keys: ClassVar[frozenset[str]] = frozenset()
    """Settings that identify the account."""

    def account(self) -> tuple[str, ...]:
        """Return what identifies the account at the vendor and its credentials, without secrets."""
        own = sorted(self.sign_in_keys)
        return (*super().account(), *(str(getattr(self, key)) for key in own))


def settings_model(definition: Definition, sign_in_keys: frozenset[str]) -> type[TargetSettings]:
    """Return the settings model of a target.

    Args:
        definition: The definition.
        sign_in_keys: Settings that the sign-in contains, other than secrets.
    """
    fields: dict[str, Any] = {key: _field(setting) for key, setting in definition.settings.items()}
    if definition.url is not None:
        fields["url"] = (BaseUrl, Field(default=definition.url, description="Base URL of the vendor's API."))
    name = "".join(word.capitalize() for word in definition.vendor.split("-"))
    model: type[DefinedSettings] = create_model(
        f"{name}Settings",
        __base__=DefinedSettings,
        __doc__=f"A target at {definition.title}.",
        __module__=__name__,
        **fields,
    )
    model.sign_in_keys = sign_in_keys
    return model


def mistakes(settings: Mapping[str, Setting]) -> Iterator[tuple[str, str]]:
    """Yield each mistake of the settings with the name of the setting."""
    for name, setting in settings.items():
        if not name.isidentifier() or not name.isascii() or name != name.lower() or name.startswith("_"):
            yield name, "use lower-case letters, digits and underscores"
        if name in RESERVED:
            yield name, "is the name of another substitution"
        if name.removesuffix("_file") in TargetSettings.model_fields:
            yield name, "is a key of every target"
        if (setting.type == "choice") != bool(setting.choices):
            yield name, "a choice needs choices, and other types have none"
        if setting.default is not None and setting.type == "secret":
            yield name, "a secret has no default"
        if setting.type == "choice" and setting.default is not None and setting.default not in setting.choices:
            yield name, f"default is not one of the choices{hint(str(setting.default), setting.choices)}"
        if (setting.min is not None or setting.max is not None) and setting.type != "number":
            yield name, "only a number has min and max"


def written(settings: TargetSettings, definition: Definition) -> dict[str, str | None]:
    """Return the values of a target's settings as text, secrets included; None for one that is not set."""
    return {key: _text(getattr(settings, key)) for key in (*definition.settings, "url", "timezone")}


def typed(settings: TargetSettings, definition: Definition) -> dict[str, float | bool]:
    """Return the settings that are numbers or booleans."""
    values = {key: getattr(settings, key) for key in definition.settings}
    return {key: _whole(value) for key, value in values.items() if isinstance(value, bool | float)}


def applies(when: Mapping[str, str | tuple[str, ...]], settings: Mapping[str, object]) -> bool:
    """Return whether all settings of a condition have one of its values.

    Args:
        when: The values by setting.
        settings: The values of the target's settings as text.
    """
    return all(settings.get(name) in ([wanted] if isinstance(wanted, str) else wanted) for name, wanted in when.items())


def _field(setting: Setting) -> tuple[Any, Any]:
    kind = Literal[setting.choices] if setting.type == "choice" else _TYPES[setting.type]
    if setting.type == "number":
        kind = Annotated[float, Field(ge=setting.min, le=setting.max, allow_inf_nan=False)]
    default: Any = ... if setting.default is None and not setting.optional else setting.default
    if default is None:
        kind = kind | None
    return kind, Field(default=default, description=setting.description or None, validate_default=default is not None)


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(_whole(value))
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _whole(value: float) -> float:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def is_zone(name: str) -> bool:
    """Return whether a text is the name of a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
