"""Unknown values that stand where a known one stood: 'Germany' for 'DE', told by the rows.

No dictionary says so, but the data may: where a column such as a customer's number decides
another column's value, rows of the same customer show what an unknown value stands for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from dataready.detect.scene import Scene
from dataready.model import TABLE
from dataready.profile.profile import ColumnStates
from dataready.sql import ident, values_in

__all__ = ["synonyms"]

MOST_DECIDERS = 4
LEAST_REPEATS = 1.5
LEAST_LINKS = 5
AGREEMENT = 0.8


def synonyms(scene: Scene, seen: ColumnStates, unknown: Collection[str]) -> dict[str, str]:
    """Map unknown values of a column to the known ones that they stand for.

    Args:
        scene: The table.
        seen: A column of categories.
        unknown: Values of it that the pilot never had.

    Returns:
        Only values with five links at least, nine in ten of them to one known value: more
        often than that value's frequency explains (Cohen's kappa >= 0.8).
    """
    found: dict[str, str] = {}
    for decider in _deciders(scene, seen):
        rest = [v for v in unknown if v not in found]
        if rest:
            found |= _by(scene, decider, seen, rest)
    return found


def _deciders(scene: Scene, seen: ColumnStates) -> Iterator[ColumnStates]:
    """Columns of many values that repeat: they may decide what stands in another column."""
    categories = len(seen.plan.categories)
    left = MOST_DECIDERS
    for other in scene.production:
        many = other.distinct.distinct
        names = other.plan.base == "text" or other.plan.name in scene.references
        if (
            left
            and names
            and other.name != seen.name
            and many >= max(20, 2 * categories)
            and other.usable >= LEAST_REPEATS * many
        ):
            left -= 1
            yield other


def _by(
    scene: Scene, decider: ColumnStates, seen: ColumnStates, unknown: Collection[str]
) -> dict[str, str]:
    """Count, per unknown value, the deciders that it shares with each known value."""
    strange = values_in("x", unknown)
    rows = scene.query(
        f"WITH c AS (SELECT {scene.cell(decider)} AS d, {scene.cell(seen)} AS x"
        f" FROM {ident(TABLE)}),\n"
        f"g AS (SELECT d, x, {strange} AS strange FROM c WHERE d IS NOT NULL AND x IS NOT NULL"
        " GROUP BY d, x)\n"
        "SELECT u.x, k.x, count(*) AS n FROM g AS u JOIN g AS k USING (d)\n"
        "WHERE u.strange AND NOT k.strange GROUP BY ALL ORDER BY ALL"
    )
    links: dict[str, dict[str, int]] = {}
    for value, known, n in rows:
        links.setdefault(str(value), {})[str(known)] = int(n)
    shares = {str(v): n / seen.usable for v, n in seen.values.counts.items()}
    found = {}
    for value, own in links.items():
        best = max(sorted(own), key=lambda v: own[v])
        total, chance = sum(own.values()), shares.get(best, 0.0)
        beyond_chance = (own[best] / total - chance) / max(1 - chance, 1e-9)
        if total >= LEAST_LINKS and own[best] >= 0.9 * total and beyond_chance >= AGREEMENT:
            found[value] = best
    return found
