"""Tests for `sample_data.population`: believable, learnable, and the same every time."""

import numpy as np
import polars as pl
import pytest
from sample_data.population import (
    QUARTERS,
    customers,
    orders,
    quarter_rows,
    shipments,
    stream,
)
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

NOT_FEATURES = ("order_id", "customer_id", "ordered_at", "note", "late")


@pytest.fixture(scope="module")
def sample():
    """Draw 20,000 orders over the whole period, in random order."""
    people = customers(20_000, 5)
    parts = [orders(q, n, 1, people, 5) for q, n in quarter_rows(20_000).items()]
    return pl.concat(parts).sample(fraction=1, shuffle=True, seed=1)


@pytest.fixture(scope="module")
def probe(sample):
    """Train boosting on half of the orders; answer its AUC given columns to shuffle."""
    names = [c for c in sample.columns if c not in NOT_FEATURES]
    coded = [sample[c].rank("dense") if sample[c].dtype == pl.String else sample[c] for c in names]
    rows = np.column_stack([c.cast(pl.Float64).to_numpy() for c in coded])
    late = sample["late"].to_numpy()
    half = len(rows) // 2
    model = HistGradientBoostingClassifier(max_iter=60, random_state=0)
    model.fit(rows[:half], late[:half])

    def auc(*shuffled):
        unseen = rows[half:].copy()
        for name in shuffled:
            j = names.index(name)
            unseen[:, j] = np.random.default_rng(0).permutation(unseen[:, j])
        return roc_auc_score(late[half:], model.predict_proba(unseen)[:, 1])

    return names, auc


def test_lateness_can_be_learnt(probe):
    """A standard model finds the signal, and finds no oracle."""
    _, auc = probe
    assert 0.80 < auc() < 0.88


def test_no_column_decides_alone(probe):
    """Each column carries less than half of the skill; at least six carry some."""
    names, auc = probe
    skill = 2 * auc() - 1
    share = {c: (skill - (2 * auc(c) - 1)) / skill for c in names}
    assert max(share.values()) < 0.5
    assert sum(s > 0.05 for s in share.values()) >= 6


def test_columns_belong_together(sample):
    """Heavier orders cost more, and each country has its region, currency and carriers."""
    both = sample.drop_nulls("ship_weight")
    assert both.select(pl.corr("ship_weight", "order_value", method="spearman")).item() > 0.7
    assert both.select(pl.corr("ship_weight", "item_count", method="spearman")).item() > 0.7
    per_country = sample.group_by("country").agg(
        pl.col("region", "currency").n_unique(), pl.col("distance_km").median().alias("km")
    )
    assert per_country.select(pl.max("region", "currency")).row(0) == (1, 1)
    assert per_country["km"].max() > 2 * per_country["km"].min()
    north = sample.filter(region="North")["carrier"]
    assert (north == "PostNord").mean() > 5 * (sample["carrier"] == "PostNord").mean()


def test_a_quarter_holds_its_own_times_in_order():
    """Times rise within the quarter, day for day, its last day included."""
    placed = orders("2020-Q4", 5000, 100, customers(500, 1), 1)["ordered_at"]
    assert placed.is_sorted()
    assert str(placed.min())[:10] == "2020-10-01"
    assert str(placed.max())[:10] == "2020-12-31"


def test_ids_continue():
    """The first id is the one asked for, and ids leave no gap."""
    placed = orders("2021-Q1", 4, 100, customers(500, 1), 1)
    assert placed["order_id"].to_list() == [100, 101, 102, 103]


def test_a_shipment_follows_its_order():
    """Each order has one shipment, later than itself, by its own carrier."""
    placed = orders("2021-Q1", 200, 1, customers(500, 1), 1)
    sent = shipments(placed, "2021-Q1", 1)
    assert sent["order_id"].equals(placed["order_id"])
    assert sent["carrier"].equals(placed["carrier"])
    assert (sent["shipped_at"] > placed["ordered_at"]).drop_nulls().all()


def test_customers_are_unique():
    """Ids and addresses identify a customer; addresses are of reserved domains."""
    people = customers(5000, 1)
    assert people.height == 1000
    assert people["customer_id"].is_unique().all()
    assert people["email"].is_unique().all()
    assert people["email"].str.contains(r"^[a-z]+\.\d+@example\.(com|org|net)$").all()


def test_quarters_share_out_all_rows():
    """Every order falls into a quarter; business grows, and peaks at year's end."""
    rows = quarter_rows(100_003)
    assert tuple(rows) == QUARTERS
    assert sum(rows.values()) == 100_003
    assert rows["2026-Q3"] > rows["2021-Q3"]
    assert rows["2024-Q4"] > rows["2025-Q1"]


def test_streams_are_independent():
    """The same names give the same numbers, other names others."""
    draws = [stream(1, *names).random() for names in (("a", "b"), ("a", "b"), ("a", "c"))]
    assert draws[0] == draws[1] != draws[2]
