"""In which order files are imported, and which of them belong together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from recommendations.importing.forms import Form, UnknownForm, form_of

_BOOKS_FIRST = (
    Form.CATALOGUE,
    Form.GOODBOOKS_BOOKS,
    Form.INTERACTIONS,
    Form.GOODBOOKS_TO_READ,
)


@dataclass(frozen=True, slots=True)
class Step:
    """A file to import, with those that it needs after it."""

    form: Form
    paths: tuple[Path, ...]


class UnusableFiles(Exception):
    """Files that cannot be imported; the text has a line for each."""


def plan(paths: Sequence[Path]) -> list[Step]:
    """Put files in order: books before what readers did with them. Raises UnusableFiles."""
    problems: list[str] = []
    forms: dict[Path, Form] = {}
    for path in dict.fromkeys(paths):
        try:
            forms[path] = form_of(path)
        except OSError as error:
            problems.append(f"{path}: {error.strerror or error}")
        except UnknownForm as error:
            problems.append(f"{path}: {error}")
    steps = []
    for path, form in forms.items():
        if form is Form.GOODBOOKS_BOOKS:
            needed = [
                _beside(path, forms, Form.GOODBOOKS_TAGS, "tags.csv"),
                _beside(path, forms, Form.GOODBOOKS_BOOK_TAGS, "book_tags.csv"),
            ]
            missing = [each for each in needed if not each.is_file()]
            problems += [f"{path}: needs {each}, for the categories" for each in missing]
            steps.append(Step(form, (path, *needed)))
        elif form in _BOOKS_FIRST:
            steps.append(Step(form, (path,)))
    if not steps and not problems:
        problems.append("tags alone cannot be imported: name books.csv too")
    if problems:
        raise UnusableFiles("\n".join(problems))
    return sorted(steps, key=lambda step: _BOOKS_FIRST.index(step.form))


def _beside(path: Path, forms: dict[Path, Form], form: Form, name: str) -> Path:
    named = [each for each, found in forms.items() if found is form]
    return named[0] if named else path.with_name(name)
