"""The words that a recording may contain: those of the program itself, which are not data of a contact centre.

Everything else in a vendor's answer is replaced. The words are the string constants and the names of fields in the
code of the vendor's package: its paths, parameters, fields and states.
"""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.abc import InspectLoader
from types import ModuleType
from typing import Any, Final, Literal, get_type_hints

from exporter.redaction import names_secret
from exporter.vendors.base import Vendor
from exporter.vendors.toolkit.decoder import RowSchema

Kind = Literal["secret", "identity", "figure", "known", "unknown"]
"""What a field contains: a secret, an id or a name, a count or duration, anything else that the client reads, or what
it does not read."""

# Words of JSON documents, sign-ins and headers that the toolkit reads for every vendor.
_COMMON: Final = frozenset(
    {"true", "false", "yes", "no", "null", "none", "ok", "n/a", "-", "id", "name", "data", "status", "success"}
    | {"error", "errors", "message", "error_message", "error_description"}
    | {"access_token", "refresh_token", "token", "token_type", "bearer", "expires_in", "scope"}
    | {"grant_type", "client_credentials"}
)
# The module of published fields that a package does not read.
_UNUSED: Final = ".unused"
_LONGEST_WORD: Final = 60
_SEPARATORS: Final = re.compile(r"[/?&=<>{},;|()'\"\[\]]")
_ALL_SEPARATORS: Final = re.compile(rf"{_SEPARATORS.pattern}|[.:]")
_QUOTES: Final = " \t\r\n'\""
_ZONE: Final = re.compile(r"[A-Z]\w+/[A-Z]")
_REFERENCE: Final = re.compile(r"^(?:id|.*_ids?|id_.*|.*[a-z]I[dD]s?|.*ID|.*[gG]uid)$")
# Whatever the client reads of these, it is not a count.
_PERSONAL: Final = re.compile(r"phone|mobile|number|caller|dnis|extension|address|e-?mail", re.IGNORECASE)
# A group of agents has no other id than its name, which may be a number, and `select` names groups.
_IDENTITIES: Final = re.compile(r"^(?:.*_)?(?:id|name|queue|group)$")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one vendor's API.

    Attributes:
        words: The words, folded.
        identities: Names of fields that contain ids and names.
        figures: Names of fields that are counts, durations or shares.
        unread: Names of published fields that the client does not read.
        numeric_keys: Numbers that are keys in the paths of fields, such as a threshold in seconds.
    """

    words: frozenset[str]
    identities: frozenset[str]
    figures: frozenset[str]
    unread: frozenset[str]
    numeric_keys: frozenset[str] = frozenset()

    def contains(self, text: str) -> bool:
        """Return whether a text is a word of the API."""
        return text.strip().casefold() in self.words

    def kind(self, field: str) -> Kind:
        """Return what a field contains."""
        if names_secret(field):
            return "secret"
        if field in self.identities or (self.contains(field) and _REFERENCE.match(field)):
            return "identity"
        if field in self.figures:
            return "figure"
        is_read = self.contains(field) and field not in self.unread and not _PERSONAL.search(field)
        return "known" if is_read else "unknown"

    def names_header(self, name: str) -> bool:
        """Return whether a header has a name that the vendor's package reads, possibly joined of several words."""
        return self.contains(name) or all(self.contains(word) for word in name.split("-"))


def vocabulary_of(vendor: Vendor) -> Vocabulary:
    """Return the words of a vendor's API."""
    fields = [(table.model, field) for table in vendor.tables for field in _fields(table)]
    words_of_vendor = {part for word in vendor.words for part in _parts(word)}
    read = {name for _, field in fields for name in _names(field)} | words_of_vendor | set(_words_of_package(vendor))
    unread = {word for each in vendor.unused for word in each.fields.split()} - read
    words = _COMMON | {word.casefold() for word in (*read, *unread, *vendor.settings.model_fields)}
    identities = frozenset(
        name for _, field in fields if _IDENTITIES.match(field.to.partition(".")[0]) for name in _names(field)
    )
    figures = frozenset(name for model, field in fields if _is_figure(model, field.to) for name in _names(field))
    numeric_keys = frozenset(step for name in read for step in name.split(".") if step.isdigit())
    return Vocabulary(words, identities, figures - identities, frozenset(unread), numeric_keys)


def _fields(table: RowSchema[Any]) -> Iterator[Any]:
    """Yield the fields of a table and of the lists within its rows."""
    for field in table.fields:
        yield field
        if isinstance(field.read, RowSchema):
            yield from _fields(field.read)


def _names(field: Any) -> Iterator[str]:  # noqa: ANN401 - a field of any table
    """Yield the name of a field and, if it is a path, of the value at its end; those of a sum are several."""
    for path in field.name.split(" + "):
        yield from (path, path.rpartition(".")[2])


def _is_figure(model: type, to: str) -> bool:
    field, _, entry = to.partition(".")
    hint = str(get_type_hints(model).get(field, ""))
    return "float" in hint or "Handled" in hint or "WaitAges" in hint or (field == "contacts" and bool(entry))


def _words_of_package(vendor: Vendor) -> Iterator[str]:
    """Yield the words in the code of a vendor's package, or of its only module."""
    for module in _modules(vendor.connect.__module__):
        loader = module.__spec__.loader if module.__spec__ is not None else None
        source = loader.get_source(module.__name__) if isinstance(loader, InspectLoader) else None
        if source is not None:
            yield from _words_of_code(source)


def _modules(name: str) -> Iterator[ModuleType]:
    module = importlib.import_module(name)
    parent = name.rpartition(".")[0]
    package = module if hasattr(module, "__path__") or not parent else importlib.import_module(parent)
    yield package
    for found in pkgutil.iter_modules(getattr(package, "__path__", ()), f"{package.__name__}."):
        if not found.name.endswith(_UNUSED):
            yield importlib.import_module(found.name)


def _words_of_code(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in prose:
            yield from _parts(_text(node.value))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.keyword) and node.arg is not None:
            yield node.arg


def _text(constant: object) -> str:
    """Return a constant as text, "" if it is not one; bytes are words of a vendor that returns plain text."""
    if isinstance(constant, bytes):
        return constant.decode("ascii", "replace")
    return constant if isinstance(constant, str) else ""


def _parts(text: str) -> Iterator[str]:
    """Yield a constant and, if it is a path, a query or a dotted name, its parts; a sentence has none."""
    text = text.strip(_QUOTES)
    # A number of several digits is not a word, and may be the id of a queue.
    if len(text) <= _LONGEST_WORD and not (text.isdigit() and len(text) > 1):
        yield text
    if any(map(str.isspace, text)) or _ZONE.match(text):
        return
    for separators in (_SEPARATORS, _ALL_SEPARATORS):
        parts = (part.strip("-_") for part in separators.split(text))
        yield from (part for part in parts if len(part) > 1 and not part.isdigit())
