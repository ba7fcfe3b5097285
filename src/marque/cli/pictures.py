"""Which pictures the words of a command line mean."""

from __future__ import annotations

import glob
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from marque.errors import ImageError
from marque.types import Image
from marque.vision import image

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
STDIN = "-"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture to be read. ``name`` is how it was named, ``place`` where its copy belongs under an output folder."""

    name: str
    place: Path

    def data(self) -> bytes:
        """The file as it is. Raises ImageError."""
        return sys.stdin.buffer.read() if self.name == STDIN else image.fetch(self.name)

    def open(self) -> Image:
        """HxWx3 uint8 BGR. Raises ImageError."""
        return image.decode(self.data())


@dataclass(frozen=True, slots=True)
class NoPicture(Picture):
    """A word that names no picture; ``data`` says why."""

    why: str

    def data(self) -> bytes:
        raise ImageError(self.why, hint="Check the path.")


def pictures(words: Sequence[str]) -> Iterator[Picture]:
    """Every picture of the words, in their order: files, folders with all that is in them, globs, ``-`` for stdin."""
    for word in words:
        path = Path(word)
        if word == STDIN:
            yield Picture(STDIN, Path("stdin"))
        elif path.is_dir():
            yield from _inside(path)
        elif path.exists() or not glob.has_magic(word):
            yield Picture(word, Path(path.name))
        else:
            yield from _matching(word)


def _inside(folder: Path) -> Iterator[Picture]:
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    yield from (Picture(str(p), p.relative_to(folder)) for p in found)
    if not found:
        yield NoPicture(str(folder), Path(folder.name), f"there is no picture in {str(folder)!r}")


def _matching(pattern: str) -> Iterator[Picture]:
    found = sorted(p for p in glob.glob(pattern, recursive=True) if Path(p).is_file())
    yield from (Picture(p, Path(Path(p).name)) for p in found)
    if not found:
        yield NoPicture(pattern, Path("unmatched"), f"no file matches {pattern!r}")
