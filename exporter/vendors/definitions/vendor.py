"""Makes a vendor of a definition."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings
from exporter.vendors.base import FieldNote, Unused, Vendor
from exporter.vendors.definitions.document import read_definition
from exporter.vendors.definitions.forms import paths_of
from exporter.vendors.definitions.language import Definition
from exporter.vendors.definitions.model_fields import MODELS
from exporter.vendors.definitions.parsed import ParsedDefinition, forms_of, kind_of
from exporter.vendors.definitions.reading import parse
from exporter.vendors.definitions.row_schemas import SchemaCompiler
from exporter.vendors.definitions.scope import Lookup, Scope
from exporter.vendors.definitions.settings_model import settings_model
from exporter.vendors.definitions.substitution import variables_of
from exporter.vendors.definitions.value_readers import ResponseTime
from exporter.vendors.toolkit.decoder import RowSchema

if TYPE_CHECKING:
    from exporter.vendors.base import Client
    from exporter.vendors.toolkit.http import Http

_NAME: Final = re.compile(r"[A-Za-z_@][\w@-]*")
# Parts for readers, and examples, which contain invented names.
_PROSE: Final = {"title", "documentation", "notes", "examples"}


def read_vendor(path: Path) -> Vendor:
    """Read a definition and return its vendor; a file whose content has not changed returns the same object.

    Raises:
        ConfigError: It is invalid; the error lists every mistake.
    """
    return _vendor(read_definition(path), str(path))


@lru_cache(maxsize=256)
def _vendor(text: str, name: str) -> Vendor:
    return vendor_of(parse(text, name))


def vendor_of(parsed: ParsedDefinition) -> Vendor:
    """Return the vendor of a definition."""
    definition = parsed.definition

    def connect(target: TargetSettings, http: "Http", clock: Clock) -> "Client":
        # Imported here, because validating a configuration needs only the settings.
        from exporter.vendors.definitions.client import DefinedClient  # noqa: PLC0415

        return DefinedClient(parsed, target, http, clock)

    settings = settings_model(definition, _sign_in_keys(definition))
    vendor = Vendor(
        name=definition.vendor,
        settings=settings,
        connect=connect,
        tables=tuple(_tables(parsed)),
        resources=tuple(definition.resources),
        unused=tuple(Unused(each.fields, each.reason, each.families) for each in definition.unused),
        meanings=definition.meanings.figures(),
        notes=tuple(_notes(parsed)),
        words=tuple(_texts(definition.model_dump(exclude=_PROSE))),
    )
    settings.provider = vendor
    return vendor


def _texts(value: object) -> Iterator[str]:
    """Yield the keys and texts of a definition, and the names in its expressions."""
    match value:
        case Mapping():
            for key, each in value.items():
                yield from (*_texts(key), *_texts(each))
                if key == "jmespath":
                    yield from _NAME.findall(each or "")
        case list() | tuple() | set() | frozenset():
            for each in value:
                yield from _texts(each)
        case str():
            yield value


def _tables(parsed: ParsedDefinition) -> Iterator[RowSchema[Any]]:
    """Yield the schema of each resource, with the fields of all settings."""
    definition = parsed.definition
    for name, resource in definition.resources.items():
        scope = Scope({each: Lookup() for each in definition.lists}, resource.pivots)
        compiler = SchemaCompiler(scope, ResponseTime(ZoneInfo("UTC")), None)
        yield compiler.schema(name, MODELS[kind_of(resource)], parsed.fields[name])


def _notes(parsed: ParsedDefinition) -> Iterator[FieldNote]:
    """Yield the notes of a definition, then those of its fields, each once."""
    yield from (FieldNote("", note) for note in parsed.definition.notes)
    notes = {
        FieldNote(" ".join(path for path in paths_of(form) if " " not in path), form.note): None
        for fields in parsed.fields.values()
        for form in forms_of(fields)
        if form.note is not None
    }
    yield from notes


def _sign_in_keys(definition: Definition) -> frozenset[str]:
    """Return the settings that the sign-in contains, other than secrets."""
    names = {variable.name for variable in variables_of(definition.login.model_dump(exclude_none=True))}
    return frozenset(name for name in names if (setting := definition.settings.get(name)) and setting.type != "secret")
