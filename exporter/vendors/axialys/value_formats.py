"""Axialys's own formats of values: lists of ids, and names of persons."""

import re

from exporter.vendors.toolkit.readers import NoValueError, UnmappedError, identifier, number, text

_ID_FIELDS = ("id", "id_group", "group_id")
_SEPARATORS = re.compile("[,;|]")


def ids(value: object) -> tuple[str, ...]:
    """Read ids: one, several in a string separated by `,`, `;` or `|`, or a list of ids or of objects that have one.

    Raises:
        UnmappedError: The value has another form; its fallback are the ids that could be read, None if there are none.
    """
    listed = _SEPARATORS.split(value) if isinstance(value, str) else value if isinstance(value, list) else [value]
    found: dict[str, None] = {}
    unread: UnmappedError | None = None
    for each in listed:
        try:
            found.update({} if each is None else {_id(each): None})
        except NoValueError:
            continue
        except UnmappedError as error:
            unread = error
    if unread is not None:
        raise UnmappedError(unread, tuple(found) or None)
    return tuple(found)


def _id(value: object) -> str:
    """Read an id, or that of an object. Raises UnmappedError."""
    if isinstance(value, dict):
        value = next((value[name] for name in _ID_FIELDS if value.get(name) is not None), value)
    return identifier(value)


def group_of_call(value: object) -> str:
    """Read the id of the group of a call, "" for the number 0 of no group. Raises UnmappedError."""
    group = identifier(value)
    return "" if group == "0" else group


def is_zero(value: object) -> bool:
    """Return whether a value is a count of 0."""
    try:
        return number(value) == 0
    except UnmappedError:
        return False


def person(value: object) -> str:
    """Read a person's name; an e-mail address in its place is personal data and rejected.

    Raises:
        UnmappedError: The value is an e-mail address or not text; it is not repeated in the error.
    """
    name = text(value)
    if "@" in name:
        raise UnmappedError("an e-mail address")
    return name
