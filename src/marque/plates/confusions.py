"""Which characters recognisers take for one another: the one table, used to match formats and to compare plates."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_GROUPS = """
0O 1.0   0D .7   0Q .7   OD .7   OQ .8   DQ .5   0U .3   OU .3   DU .2   0C .3   OC .4   OG .4   0G .3   QG .4
1I 1.0   1L .5   IL .5   1T .5   IT .6   1J .4   IJ .5   17 .6   I7 .2   LT .1   JL .2
8B 1.0   83 .5   B3 .5   86 .4   80 .3   B0 .2   8S .4   89 .3   BR .3   BE .3   BD .3   8R .2   B6 .2   BP .2
5S 1.0   56 .4   53 .3   S3 .3   S9 .2   59 .2   S6 .2
2Z 1.0   27 .5   Z7 .6   2L .1   ZL .2
6G .8    6C .3   GC .7   60 .3   6O .2   CE .2   CL .2
4A .8    4L .3   AR .3   4H .2   AH .1   AO .1   A0 .1   A6 .1
7T .5    7Y .4   TY .4   7F .2   7J .3   TF .2   JU .5   J3 .1   JO .1
9G .3    9P .3   90 .2   94 .2   9Q .2   9O .1   98 .3
HW .4    HM .5   HN .6   MN .6   MW .5   NW .3   HK .4   KX .5   KR .4   RP .4   PF .4   FE .5   HX .2   NX .2
UV .7    VY .7   VW .3   UW .2   XY .4   UH .2   V7 .1   EF .5   ED .1   PD .3   EL .2   RK .3   YX .4   KN .2
AÄ .9    OÖ .9   UÜ .9   0Ö .6   CČ .9   CĆ .9   ČĆ .9   SŠ .9   ZŽ .9   DĐ .9   5Š .6   2Ž .6   ÄA .9   ÖÜ .2
"""


def _table() -> dict[str, Mapping[str, float]]:
    words = _GROUPS.split()
    table: dict[str, dict[str, float]] = {}
    for pair, weight in zip(words[::2], words[1::2], strict=True):
        one, other = tuple(pair)
        table.setdefault(one, {})[other] = float(weight)
        table.setdefault(other, {})[one] = float(weight)
    return {char: MappingProxyType(others) for char, others in table.items()}


CONFUSIONS: Mapping[str, Mapping[str, float]] = MappingProxyType(_table())
"""Symmetric: character -> characters it is taken for -> 1 (hardly told apart) to 0 (never)."""

_NONE: Mapping[str, float] = MappingProxyType({})


def confusable(char: str) -> Mapping[str, float]:
    """The characters ``char`` is taken for and how easily, 0 to 1; empty when none is known."""
    return CONFUSIONS.get(char, _NONE)


def confusion(one: str, other: str) -> float:
    """How easily two characters are taken for one another: 1 for the same one, 0 for strangers."""
    return 1.0 if one == other else confusable(one).get(other, 0.0)
