"""Messages for pydantic's validation errors; they never repeat a value, which may be a secret."""

import re
from typing import Final

from pydantic_core import ErrorDetails

from exporter.runtime.suggest import hint

_EXPECTED: Final = {
    "string_type": "a string",
    "string_sub_type": "a string",
    "path_type": "a file name",
    "bytes_type": "a string",
    "int_type": "an integer",
    "int_parsing": "an integer",
    "int_parsing_size": "a smaller number",
    "int_from_float": "an integer",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_BOUND: Final = {
    "greater_than": ("gt", "must be greater than"),
    "greater_than_equal": ("ge", "must be at least"),
    "less_than": ("lt", "must be less than"),
    "less_than_equal": ("le", "must be at most"),
}
_CHOICE: Final = re.compile(r"'([^']*)'")
_KINDS: Final = ((dict, "a mapping"), (list, "a list"), (str, "text"))


def message(error: ErrorDetails) -> str:
    """Return a one-line message with what was expected."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}{_actual(error['input'])}"
    if kind in _BOUND:
        bound, words = _BOUND[kind]
        return f"{words} {context[bound]:g}"
    if kind in {"literal_error", "enum"}:
        return _choices(_CHOICE.findall(str(context["expected"])), error["input"])
    if kind in {"value_error", "assertion_error"}:
        return str(context["error"])
    if kind in {"string_too_short", "too_short"} and context["min_length"] == 1:
        return "must not be empty"
    return error["msg"].replace("Input should be", "expected").replace("\n", " ")


def _actual(value: object) -> str:
    """Return the kind of the actual value; the empty string for text, which adds no information."""
    kind = next((name for cls, name in _KINDS if isinstance(value, cls)), "text")
    return "" if kind == "text" else f", not {kind}"


def _choices(known: list[str], value: object) -> str:
    listed = f"{', '.join(known[:-1])} or {known[-1]}" if len(known) > 1 else "".join(known)
    return f"expected {listed}{hint(value, known) if isinstance(value, str) else ''}"
