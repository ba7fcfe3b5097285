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
    composed = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())
    return "".join(char for char in composed if char.isalnum())


def fold(text: str) -> str:
    """For comparing only: normalized, look-alike scripts and diacritics made plain, O and I read as 0 and 1."""
    parts = unicodedata.normalize("NFD", normalize(text))
    plain = "".join(char for char in parts if not unicodedata.combining(char))
    return plain.translate(_PLAIN).translate(_TWINS)
