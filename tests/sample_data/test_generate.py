"""Tests for `sample_data.generate`: what is in the files, counted without its help."""

import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from sample_data.faults import FAULTS
from sample_data.generate import generate, main
from sample_data.population import (
    CARRIERS,
    CHANNELS,
    COUNTRIES,
    PAYMENTS,
    QUARTERS,
    REGIONS,
    WAREHOUSES,
)

from sample_data import generate as module

COMMITTED = Path(module.__file__).parent
ROWS, SEED = 24_000, 11


@dataclass(frozen=True)
class Written:
    """Both twins as they were written, every order's cell as text."""

    out: Path
    files: dict[str, pl.DataFrame]
    dirty: pl.DataFrame
    clean: pl.DataFrame
    customers: tuple[pl.DataFrame, pl.DataFrame]
    shipments: tuple[pl.DataFrame, pl.DataFrame]


def read_orders(out):
    """Read each file of orders, by its quarter."""
    paths = sorted((out / "production" / "orders").glob("*.csv"))
    return {p.stem.removeprefix("orders_"): pl.read_csv(p, infer_schema=False) for p in paths}


def stacked(files):
    """Put files below each other under the pilot's names."""
    names = {"items": "item_count", "delivery_service": "service_level"}
    return pl.concat(
        (f.rename(names, strict=False).with_columns(quarter=pl.lit(q)) for q, f in files.items()),
        how="diagonal",
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Generate production with its faults, and its clean twin."""
    out, twin = tmp_path_factory.mktemp("dirty"), tmp_path_factory.mktemp("clean")
    generate(out, rows=ROWS, seed=SEED)
    generate(twin, rows=ROWS, seed=SEED, faults=False)
    files = read_orders(out)
    customers, shipments = (
        tuple(pl.read_parquet(o / "production" / f"{table}.parquet") for o in (out, twin))
        for table in ("customers", "shipments")
    )
    return Written(out, files, stacked(files), stacked(read_orders(twin)), customers, shipments)


def lost(pair, key, column):
    """Rows that have no value in a column in which their clean twins have one."""
    dirty, clean = pair
    both = dirty.join(clean.select(key, was=column), on=key, how="left", maintain_order="left")
    return both.filter(pl.col(column).is_null() & pl.col("was").is_not_null())


def strange(frame, column, *known):
    """Rows with a value that is none of the known ones."""
    return frame.filter(pl.col(column).is_not_null() & ~pl.col(column).is_in(known))


def heavier(w):
    """Orders that weigh about twice what they weigh in the clean twin."""
    both = w.dirty.join(w.clean.select("order_id", was="ship_weight"), on="order_id", how="left")
    ratio = pl.col("ship_weight").cast(pl.Float64) / pl.col("was").cast(pl.Float64)
    return both.filter(ratio > 1.8)


def shipped_without_order(w, *, invented):
    """Shipments of no order: under an invented number, or of an order that is gone."""
    known = w.dirty["order_id"].cast(pl.Int64).unique().implode()
    gone = w.shipments[0].filter(~pl.col("order_id").is_in(known))
    return gone.filter((pl.col("order_id") > ROWS) == invented)


HITS = {
    "missing_carrier": lambda w: lost((w.dirty, w.clean), "order_id", "carrier"),
    "missing_distance": lambda w: lost((w.dirty, w.clean), "order_id", "distance_km"),
    "missing_weight": lambda w: lost((w.dirty, w.clean), "order_id", "ship_weight"),
    "sentinel_distance_negative": lambda w: w.dirty.filter(distance_km="-999"),
    "sentinel_distance_large": lambda w: w.dirty.filter(distance_km="9999"),
    "unit_change_weight": heavier,
    "retyped_promised_days": lambda w: w.dirty.filter(
        pl.col("promised_days").str.contains(r"^\d+ days$")
    ),
    "variants_carrier": lambda w: strange(w.dirty, "carrier", *CARRIERS),
    "variants_country": lambda w: strange(w.dirty, "country", *COUNTRIES, "RO", "BG", "HU"),
    "variants_region": lambda w: strange(w.dirty, "region", *REGIONS, "East"),
    "placeholder_warehouse": lambda w: strange(w.dirty, "warehouse", *WAREHOUSES),
    "new_region": lambda w: w.dirty.filter(
        (pl.col("region") == "East") & pl.col("country").is_in(["RO", "BG", "HU"])
    ),
    "swap_channel_payment": lambda w: w.dirty.filter(
        pl.col("channel").is_in(PAYMENTS) & pl.col("payment_method").is_in(CHANNELS)
    ),
    "orphan_customers": lambda w: w.dirty.join(w.customers[0], on="customer_id", how="anti"),
    "test_entries": lambda w: w.dirty.filter(
        pl.col("note").str.starts_with("TEST") & (pl.col("order_value") == "0.01")
    ),
    "future_dates": lambda w: w.dirty.filter(pl.col("ordered_at").str.starts_with("2062-")),
    "date_format_dots": lambda w: w.dirty.filter(
        pl.col("ordered_at").str.contains(r"^\d\d\.\d\d\.\d{4} \d\d:\d\d$")
    ),
    "date_format_slashes": lambda w: w.dirty.filter(
        pl.col("ordered_at").str.contains(r"^\d\d/\d\d/\d{4} \d\d:\d\d:\d\d$")
    ),
    "missing_quarter": lambda w: w.clean.filter(~pl.col("quarter").is_in(list(w.files))),
    "reimported_quarter": lambda w: w.dirty.filter(
        ~pl.struct("quarter", "order_id").is_first_distinct()
    ),
    "renamed_item_count": lambda w: stacked(
        {q: f for q, f in w.files.items() if "items" in f and "item_count" not in f}
    ),
    "renamed_service_level": lambda w: stacked(
        {q: f for q, f in w.files.items() if "delivery_service" in f and "service_level" not in f}
    ),
    "dropped_currency": lambda w: stacked(
        {q: f for q, f in w.files.items() if "currency" not in f}
    ),
    "missing_segment": lambda w: lost(w.customers, "customer_id", "segment"),
    "sentinel_signup": lambda w: w.customers[0].filter(pl.col("signup_date").dt.year() == 1900),
    "placeholder_email": lambda w: w.customers[0].filter(email="noreply@example.com"),
    "missing_shipped_at": lambda w: lost(w.shipments, "shipment_id", "shipped_at"),
    "orphan_shipments": lambda w: shipped_without_order(w, invented=True),
    "shipments_of_lost_orders": lambda w: shipped_without_order(w, invented=False),
}


def test_every_fault_is_counted_here():
    """A fault that is added without a way to count it fails."""
    assert set(HITS) == set(FAULTS)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda f: f.id)
def test_the_inventory_counts_what_is_in_the_files(written, fault):
    """Every entry's count is the number of rows found by looking at the files alone."""
    entries = tomllib.loads((written.out / "FAULTS.toml").read_text())["fault"]
    (entry,) = (e for e in entries if e["id"] == fault.id)
    hits = HITS[fault.id](written)
    assert entry["count"] == hits.height > 0
    if fault.quarters and "quarter" in hits.columns:
        assert set(hits["quarter"]) <= set(fault.quarters)


def test_cells_without_a_fault_are_those_of_the_clean_twin(written):
    """Outside their faults' quarters the columns of an order are left alone."""
    for column in written.clean.columns:
        struck = {
            q
            for f in FAULTS.values()
            if f.table == "orders" and column in f.columns
            for q in f.quarters or QUARTERS
        }
        if set(QUARTERS) <= struck:
            continue
        both = written.dirty.filter(~pl.col("quarter").is_in(list(struck))).join(
            written.clean.select("order_id", was=column), on="order_id"
        )
        name = "was" if column == "order_id" else column
        assert both[name].equals(both["was"]), column


def test_the_pilot_is_drawn_from_the_clean_twin(written):
    """Each pilot row is a row of the clean twin, with its label beside it."""
    pilot = pl.read_csv(written.out / "pilot" / "orders.csv", infer_schema=False)
    assert pilot.height == 10_000
    assert pilot["late"].value_counts()["count"].min() > 1000
    assert pilot["late"].null_count() == 0
    columns = [c for c in pilot.columns if c != "late"]
    assert written.clean.drop("quarter").columns == columns
    joined = pilot.select(columns).join(written.clean, on=columns, how="semi", nulls_equal=True)
    assert joined.height == pilot.height


def test_the_pilot_brings_its_customers_and_shipments(written):
    """Every pilot order has one customer and one shipment, and there are no others."""
    orders, customers, shipments = (
        pl.read_csv(written.out / "pilot" / f"{t}.csv")
        for t in ("orders", "customers", "shipments")
    )
    assert set(customers["customer_id"]) == set(orders["customer_id"])
    assert customers["customer_id"].is_unique().all()
    assert shipments["order_id"].to_list() == orders["order_id"].to_list()


def test_the_clean_twin_holds_together(written):
    """Keys are unique, references resolve, and as little is missing as in the pilot."""
    customers, shipments = written.customers[1], written.shipments[1]
    assert written.clean["order_id"].is_unique().all()
    assert written.clean.join(customers, on="customer_id", how="anti").height == 0
    assert set(shipments["order_id"].cast(pl.String)) == set(written.clean["order_id"])
    pilot = pl.read_csv(written.out / "pilot" / "orders.csv")
    for column in pilot.columns[:-1]:
        shares = [f[column].null_count() / f.height for f in (pilot, written.clean)]
        assert shares[0] == pytest.approx(shares[1], abs=0.015), column


def digests(out):
    """Answer the hash of every file below a folder."""
    return {
        p.relative_to(out).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in out.rglob("*")
        if p.is_file()
    }


def test_same_arguments_same_bytes(tmp_path):
    """A second run writes the same files; another seed writes others."""
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        generate(tmp_path / name, rows=2000, seed=seed)
    one, again, other = (digests(tmp_path / n) for n in ("one", "again", "other"))
    assert len(one) == 29
    assert one == again
    assert not set(one.values()) & set(other.values())


def test_an_earlier_run_leaves_nothing_behind(tmp_path):
    """The quarter that is missing with faults is missing after a clean run, too."""
    generate(tmp_path, rows=500, faults=False)
    assert len(read_orders(tmp_path)) == 24
    generate(tmp_path, rows=500)
    assert len(read_orders(tmp_path)) == 23


def test_chosen_faults_only(tmp_path):
    """A subset is planted alone; what follows from a fault left out is left out."""
    chosen = [FAULTS["missing_quarter"], FAULTS["placeholder_email"]]
    counts = generate(tmp_path, rows=500, faults=chosen)
    assert set(counts) == {"missing_quarter", "placeholder_email"}
    assert generate(tmp_path, rows=500, faults=[FAULTS["shipments_of_lost_orders"]]) == {}
    assert "2024-Q2" in read_orders(tmp_path)


@pytest.mark.parametrize("rows", [1, 30])
def test_few_rows(tmp_path, rows):
    """Quarters without an order have no file, and nothing breaks."""
    generate(tmp_path, rows=rows, faults=False)
    assert sum(f.height for f in read_orders(tmp_path).values()) == rows


def test_labels_on_request(tmp_path):
    """Production has the target only where it is asked for."""
    generate(tmp_path, rows=200, labels=True)
    assert all(f.columns[-1] == "late" for f in read_orders(tmp_path).values())
    generate(tmp_path, rows=200)
    assert not any("late" in f.columns for f in read_orders(tmp_path).values())


def test_command_line(tmp_path, capsys):
    """The command writes the clean twin and says what it did."""
    assert main(["--out", str(tmp_path), "--rows", "240", "--seed", "3", "--clean"]) == 0
    assert "240 orders, 0 faults planted" in capsys.readouterr().out
    assert tomllib.loads((tmp_path / "FAULTS.toml").read_text()) == {"rows": 240, "seed": 3}


def test_the_committed_inventory_lists_every_fault():
    """FAULTS.toml beside the generator is of the faults as they are in the code."""
    listed = tomllib.loads((COMMITTED / "FAULTS.toml").read_text(encoding="utf-8"))
    assert (listed["rows"], listed["seed"]) == (1_000_000, 7)
    assert [(e["id"], e["kind"], e["share"], e["sentence"]) for e in listed["fault"]] == [
        (f.id, f.kind, f.share, f.sentence) for f in FAULTS.values()
    ]


def test_the_readme_describes_every_column():
    """The data dictionary has a line a column, in the files' order, and no other."""
    text = (COMMITTED / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", text.partition("## Tables")[2], re.MULTILINE)
    tables = ("orders", "customers", "shipments")
    pilot = (pl.read_csv(COMMITTED / "pilot" / f"{t}.csv", n_rows=1) for t in tables)
    assert listed == [column for frame in pilot for column in frame.columns]


def test_the_committed_pilot_is_small():
    """The repository carries less than 2.5 MB of sample rows."""
    assert sum(p.stat().st_size for p in (COMMITTED / "pilot").iterdir()) < 2_500_000


@pytest.mark.slow
def test_the_committed_files_come_from_the_defaults(tmp_path):
    """The pilot and the inventory are what the command writes, byte for byte."""
    generate(tmp_path)
    for name in ("pilot/orders.csv", "pilot/customers.csv", "pilot/shipments.csv", "FAULTS.toml"):
        assert (tmp_path / name).read_bytes() == (COMMITTED / name).read_bytes(), name
