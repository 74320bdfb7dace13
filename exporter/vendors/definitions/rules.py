"""What a definition must fulfil as a whole: references between its parts, and no value that is exported twice."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from exporter.model import Agent
from exporter.runtime.suggest import hint
from exporter.settings import Place
from exporter.settings.loading.problems import Findings
from exporter.vendors.definitions import settings_model
from exporter.vendors.definitions.fields import FieldSpec
from exporter.vendors.definitions.form_rules import setting_mistake
from exporter.vendors.definitions.forms import Form, FromSetting, joined_value
from exporter.vendors.definitions.language import Definition, SettingReference
from exporter.vendors.definitions.model_fields import MODELS, ModelField
from exporter.vendors.definitions.parsed import fed_by, kinds_of

# Fields that several resources may list: they identify an item.
_IDENTITY: Final = frozenset({"id", "name", "channel", "group"})


def check_definition(definition: Definition, fields: Mapping[str, Sequence[FieldSpec]], findings: Findings) -> None:
    """Report what is wrong with a definition as a whole."""
    for name, message in settings_model.mistakes(definition.settings):
        findings.add(("settings", name), message)
    _check_zone(definition, findings)
    for name, resource in definition.resources.items():
        place = ("resources", name)
        kinds = kinds_of(resource)
        if len(kinds) != 1:
            findings.add(place, f"needs exactly one of the keys {', '.join(MODELS)}")
            continue
        for message in _when_mistakes(definition, resource.when):
            findings.add((*place, "when"), message)
        if resource.only is not None and resource.only.list not in definition.lists:
            findings.add((*place, "only", "list"), _unknown("list", resource.only.list, definition.lists))
        for field, form in fed_by(fields.get(name, ())):
            _check_references(definition, field, form, (*place, kinds[0]), findings)
    _check_duplicates(definition, fields, findings)


def _check_zone(definition: Definition, findings: Findings) -> None:
    zone = definition.day.zone
    if isinstance(zone, SettingReference):
        setting = definition.settings.get(zone.setting)
        if setting is None or setting.type != "zone":
            findings.add(("day", "zone", "setting"), f"{zone.setting} is not a setting of the type zone")
    elif zone is not None and not settings_model.is_zone(zone):
        findings.add(("day", "zone"), "not a time zone: use a name such as Europe/Paris")


def _check_references(definition: Definition, field: ModelField, form: Form, place: Place, findings: Findings) -> None:
    """Report settings and lists that a form refers to and that do not exist."""
    for message in _when_mistakes(definition, form.when):
        findings.add(place, f"when: {message}")
    if isinstance(form, FromSetting):
        setting = definition.settings.get(form.setting)
        unknown = _unknown("setting", form.setting, definition.settings)
        if message := unknown if setting is None else setting_mistake(field, setting):
            findings.add(place, f"setting: {message}")
    if (joined := joined_value(form)) is not None:
        source, name = joined
        listed = definition.lists.get(source)
        if listed is None:
            findings.add(place, f"from: {_unknown('list', source, definition.lists)}")
        elif name not in listed.keep:
            findings.add(place, f"from: {source} keeps no value {name}{hint(name, listed.keep)}")


def _when_mistakes(definition: Definition, when: Mapping[str, str | tuple[str, ...]]) -> Iterator[str]:
    """Yield what is wrong with conditions on settings."""
    for name, values in when.items():
        yield from _condition_mistakes(definition, name, [values] if isinstance(values, str) else values)


def _condition_mistakes(definition: Definition, name: str, values: Iterable[str]) -> Iterator[str]:
    """Yield what is wrong with a condition on a setting."""
    setting = definition.settings.get(name)
    if setting is None:
        yield _unknown("setting", name, definition.settings)
    elif setting.type == "secret":
        yield f"{name} is a secret"
    elif setting.choices:
        others = (value for value in values if value not in setting.choices)
        yield from (f"{name} has no choice {value}{hint(value, setting.choices)}" for value in others)


def _check_duplicates(definition: Definition, fields: Mapping[str, Sequence[FieldSpec]], findings: Findings) -> None:
    """Report a field of the model that two resources feed for the same items."""
    fed: dict[tuple[str, str], str] = {}
    agents: str | None = None
    for name, specs in fields.items():
        kind = kinds_of(definition.resources[name])[0]
        if MODELS[kind] is Agent:
            if agents is not None:
                findings.add(("resources", name), f"the resource {agents} lists agents already")
            agents = agents or name
        for field in {spec.to.partition(".")[0] for spec in specs} - _IDENTITY:
            other = fed.setdefault((kind, field), name)
            conditional = definition.resources[name].when or definition.resources[other].when
            if other != name and not conditional and not _only_with_settings(specs, field):
                findings.add(("resources", name, kind, field), f"is fed by the resource {other} already")


def _only_with_settings(specs: Iterable[FieldSpec], field: str) -> bool:
    found = [spec for spec in specs if spec.to.partition(".")[0] == field]
    return all(form.when for spec in found for form in spec.forms)


def _unknown(kind: str, name: str, known: Iterable[str]) -> str:
    known = list(known)
    return f"unknown {kind} {name}{hint(name, known) or _listed(known)}"


def _listed(known: Sequence[str]) -> str:
    return f" (known: {', '.join(known) or 'none'})"
