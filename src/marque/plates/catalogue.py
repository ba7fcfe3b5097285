"""The region files: what a file may say, and all of them read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from marque.errors import ConfigError
from marque.plates.patterns import LETTERS, Variant, expand
from marque.plates.text import plain

_FOLDER = "regions"
_HINT = "docs/howto/add-a-region.md says what a region file holds."
# every scalar stays text (NO is a Norwegian plate, 0123 a Czech one); the C parser is ten times as fast
_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Format(_Part):
    """One way a region writes its plates. ``letters`` are those that ``@`` and ``?`` stand for."""

    name: str
    pattern: str
    letters: str = LETTERS
    period: str = ""
    note: str = ""


class Corrected(_Part):
    """A misreading, character by character, and what it was."""

    raw: str
    text: str


class Region(_Part):
    """One file. ``vehicles``: how many there are, roughly, in millions. ``vanity``: whether people may choose their
    texts, in English. ``lists``: code words by name, separated by white space. ``formats``: commonest first. Examples
    are written as people do."""

    name: str
    vehicles: float = Field(gt=0)
    vanity: bool = False
    note: str = ""
    lists: Mapping[str, str] = {}
    formats: list[Format] = Field(min_length=1)
    examples: list[str] = Field(min_length=1)
    corrected: list[Corrected] = []
    invalid: list[str] = Field(min_length=1)

    @cached_property
    def variants(self) -> tuple[tuple[Format, tuple[Variant, ...]], ...]:
        """Every format with all its lengths. Raises ValueError where a pattern cannot be understood."""
        lists = {name: _spelt(words.split()) for name, words in self.lists.items()}
        return tuple((form, expand(form.pattern, lists, form.letters)) for form in self.formats)

    @property
    def alphabet(self) -> set[str]:
        """Every character that some format of the region may hold."""
        shapes = (variant.shape for _, variants in self.variants for variant in variants)
        return {char for shape in shapes for chars in shape.classes for char in chars}


def _spelt(words: list[str]) -> tuple[str, ...]:
    """Code words as they are and without their marks, which small pictures lose."""
    return tuple(sorted({*words, *(plain(word) for word in words if not word.isascii())}))


def load_regions(folder: Traversable | None = None) -> dict[str, Region]:
    """Every region by its code (the file's name). Raises ConfigError naming each file that cannot be used."""
    folder = folder or files("marque.plates") / _FOLDER
    paths = sorted((p for p in folder.iterdir() if p.name.endswith(".yaml")), key=lambda p: p.name)
    regions: dict[str, Region] = {}
    problems: list[str] = []
    for path in paths:
        try:
            regions[path.name.removesuffix(".yaml")] = _load(path)
        except (ValidationError, ValueError, yaml.YAMLError) as error:
            problems.append(f"{path.name}: {error}")
    if problems:
        raise ConfigError(problems, hint=_HINT)
    return regions


@cache
def known_regions() -> Mapping[str, Region]:
    """The package's own, read once."""
    return MappingProxyType(load_regions())


def _load(path: Traversable) -> Region:
    region = Region.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader))
    assert region.variants  # raises ValueError now, not at the first plate
    return region
