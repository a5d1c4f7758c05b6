"""What an annotation says of a setting."""

from collections.abc import Callable, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from msgspec import Meta, Struct

from chassis.secret import Secret


class Flag(Struct, frozen=True):
    """Marks a setting as overridable: `listen_port: Annotated[int, Flag("--port", "PORT")]`."""

    name: str
    metavar: str


class Parser(Struct, frozen=True):
    """Makes a setting's value of text: `file: Annotated[Path, Parser(existing_file)]`.

    parse: raises ValueError with words to be read after the text: "is not a file".
    """

    parse: Callable[[str], object]


REQUIRED = object()
"""In the place of a default: there is none."""


class Setting:
    """A field of a settings class.

    annotation: its type, with all that is said of it.
    default: REQUIRED if there is none.
    """

    def __init__(self, annotation: Any, default: Any) -> None:
        self.annotation = annotation
        self.default = default
        self.required = default is REQUIRED
        self.kind, said = taken_apart(annotation)
        self.flag = next((each for each in said if isinstance(each, Flag)), None)
        self.parser = next((each for each in said if isinstance(each, Parser)), None)
        texts = (each.description for each in said if isinstance(each, Meta))
        self.description = next((each for each in texts if each), "")
        self.secret = self.kind is Secret


def taken_apart(annotation: Any) -> tuple[Any, Sequence[object]]:
    """Give the type within an annotation, without None, and all that the annotation says of it."""
    said: list[object] = []
    while get_origin(annotation) in (Annotated, Union, UnionType):
        said += getattr(annotation, "__metadata__", ())
        annotation = get_args(annotation)[0]
    return annotation, said
