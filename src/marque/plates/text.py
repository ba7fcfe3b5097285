"""One plate, many spellings: what is kept (``normalize``) and what is compared (``fold``)."""

from __future__ import annotations

import unicodedata

_PLAIN = str.maketrans(
    {
        # letters whose stroke or ligature Unicode does not decompose
        "Đ": "D", "Ð": "D", "Ł": "L", "Ø": "O", "Æ": "AE", "Œ": "OE", "ẞ": "SS", "Þ": "TH",
        # Cyrillic and Greek letters that plates use because they look Latin
        "А": "A", "В": "B", "Е": "E", "І": "I", "К": "K", "М": "M", "Н": "H", "О": "O", "Р": "P", "С": "C", "Т": "T",
        "У": "Y", "Х": "X", "Ј": "J", "Ѕ": "S", "Α": "A", "Β": "B", "Ε": "E", "Ζ": "Z", "Η": "H", "Ι": "I", "Κ": "K",
        "Μ": "M", "Ν": "N", "Ο": "O", "Ρ": "P", "Τ": "T", "Υ": "Y", "Χ": "X",
    }
)  # fmt: skip
_TWINS = str.maketrans({"O": "0", "I": "1"})


def normalize(text: str) -> str:
    """Upper case, letters and digits only, diacritics kept: ``"wü-ab 12"`` -> ``"WÜAB12"``."""
    if text.isascii():  # as most are: nothing to compose
        bare = text.upper()
        return bare if bare.isalnum() else "".join(char for char in bare if char.isalnum())
    composed = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())
    return "".join(char for char in composed if char.isalnum())


def plain(text: str) -> str:
    """Normalized, with diacritics and look-alike scripts made plain: ``"WÜ 12"`` -> ``"WU12"``."""
    known = normalize(text)
    if known.isascii():
        return known
    parts = unicodedata.normalize("NFD", known)
    bare = "".join(char for char in parts if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", bare).translate(_PLAIN)


def fold(text: str) -> str:
    """For comparing only: plain, and O and I read as 0 and 1."""
    return plain(text).translate(_TWINS)
