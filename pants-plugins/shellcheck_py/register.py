"""The backend `shellcheck_py`: shellcheck in the lint goal. Shell targets are those of Pants."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shellcheck_py import rules as linting


def rules() -> Iterable[Any]:
    """The rules of this backend."""
    return linting.rules()
