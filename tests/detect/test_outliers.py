"""Tests for `detect.outliers`: numbers far outside the pilot's range."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from dataready.model import Severity

RATES = [f"{(k * 7919) % 900 / 100:.2f}" for k in range(3000)]


def with_wrong(values, wrong):
    """Put wrong values in front."""
    return [*wrong, *values[len(wrong) :]]


def test_a_few_values_a_hundredfold_are_named(search):
    """Far fewer than may lie out of range; one is a note, whose cell is listed."""
    wrong = [f"{k + 200}.5" for k in range(12)]
    for n, severity in ((1, Severity.INFO), (12, Severity.WARN)):
        found = search({"rate": with_wrong(RATES, wrong[:n])}, {"rate": RATES[:1000]})
        finding = found.one("outlier", "rate")
        assert finding.severity is severity
        assert finding.cells
        assert found.rows(finding) == list(range(n))
        assert not found.of("out_of_range")


def test_both_ends_are_looked_at(search):
    """Only the end that has something is told of."""
    found = search({"rate": with_wrong(RATES, ["-500", "-501"])}, {"rate": RATES[:1000]})
    message = found.one("outlier", "rate").message
    assert "below" in message
    assert "above" not in message


@pytest.mark.parametrize("seed", range(5))
def test_long_tails_are_no_outliers(search, seed):
    """Ten times as many rows reach further, and not that far: amounts, counts, normal values."""
    r = np.random.default_rng(seed)
    draws = {
        "amount": lambda n: np.exp(r.normal(8, 1.5, n)),
        "visits": lambda n: r.pareto(1.2, n) * 10 + 1,
        "heat": lambda n: r.normal(20, 5, n),
    }
    pilot, production = (
        {name: [f"{v:.2f}" for v in draw(n)] for name, draw in draws.items()} for n in (1000, 9000)
    )
    assert not search(production, pilot).of("outlier")


def test_what_is_mostly_out_of_range_is_told_once(search):
    """As values out of range, or as another unit."""
    production = {"rate": [f"{float(v) * 100:.2f}" for v in RATES]}
    assert not search(production, {"rate": RATES[:1000]}).of("outlier")


def test_codes_that_stand_for_nothing_are_no_numbers(search):
    """9999 again and again is read as missing."""
    found = search({"rate": with_wrong(RATES, ["9999"] * 40)}, {"rate": RATES[:1000]})
    assert not found.of("outlier")
    assert found.of("disguised_missing")


@pytest.mark.parametrize("seed", range(3))
def test_tails_on_either_side_of_zero_are_no_outliers(search, seed):
    """Debts, gains beside losses, and amounts that mostly are nothing."""
    r = np.random.default_rng(seed)
    draws = {
        "debt": lambda n: -np.exp(r.normal(6, 1.5, n)),
        "gain": lambda n: np.exp(r.normal(6, 1.5, n)) * r.choice([-1, 1], n, p=[0.3, 0.7]),
        "noise": lambda n: r.standard_t(3, n),
        "claim": lambda n: np.exp(r.normal(6, 1.2, n)) * (r.random(n) < 0.4),
    }
    pilot, production = (
        {name: [f"{v:.4f}" for v in draw(n)] for name, draw in draws.items()} for n in (1000, 9000)
    )
    assert not search(production, pilot).of("outlier")


def test_numbers_as_large_as_they_get_are_searched(search):
    """Their squares have no number."""
    values = [float(v) * 1e200 for v in RATES]
    found = search({"rate": with_wrong(values, [1e206])}, {"rate": values[:1000]})
    assert found.rows(found.one("outlier", "rate")) == [0]


def test_numbers_that_refer_to_another_dataset_are_names(search, tmp_path):
    """An order that is not there is an orphan, however large its number."""
    path = str(tmp_path / "orders.duckdb")
    with duckdb.connect(path) as con:
        con.execute("CREATE TABLE data AS SELECT i::VARCHAR AS id FROM range(1000, 2000) r(i)")
    orders = [str(1000 + k) for k in range(1000)]
    production = {"order": with_wrong(orders * 9, [f"{k + 9_000_000}" for k in range(20)])}
    references = {"order": ("orders", "id", path)}
    pilot = {"order": orders * 2}
    assert search(production, pilot, key=()).of("outlier")
    found = search(production, pilot, key=(), references=references)
    assert not found.of("outlier")
    assert found.of("orphans")
