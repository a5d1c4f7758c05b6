"""The words of a text, as searches compare them."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
# Letters that are letters of their own, not others with marks.
_LETTERS = str.maketrans(
    {"æ": "ae", "đ": "d", "ð": "d", "\u0131": "i", "ł": "l", "ø": "o", "œ": "oe"}
)


def words_of(text: str) -> list[str]:
    """Give the words of a text as they are compared: without case, diacritics and apostrophes."""
    folded = text.casefold()
    if not folded.isascii():
        apart = unicodedata.normalize("NFKD", folded)
        kept = (each for each in apart if not unicodedata.combining(each))
        folded = "".join(kept).casefold().translate(_LETTERS).replace("’", "'")
    return _WORD.findall(folded.replace("'", ""))
