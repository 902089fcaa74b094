"""pandera, Great Expectations and our SQL agree; `python -m benchmarks.equality` asks more."""

from __future__ import annotations

from benchmarks.equality import compare


def test_three_engines_agree_on_every_kind_of_check() -> None:
    """In verdict and in rows, on nulls, NaN, infinities, blanks, decimals and scripts."""
    kinds, compared, differences = compare(2)
    assert differences == []
    assert kinds >= 40
    assert compared >= 4 * 40
