"""What the words of a plate in a phrase ask for: itself, what looks like it, a pattern."""

from __future__ import annotations

from collections.abc import Sequence

from marque.errors import Unacceptable
from marque.plates import masks, normalize
from marque.services.chips import Offer, Word
from marque.services.words import LONGEST

SHORT = 2
"""a plate of at most so many characters is looked for anywhere in a text, a longer one by what it looks like"""


def pattern(run: Sequence[Word]) -> tuple[str, str, str, tuple[Offer, ...]]:
    """How a plate is compared, with what, what that means, and what it could mean. Raises Unacceptable."""
    text = "".join(word.text for word in run)
    first = text[0]
    if first == "/" and len(text) > 2 and text.endswith("/"):
        masks.regex(text[1:-1])
        return "regex", text[1:-1], f"a plate of the form {text}", ()
    if first in '"=':
        return _exact(text.strip('"=').strip())
    text = text.lstrip("~")
    bare = _checked(text)
    if set(text) & {"*", "?"}:
        masks.wildcard(text)
        return "wildcard", text, f"a plate like {text.upper()}", ()
    if len(bare) <= SHORT and first != "~":
        return "wildcard", f"*{bare}*", f"{bare} anywhere in a plate", (Offer(f'"{bare}"', f"exactly {bare}"),)
    offers = (Offer(f'"{bare}"', f"exactly {bare}"), Offer(f"*{bare}*", f"{bare} anywhere in a plate"))
    return "fuzzy", bare, f"a plate that looks like {bare}, likeliest first", offers


def _exact(text: str) -> tuple[str, str, str, tuple[Offer, ...]]:
    bare = _checked(text)
    return "exact", bare, f"the plate {bare} exactly", (Offer(f"~{bare}", f"what looks like {bare}"),)


def _checked(text: str) -> str:
    bare = normalize(text)
    if not bare:
        raise Unacceptable("there is no letter or digit in it", field="q")
    if max(len(text), len(bare)) > LONGEST:
        raise Unacceptable(f"a plate has at most {LONGEST} characters", field="q")
    return bare
