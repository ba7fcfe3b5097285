"""Count which characters follow which in texts that people would choose for their plates, for the package's formats.

    python -m marque_training.vanity

The texts are those that vanity plates are drawn with. They need the system's list of words (Debian's wamerican-small).
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from marque.plates.vanity import CHANCE, CHARS, CHOSEN, START, STEP
from marque_training.synth.text import DICTIONARY, expand, vanity

SEED = 7
TEXTS = 400_000
ENOUGH = 60
"""how often two characters must have been seen in a row to have a row of their own"""
PRIOR = 12.0
"""characters that the row of one character less counts for"""


def texts(count: int = TEXTS, seed: int = SEED) -> Iterator[str]:
    """Texts as they are read, without gaps and pictures."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        tokens = (token for line in expand(vanity(rng), CHARS[:26], rng) for token in line)
        yield "".join(token.char for token in tokens if token.char in CHARS)


def counted(chosen: Iterable[str]) -> Counter[tuple[str, str]]:
    """(what stands before, character) -> how often; before stand none, one or two."""
    counts: Counter[tuple[str, str]] = Counter()
    for text in chosen:
        before = START + text
        for i, char in enumerate(text):
            counts.update((before[i + 1 - n : i + 1], char) for n in range(min(2, i + 1) + 1))
    return counts


def rows(counts: Counter[tuple[str, str]]) -> dict[str, str]:
    """Levels by what stands before; each row leans on the one of a character less."""
    seen: Counter[str] = Counter()
    for (context, _), often in counts.items():
        seen[context] += often
    found: dict[str, list[float]] = {}
    for context in sorted((c for c in seen if len(c) < 2 or seen[c] >= ENOUGH), key=lambda c: (len(c), c)):
        shorter = found[context[1:]] if context else [1 / len(CHARS)] * len(CHARS)
        whole = seen[context] + PRIOR
        found[context] = [(counts[context, c] + PRIOR * s) / whole for c, s in zip(CHARS, shorter, strict=True)]
    return {context: "".join(map(level, row)) for context, row in found.items() if context}


def level(share: float) -> str:
    """A share as a small letter: that of chance is as likely as any."""
    return chr(max(ord("a"), round(CHANCE + math.log(share * len(CHARS)) / STEP)))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=CHOSEN)
    options = parser.parse_args(arguments)
    if not DICTIONARY.exists():
        parser.error(f"{DICTIONARY} is missing: install a list of words (wamerican-small)")
    lines = [f"# before\t{CHARS}", *(f"{context}\t{levels}" for context, levels in rows(counted(texts())).items())]
    options.out.write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{len(lines) - 1} rows")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
