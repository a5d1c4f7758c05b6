"""Why a book is recommended, in words."""

from marketplace.category import Category
from marketplace.recommendations import Reason, ReasonKind

MAX_TITLE = 60


def reason_text(reason: Reason | None, category: Category) -> str:
    """Give a reason in words, "" if there is none. category: of the shelf."""
    if reason is None:
        return ""
    if reason.kind is ReasonKind.SIMILAR:
        if reason.book is None:
            return ""
        title = " ".join(reason.book.title.split())
        cut = title if len(title) <= MAX_TITLE else f"{title[: MAX_TITLE - 1].rstrip()}…"
        return f"Because you looked at {cut}"
    if reason.kind is ReasonKind.POPULAR:
        return f"Popular in {category.label.lower()}"
    return "Few readers know it yet"
