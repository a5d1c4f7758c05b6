"""Pages and parts of pages that are made once, and then sent to whoever asks for the same."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from flask import Flask, render_template, request

MAX_PAGES = 128
MAX_PARTS = 2048
"""Each some hundred bytes."""


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page as it is sent, and its name for browsers that may have it."""

    body: bytes
    etag: str


def etag_of(body: bytes) -> str:
    """Name a page by its content."""
    return sha256(body).hexdigest()[:40]


class KeptPages:
    """Renders templates, and keeps the last pages. Safe to use from several threads.

    What a template is given besides its values must be in `surroundings`: a page is kept for the
    same template, values and surroundings, and for the path that the application is found under.

    surroundings: gives what all templates are given.
    """

    def __init__(self, surroundings: Callable[[], Mapping[str, Hashable]], most: int = MAX_PAGES):
        self._surroundings = surroundings
        self._kept = lru_cache(most)(_render)

    def page(self, template: str, **values: Hashable) -> KeptPage:
        """Give a page, by values that look the same as long as they are equal."""
        surroundings = tuple(self._surroundings().items())
        return self._kept(template, request.script_root, surroundings, tuple(values.items()))


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

    return lambda *arguments: made(request.script_root, *arguments)


def _render(
    template: str,
    _: str,
    surroundings: tuple[tuple[str, Hashable], ...],
    values: tuple[tuple[str, Hashable], ...],
) -> KeptPage:
    # The surroundings are those of the key: those of now may be others.
    body = render_template(template, **dict(surroundings), **dict(values)).encode()
    return KeptPage(body, etag_of(body))
