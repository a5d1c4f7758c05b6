"""Values of settings: read from text, and held against their types by msgspec."""

import re
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, get_args

from msgspec import ValidationError, convert

from chassis.setting import Parser, Setting

_TRUTHS = {
    **dict.fromkeys(("1", "on", "t", "true", "y", "yes"), True),
    **dict.fromkeys(("0", "off", "f", "false", "n", "no"), False),
}
_BOUND = re.compile(r"((?:length )?[<>]=?) (\S+)$")
_WORDS = {
    ">=": "is less than {}",
    ">": "is not more than {}",
    "<=": "is more than {}",
    "<": "is not less than {}",
    "length <=": "has more than {} characters",
}
"""What is wrong with a value, by how msgspec says what it should have been."""


def _existing_file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise ValueError("is not a file")
    return path


ExistingFile = Annotated[Path, Parser(_existing_file)]
"""The path of a file that is there."""


def value_of(setting: Setting, text: str) -> Any:
    """Make a value of text. Raises ValueError with words to be read after the text."""
    if setting.parser:
        return setting.parser.parse(text)
    read = _READERS.get(setting.kind)
    try:
        return convert(read(text) if read else text, setting.annotation)
    except ValidationError as error:
        bound = _BOUND.search(str(error))
        words = _WORDS[bound[1]].format(bound[2]) if bound else _is_none_of(get_args(setting.kind))
        raise ValueError(words) from None


def _is_none_of(choices: tuple[object, ...]) -> str:
    *others, last = map(repr, choices)
    return f"is not {', '.join(others)} or {last}" if others else f"is not {last}"


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("is not a whole number") from None


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError("is not a number") from None
    if not isfinite(number):
        raise ValueError("is not a finite number")
    return number


def _truth(text: str) -> bool:
    try:
        return _TRUTHS[text.lower()]
    except KeyError:
        raise ValueError("is neither true nor false") from None


_READERS: dict[object, Callable[[str], object]] = {
    bool: _truth,
    float: _number,
    int: _whole,
    Path: Path,
}
