"""Every kind of fault with a name, one at a time: what is found, and in which column."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import pytest
from tests.detect.conftest import searched

from dataready.compare.counts import counts_of
from dataready.compare.damage import column_damage
from dataready.compare.findings import comparison_findings
from dataready.compare.schema_drift import schema_findings
from dataready.model import Severity

pytestmark = pytest.mark.slow
ROWS = 3_000
START = datetime(2025, 1, 1)  # noqa: DTZ001 - as exports write times
TOWNS = {"10115": "Berlin", "80331": "Munich", "75001": "Paris", "69001": "Lyon", "00184": "Rome"}
COUNTRIES = {"Berlin": "DE", "Munich": "DE", "Paris": "FR", "Lyon": "FR", "Rome": "IT"}
WORDS = "quick lazy brown black silver heavy small round early northern open quiet".split()  # noqa: SIM905


@cache
def clean(seed):
    """Draw orders: what was ordered when, by whom, where to, at what price."""
    rng = random.Random(seed)  # noqa: S311
    rows = {name: [] for name in COLUMNS}
    for k in range(ROWS):
        zip_ = rng.choice([*TOWNS])
        at = START + timedelta(hours=2 * k, minutes=rng.randrange(60))
        quantity, price = rng.randrange(2, 30), round(rng.uniform(3, 400), 2)
        net = round(rng.uniform(50, 900), 2)
        tax = round(rng.uniform(5, 90), 2)
        big = rng.random() < 0.4
        values = (
            f"O{seed}{k:05}",
            at.strftime("%Y-%m-%d %H:%M:%S"),
            (at + timedelta(days=rng.randrange(1, 9))).strftime("%Y-%m-%d"),
            zip_,
            TOWNS[zip_],
            COUNTRIES[TOWNS[zip_]],
            str(quantity),
            f"{price:.2f}",
            f"{quantity * price:.2f}",
            f"{net:.2f}",
            f"{tax:.2f}",
            f"{net + tax:.2f}",
            "parcel" if big else "letter",
            f"{rng.gauss(30 if big else 9, 3):.1f}",
            rng.choice("YN"),
            f"{rng.choice(WORDS)} {rng.choice(WORDS)} {rng.choice(WORDS)} {k}",
            f"{rng.choice(WORDS).title()} GmbH",
            gtin(rng),
            f"{rng.gauss(170, 9):.1f}",
            f"{TOWNS[zip_]}, {rng.choice(WORDS)}",
            (at + timedelta(minutes=rng.randrange(600))).isoformat(),
        )
        for name, v in zip(COLUMNS, values, strict=True):
            rows[name].append(v)
    return rows


COLUMNS = (
    "order_id",
    "ordered",
    "shipped",
    "postcode",
    "town",
    "country",
    "quantity",
    "price",
    "total",
    "net",
    "tax",
    "gross",
    "kind",
    "weight",
    "insured",
    "note",
    "supplier",
    "article",
    "height",
    "place",
    "loaded",
)


def gtin(rng):
    """Make an article number with its check digit."""
    digits = [rng.randrange(10) for _ in range(12)]
    odd = sum(d * (3 if k % 2 else 1) for k, d in enumerate(digits))
    return "".join(map(str, digits)) + str(-odd % 10)


@dataclass(frozen=True)
class Fault:
    """What it is called, in which column it is planted and found, by which names, and how.

    `among` are the columns that the table has beside it; `change` makes the table's faulty one.
    """

    name: str
    column: str
    found: str
    among: str
    change: Callable[[dict], dict]
    alone: bool = False

    def __str__(self):
        """Write its name."""
        return self.name


def every(step, change, column=None, start=0):
    """Change some rows' cells of a column."""

    def planted(table):
        kept = column or next(iter(table))
        return table | {
            kept: [
                change(v, k) if k % step == start and k >= 0 else v
                for k, v in enumerate(table[kept])
            ]
        }

    return planted


def cells(name, column, found, change, step=20, among=""):
    """A fault of some cells of one column."""
    return Fault(name, column, found, f"{column} {among}", every(step, change, column))


def whole(name, column, found, change, among=""):
    """A fault of the whole table."""
    return Fault(name, column, found, among or column, change)


def since(table, column, change, share=0.6):
    """Change a column's cells from a row on."""
    edge = int(share * ROWS)
    return table | {column: [change(v, k) if k >= edge else v for k, v in enumerate(table[column])]}


def of(texts):
    """Take texts in turn."""
    listed = texts.split("|")
    return lambda _, k: listed[(k // 20) % len(listed)]


def date_as(form):
    """Write a date in another format."""

    def change(v, _):
        return datetime.fromisoformat(v).strftime(form)

    return change


def slip(v, _):
    """Turn two letters."""
    return v[0] + v[2] + v[1] + v[3:]


def times(factor):
    """Write a number in another unit."""
    return lambda v, _: f"{float(v) * factor:.2f}"


def without(*names):
    """Drop columns."""
    return lambda t: {n: v for n, v in t.items() if n not in names}


def renamed(old, new):
    """Call a column otherwise, in its place."""
    return lambda t: {new if n == old else n: v for n, v in t.items()}


def added(**more):
    """Add columns made from the table."""
    return lambda t: t | {n: [f(t, k) for k in range(ROWS)] for n, f in more.items()}


def swapped(table):
    """Put two columns' cells into each other's place in some rows."""
    rows = set(range(0, ROWS, 25))
    return table | {
        a: [table[b][k] if k in rows else v for k, v in enumerate(table[a])]
        for a, b in (("country", "weight"), ("weight", "country"))
    }


def split_cells(table):
    """Let one cell hold its neighbour's value too."""
    rows = set(range(0, ROWS, 25))
    town = [f"{v} {table['country'][k]}" if k in rows else v for k, v in enumerate(table["town"])]
    return table | {
        "town": town,
        "country": [None if k in rows else v for k, v in enumerate(table["country"])],
    }


def copied(table, step=15, change=lambda v: v, key=None):
    """Add copies of some rows."""
    rows = [*range(ROWS), *range(0, ROWS, step)]
    made = {
        n: [change(v[k]) if j >= ROWS and n != key else v[k] for j, k in enumerate(rows)]
        for n, v in table.items()
    }
    if key:
        made[key] = [*table[key], *(f"X{k:06}" for k in range(len(rows) - ROWS))]
    return made


def emptied(names, rows):
    """Empty some columns together."""
    return lambda t: t | {n: [None if rows(t, k) else v for k, v in enumerate(t[n])] for n in names}


def day_lost(table):
    """Half of the rows of the last weeks' days are gone."""
    kept = [k for k in range(ROWS) if not (60 * 12 <= k < 80 * 12)]
    return {n: [v[k] for k in kept] for n, v in table.items()}


def versions(table):
    """Keep every state of an order: its number does not tell rows apart any more."""
    made = copied(table, step=5)
    return made | {"version": [1] * ROWS + [2] * (len(made["kind"]) - ROWS)}


def late(table):
    """Rows of the last months are loaded weeks later."""
    return since(
        table, "loaded", lambda v, _: (datetime.fromisoformat(v) + timedelta(days=20)).isoformat()
    )


FAULTS = [
    # Disguised missing
    cells("words for no value", "supplier", "disguised_missing", of("n/a|unknown|-")),
    cells("foreign words for no value", "town", "disguised_missing", of("keine Angabe|inconnu")),
    cells("word among numbers", "price", "disguised_missing", of("unknown")),
    cells("sentinel", "weight", "disguised_missing", of("-999")),
    cells("sentinel date", "shipped", "disguised_missing", of("1900-01-01"), among="ordered"),
    cells("repeated digits far off", "price", "disguised_missing", of("99999")),
    cells("repeated digits in range", "price", "value_jumped", of("111"), step=25),
    cells("repeated digits in texts", "article", "disguised_missing", of("1111111111111")),
    cells("keyboard mash", "note", "test_entries", of("asdf|qwertz"), step=200),
    cells("test entry", "note", "test_entries", of("TEST please ignore|xxx"), step=200),
    cells("zero in range", "price", "value_jumped out_of_range", of("0"), step=25),
    # Formats and validity
    cells("other date format", "shipped", "date_format", date_as("%d.%m.%Y")),
    cells("two-digit year", "shipped", "date_format", date_as("%d.%m.%y")),
    cells(
        "day and month turned", "shipped", "day_month_swapped", date_as("%Y-%d-%m"), among="ordered"
    ),
    cells("time zones mixed", "ordered", "time_zones", lambda v, _: v.replace(" ", "T") + "+02:00"),
    cells("numbers with apostrophes", "price", "unparsed", lambda v, _: f"'{v}"),
    cells("decimal comma", "price", "decimal_comma", lambda v, _: v.replace(".", ",")),
    cells(
        "thousands separator",
        "total",
        "thousands_separator",
        lambda v, _: f"{float(v) + 1000:,.2f}",
    ),
    cells("currency", "price", "unit_text", lambda v, _: f"€ {v}"),
    cells("unit", "weight", "unit_text", lambda v, _: f"{v} kg"),
    whole(
        "inches for centimetres",
        "height",
        "unit_change",
        lambda t: since(t, "height", times(1 / 2.54), share=181 / 250),
        "ordered height kind",
    ),
    whole("millimetres for centimetres", "height", "unit_change", every(1, times(10), "height")),
    cells("mixed types", "quantity", "unparsed", lambda _, k: f"see note {k}"),
    cells("wrong encoding", "note", "garbled_text", lambda v, _: v + " Ã¼ber"),
    cells("byte order mark", "note", "garbled_text", lambda v, _: "\ufeff" + v),
    cells("escaped twice", "note", "garbled_text", lambda v, _: v + " &amp;amp; more"),
    cells(
        "leading zeros lost", "postcode", "leading_zeros_lost", lambda v, _: v.lstrip("0"), step=1
    ),
    cells("scientific notation", "total", "scientific_notation", lambda v, _: f"{float(v):.2E}"),
    whole(
        "inches in one segment",
        "height",
        "unit_change",
        lambda t: (
            t
            | {
                "height": [
                    times(1 / 2.54)(v, k) if t["country"][k] == "IT" else v
                    for k, v in enumerate(t["height"])
                ]
            }
        ),
        "height country weight",
    ),
    whole("cut texts", "note", "truncated", lambda t: t | {"note": [v[:16] for v in t["note"]]}),
    cells("cut by one system", "note", "truncated", lambda v, _: v[:9], step=30),
    cells(
        "a hundredfold",
        "weight",
        "outlier out_of_range",
        lambda v, _: f"{float(v) * 100:.1f}",
        step=300,
    ),
    cells(
        "check digit wrong",
        "article",
        "invalid_identifier",
        lambda v, _: v[:-1] + str((int(v[-1]) + 1) % 10),
    ),
    cells("booleans spelt many ways", "insured", "category_variants", of("yes|TRUE|1|no")),
    # Consistency in a row and a table
    cells("case", "town", "category_variants", lambda v, _: v.upper()),
    cells(
        "blanks and signs", "supplier", "category_variants", lambda v, _: f" {v.replace(' ', '-')} "
    ),
    cells("accents", "town", "category_variants", lambda v, _: v.replace("e", "é")),
    cells(
        "abbreviation", "supplier", "category_variants", lambda v, _: v.replace("GmbH", "G.m.b.H.")
    ),
    cells("typing error", "town", "misspelt category_variants", slip, step=100),
    cells("dependency broken", "town", "dependency", of("Paris|Rome|Berlin"), among="postcode"),
    cells(
        "half of the sources wrong", "town", "dependency", of("Paris|Rome|Berlin"), 2, "postcode"
    ),
    cells("sum broken", "gross", "arithmetic", lambda v, _: f"{float(v) + 9:.2f}", among="net tax"),
    cells(
        "product broken",
        "total",
        "arithmetic",
        lambda v, _: f"{float(v) + 9:.2f}",
        among="quantity price",
    ),
    cells(
        "order of dates broken",
        "shipped",
        "date_order",
        lambda v, _: (datetime.fromisoformat(v) - timedelta(days=30)).strftime("%Y-%m-%d"),
        among="ordered",
    ),
    Fault("swapped columns", "weight", "swapped_columns", "country weight", swapped),
    Fault("two values in one cell", "town", "split_cells", "town country", split_cells),
    whole("rows twice", None, "duplicate_rows", copied, "town price weight note"),
    whole("keys twice", "order_id", "key_duplicates", copied, "order_id town price"),
    whole(
        "rows twice, spelt otherwise",
        None,
        "respelt_rows",
        lambda t: copied(t, change=str.upper),
        "town price weight note",
    ),
    whole("constant column", "weight", "constant", every(1, of("9.0"), "weight")),
    whole(
        "stuck column", "weight", "stuck", lambda t: since(t, "weight", of("9.0")), "ordered weight"
    ),
    whole(
        "column that comes alive",
        "weight",
        "came_alive",
        lambda t: t | {"weight": ["9.0" if k < 1000 else v for k, v in enumerate(t["weight"])]},
        "ordered weight",
    ),
    # Time and history
    whole("missing period", "ordered", "missing_period", day_lost, "ordered price"),
    whole("late arrival", "loaded", "late_arrival", late, "ordered loaded price"),
    cells("future date", "ordered", "future_date", lambda v, _: "2199" + v[4:], step=300),
    whole(
        "days for times",
        "ordered",
        "granularity",
        every(1, lambda v, _: v[:10] + " 00:00:00", "ordered"),
    ),
    whole(
        "missing since a month",
        "weight",
        "era",
        lambda t: since(t, "weight", lambda *_: None),
        "ordered weight",
    ),
    # Missingness
    cells("missing", "weight", "missing", lambda *_: None),
    whole(
        "missing in a segment",
        "weight",
        "missing_by not_applicable",
        emptied(["weight"], lambda t, k: t["country"][k] == "IT"),
        "weight country town",
    ),
    whole(
        "missing together",
        "net",
        "missing_together",
        emptied(["net", "tax", "weight"], lambda _, k: k % 9 == 0),
        "net tax weight kind",
    ),
    # Schema drift
    whole("column added", "more", "column_added", added(more=lambda _, k: str(k)), "kind weight"),
    whole("column removed", "weight", "column_removed", without("weight"), "kind weight town"),
    whole(
        "column renamed",
        "weight",
        "column_renamed",
        renamed("weight", "mass_kg"),
        "kind weight town",
    ),
    whole(
        "header in another case and with blanks",
        "weight",
        "column_respelt",
        renamed("weight", " Weight "),
        "kind weight town",
    ),
    whole(
        "header with a byte order mark",
        "weight",
        "column_respelt",
        renamed("weight", "\ufeffweight"),
        "kind weight town",
    ),
    whole(
        "retyped",
        "weight",
        "column_retyped",
        lambda t: t | {"weight": [f"w{v}g" for v in t["weight"]]},
        "weight kind",
    ),
    whole(
        "reordered", None, "columns_reordered", lambda t: dict(reversed(t.items())), "kind weight"
    ),
    whole(
        "split column",
        "place",
        "columns_split",
        lambda t: without("place")(
            added(
                city=lambda t, k: t["place"][k].split(", ")[0],
                street=lambda t, k: t["place"][k].split(", ")[1],
            )(t)
        ),
        "place price",
    ),
    whole("key changed", "order_id", "key_changed", versions, "order_id kind price"),
    whole(
        "numbers as text",
        "price",
        "column_retyped unit_text",
        every(1, lambda v, _: f"{v} EUR", "price"),
    ),
    whole("new category", "kind", "new_category", every(9, of("bag"), "kind")),
    whole(
        "recoded",
        "kind",
        "recoded",
        every(1, lambda v, _: {"parcel": "2", "letter": "1"}[v], "kind"),
        "kind weight",
    ),
    whole(
        "recoded in part",
        "insured",
        "recoded_part",
        lambda t: since(t, "insured", lambda v, _: {"Y": "true", "N": "false"}[v]),
        "ordered insured weight",
    ),
    whole(
        "empty cells where none were",
        "kind",
        "column_nullable missing",
        every(30, lambda *_: None, "kind"),
    ),
]


def found_in(fault):
    """All findings of a table with a fault, against a clean pilot of other rows."""
    names = [n for n in COLUMNS if n in fault.among.split()]
    pilot, production = ({n: clean(s)[n] for n in names} for s in (1, 2))
    roles = {"time": "ordered"} if "ordered" in names else {}
    found = searched(
        fault.change(production), pilot, key=("order_id",) if "order_id" in names else (), **roles
    )
    here, there = found.scene.pilot, found.scene.production
    counts = counts_of(here, there)
    damage = column_damage(counts)
    return [
        *schema_findings(here, there, damage, {}, table="t"),
        *comparison_findings(here, there, counts, damage, table="t"),
        *found.findings,
    ]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_is_named_in_its_column(fault):
    """One of its names, in the column where it was planted."""
    found = found_in(fault)
    named = {f.detector for f in found if fault.column in {f.column, None, *f.explains}}
    assert named & set(fault.found.split()), sorted((f.detector, f.column) for f in found)


def test_the_clean_twin_is_silent():
    """All columns at once, other rows: nothing above a note."""
    found = found_in(Fault("none", None, "", " ".join(COLUMNS), lambda t: t))
    assert not [(f.detector, f.column) for f in found if f.severity.rank > Severity.INFO.rank]
