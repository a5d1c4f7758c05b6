"""The backend `buf_breaking`: the Protobuf API is protected against breaking changes."""

from __future__ import annotations

from pants.engine.rules import Rule
from pants.engine.unions import UnionRule

from buf_breaking import rules as breaking


def rules() -> list[Rule | UnionRule]:
    """`buf breaking` in `lint`, and the goals `buf-release` and `buf-since`."""
    return breaking.rules()
