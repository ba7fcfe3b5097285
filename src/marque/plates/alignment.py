"""The cheapest way from one text to another, character by character."""

from __future__ import annotations

from collections.abc import Callable

Cost = Callable[[str, str], float]
"""(character read, character that is there) -> what it costs, 0 for the same one. An empty string is no character:
``cost("", "B")`` is losing a B, ``cost("8", "")`` inventing an 8."""
Pair = tuple[str, str]
"""(read, there), either may be empty"""


def distance(read: str, there: str, cost: Cost) -> float:
    """The sum of the cheapest edits that make ``read`` of ``there``."""
    return _table(read, there, cost)[-1][-1]


def align(read: str, there: str, cost: Cost) -> tuple[Pair, ...]:
    """Which character was read for which, along the cheapest way."""
    table = _table(read, there, cost)
    pairs: list[Pair] = []
    row, column = len(read), len(there)
    while row or column:
        step = _step(table, row, column, read, there, cost)
        pairs.append(step)
        row, column = row - len(step[0]), column - len(step[1])
    return tuple(reversed(pairs))


def _table(read: str, there: str, cost: Cost) -> list[list[float]]:
    """``table[i][j]``: from the first j characters that are there to the first i that were read."""
    lost = [cost("", char) for char in there]
    above = [sum(lost[:column]) for column in range(len(there) + 1)]
    table = [above]
    for char in read:
        extra = cost(char, "")
        line = [above[0] + extra]
        for column, true in enumerate(there):
            swap = above[column] + cost(char, true)
            line.append(min(swap, above[column + 1] + extra, line[-1] + lost[column]))
        table.append(line)
        above = line
    return table


def _step(table: list[list[float]], row: int, column: int, read: str, there: str, cost: Cost) -> Pair:
    """The last pair of the cheapest way to ``table[row][column]``."""
    steps: list[tuple[float, Pair]] = []
    if row and column:
        pair = (read[row - 1], there[column - 1])
        steps.append((table[row - 1][column - 1] + cost(*pair), pair))
    if row:
        steps.append((table[row - 1][column] + cost(read[row - 1], ""), (read[row - 1], "")))
    if column:
        steps.append((table[row][column - 1] + cost("", there[column - 1]), ("", there[column - 1])))
    return min(steps, key=lambda step: step[0])[1]
