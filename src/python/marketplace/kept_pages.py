"""Pages and parts of pages that are made once, and then sent to whoever asks for the same."""

import json
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from flask import Flask, current_app, render_template, request
from markupsafe import Markup

MAX_PAGES = 128
MAX_PARTS = 2048
"""Each some hundred bytes."""

_Named = tuple[tuple[str, Hashable], ...]
_EDGE = "\0"
"""Of a hole in a frame. Nothing that is shown has it."""


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page as it is sent, and its name for browsers that may have it."""

    body: bytes
    etag: str


def etag_of(body: bytes) -> str:
    """Name a page by its content."""
    return sha256(body).hexdigest()[:40]


class _Hole:
    """Stands in a template for one of several items of the same kind, which differ by page."""


HOLES = (_Hole(), _Hole())
"""What a template is given instead of its items; see `KeptPages.filled`. Two show what is between
them."""


class KeptPages:
    """Renders templates, and keeps the last pages. Safe to use from several threads.

    What a template is given besides its values must be in `surroundings`: a page is kept for the
    same template, values and surroundings, and for the path that the application is found under.

    surroundings: gives what all templates are given.
    """

    def __init__(self, surroundings: Callable[[], Mapping[str, Hashable]], most: int = MAX_PAGES):
        self._surroundings = surroundings
        self._kept = lru_cache(most)(_page)
        self._frames = lru_cache(most)(_frame)
        self._parts = lru_cache(MAX_PARTS)(_Frame.part)

    def page(self, template: str, **values: Hashable) -> KeptPage:
        """Give a page, by values that look the same as long as they are equal."""
        return self._kept(*self._key(template, values))

    def filled(self, template: str, items: Iterable[Hashable], /, **values: Hashable) -> KeptPage:
        """Give a page of which all is kept but which items are on it: there may be too many pages.

        items: look the same as long as they are equal. The template has `HOLES` in their place
            among its values, and shows them by one macro of `install_kept_parts`.
        """
        frame = self._frames(*self._key(template, values))
        return frame.filled([self._parts(frame, item) for item in items])

    def _key(
        self, template: str, values: Mapping[str, Hashable]
    ) -> tuple[str, str, _Named, _Named]:
        surroundings = tuple(self._surroundings().items())
        return template, request.script_root, surroundings, tuple(values.items())


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """What is on a page before, between and after its items, and what shows one of them."""

    before: bytes
    between: bytes
    after: bytes
    show: Callable[[Hashable], str]
    digest: bytes

    def part(self, item: Hashable) -> tuple[bytes, bytes]:
        """Give what is shown of an item, and a digest of it."""
        part = self.show(item).encode()
        return part, sha256(part).digest()

    def filled(self, parts: Sequence[tuple[bytes, bytes]]) -> KeptPage:
        """Give the page with some items, named by digests: there is less of them than of it."""
        items = self.between.join([part for part, _ in parts])
        digests = b"".join([digest for _, digest in parts])
        return KeptPage(self.before + items + self.after, etag_of(self.digest + digests))


def install_kept_parts(app: Flask, template: str, *macros: str, most: int = MAX_PARTS) -> None:
    """Give all templates the macros of one as functions that keep what they have made.

    Their arguments must be all that they depend on, besides the path of the application.
    """
    for name in macros:
        app.jinja_env.globals[f"kept_{name}"] = _keeping(app, template, name, most)


def _keeping(app: Flask, template: str, name: str, most: int) -> Callable[..., str]:
    @lru_cache(most)
    def made(_: str, *arguments: Hashable) -> str:
        module: Any = app.jinja_env.get_template(template).module
        part: str = getattr(module, name)(*arguments)  # Jinja knows that it is escaped.
        return part

    def kept(*arguments: Hashable) -> str:
        if arguments and isinstance(arguments[0], _Hole):
            call = json.dumps([f"kept_{name}", arguments[1:]])
            return Markup(f"{_EDGE}{call}{_EDGE}")
        return made(request.script_root, *arguments)

    return kept


def _render(template: str, _: str, surroundings: _Named, values: _Named) -> str:
    # The surroundings are those of the key: those of now may be others.
    return render_template(template, **dict(surroundings), **dict(values))


def _page(template: str, root: str, surroundings: _Named, values: _Named) -> KeptPage:
    body = _render(template, root, surroundings, values).encode()
    return KeptPage(body, etag_of(body))


def _frame(template: str, root: str, surroundings: _Named, values: _Named) -> _Frame:
    page = _render(template, root, surroundings, values)
    before, call, between, again, after = page.split(_EDGE)
    if call != again:
        raise ValueError(f"items are shown in different ways: {call}, {again}")
    name, more = json.loads(call)
    show: Any = current_app.jinja_env.globals[name]
    first, middle, last = (piece.encode() for piece in (before, between, after))
    digest = sha256(b"".join(sha256(piece).digest() for piece in (first, middle, last))).digest()
    return _Frame(first, middle, last, lambda item: show(item, *more), digest)
