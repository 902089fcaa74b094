"""The population: customers, orders and shipments as an honest process would record them.

Everything that is right is here; `faults` makes it wrong. A quarter is drawn on its own,
from the seed and its name alone, so that any number of rows fits in bounded memory.
"""

from __future__ import annotations

import unicodedata
import zlib
from datetime import UTC, datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import expit, ndtri

__all__ = ["QUARTERS", "TIME", "customers", "orders", "quarter_rows", "shipments", "stream"]

QUARTERS = tuple(f"{year}-Q{q}" for year in range(2020, 2027) for q in range(1, 5))[3:27]
"""The period, the same for pilot, production and clean twin: six years."""

TIME = "%Y-%m-%d %H:%M:%S"
"""How an honest file writes a time."""

MISSING = 0.02
"""Share of nulls that the honest process leaves in a few columns."""

COUNTRIES = {  # region, currency, share of customers, km from each warehouse
    "DE": ("Central", "EUR", 0.22, (350, 800, 750, 700)),
    "AT": ("Central", "EUR", 0.06, (950, 900, 700, 650)),
    "CH": ("Central", "CHF", 0.06, (850, 280, 250, 1200)),
    "PL": ("Central", "PLN", 0.08, (800, 1450, 1250, 250)),
    "FR": ("West", "EUR", 0.14, (950, 400, 750, 1500)),
    "NL": ("West", "EUR", 0.08, (450, 850, 1000, 1150)),
    "BE": ("West", "EUR", 0.05, (550, 700, 900, 1200)),
    "IT": ("South", "EUR", 0.10, (1350, 600, 350, 1450)),
    "ES": ("South", "EUR", 0.08, (1900, 950, 1150, 2500)),
    "PT": ("South", "EUR", 0.03, (2300, 1450, 1800, 2950)),
    "SE": ("North", "SEK", 0.05, (800, 1800, 1750, 950)),
    "DK": ("North", "DKK", 0.03, (350, 1350, 1350, 800)),
    "FI": ("North", "EUR", 0.02, (1250, 2400, 2300, 1100)),
}
REGIONS = ("Central", "West", "South", "North")
SEGMENTS = {"consumer": 0.62, "small business": 0.26, "enterprise": 0.12}
WAREHOUSES = ("HAM", "LYS", "MXP", "WAW")
CARRIERS = ("DHL", "DPD", "UPS", "GLS", "PostNord", "Hermes")
CARRIER_SHARES = (  # one row a region
    (0.45, 0.20, 0.14, 0.12, 0.02, 0.07),
    (0.18, 0.34, 0.20, 0.20, 0.02, 0.06),
    (0.20, 0.12, 0.24, 0.38, 0.02, 0.04),
    (0.20, 0.06, 0.10, 0.04, 0.58, 0.02),
)
CHANNELS = ("web", "app", "marketplace", "phone")
CHANNEL_SHARES = (
    (0.55, 0.22, 0.17, 0.06),
    (0.42, 0.35, 0.18, 0.05),
    (0.34, 0.30, 0.26, 0.10),
    (0.44, 0.44, 0.10, 0.02),
)
PAYMENTS = ("invoice", "card", "wallet", "direct debit")
PAYMENT_SHARES = (
    (0.42, 0.20, 0.24, 0.14),
    (0.12, 0.56, 0.22, 0.10),
    (0.08, 0.44, 0.38, 0.10),
    (0.30, 0.48, 0.16, 0.06),
)
SERVICES = ("economy", "standard", "express")
SERVICE_SHARES = ((0.22, 0.60, 0.18), (0.15, 0.58, 0.27), (0.45, 0.48, 0.07), (0.10, 0.50, 0.40))
PRIORITIES = ("low", "normal", "high")
PRIORITY_SHARES = ((0.45, 0.50, 0.05), (0.15, 0.70, 0.15), (0.02, 0.43, 0.55))

FIRST = (
    "Anna", "Ben", "Carla", "David", "Elif", "Finn", "Greta", "Hugo", "Ines", "Jürgen", "Kaja",
    "Lars", "Marta", "Nils", "Olga", "Paul", "Quirin", "Rosa", "Søren", "Tomás", "Ursula",
    "Victor", "Wanda", "Xavier", "Yara", "Zoë",
)  # fmt: skip
LAST = (
    "Andersson", "Bauer", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Hansen",
    "Ivanova", "Janssen", "Kowalski", "Lefèvre", "Müller", "Nowak", "Oliveira", "Peeters",
    "Rossi", "Schmidt", "Thomsen", "Urban", "Virtanen", "Weber", "Ximénez", "Yilmaz",
    "Zimmermann",
)  # fmt: skip
NOTES = (
    "leave with {} at door {}",
    "ask for {}, gate code {}",
    "{} waits at dock {}",
    "ring at {}, flat {}",
    "{} collects it, locker {}",
)

# What makes an order late: no column alone decides.
CARRIER_EFFECT = np.array([-0.8, 0.0, -0.4, 0.7, -0.2, 1.5])
WAREHOUSE_EFFECT = np.array([-0.7, 0.4, 0.9, -0.3])
CHANNEL_EFFECT = np.array([0.0, -0.2, 1.2, 0.3])
SERVICE_EFFECT = np.array([0.5, 0.0, -0.7])
PRIORITY_EFFECT = np.array([1.0, 0.0, -1.2])
KM_A_DAY = np.array([300.0, 450.0, 900.0])

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def stream(seed: int, *names: str) -> np.random.Generator:
    """Answer the random stream of one purpose, independent of every other."""
    return np.random.default_rng([seed, *(zlib.crc32(n.encode()) for n in names)])


def quarter_rows(rows: int) -> dict[str, int]:
    """Split a number of orders over the quarters: growing, with a peak at year's end.

    >>> sum(quarter_rows(1000).values())
    1000
    """
    weights = [1 + 0.035 * i + 0.2 * (q[-1] == "4") for i, q in enumerate(QUARTERS)]
    edges = np.floor(np.cumsum([0.0, *weights]) / sum(weights) * rows + 0.5).astype(int)
    return dict(zip(QUARTERS, np.diff(edges).tolist(), strict=True))


def customers(rows: int, seed: int) -> pl.DataFrame:
    """Draw the customers behind `rows` orders, one for every five.

    Shares are exact rather than drawn: orders pick customers uniformly, and so have
    independent attributes however few the customers are.
    """
    n = max(rows // 5, 200)
    rng = stream(seed, "customers")
    country = _exact(rng, n, [c[2] for c in COUNTRIES.values()])
    segment = _exact(rng, n, list(SEGMENTS.values()))
    first, last = rng.integers(0, len(FIRST), n), rng.integers(0, len(LAST), n)
    number = pl.Series(np.arange(1, n + 1))
    signup = (rng.permutation(n) + rng.random(n)) / n * (366 * 8 - 60)
    limit = np.array([500.0, 4000.0, 25000.0])[segment] * np.exp(0.4 * _normal(rng, n))
    frame = pl.DataFrame(
        {
            "customer_id": number,
            "first": _pick(FIRST, first),
            "last": _pick(LAST, last),
            "email": _pick([_ascii(n) for n in FIRST], first),
            "signup_date": np.datetime64("2012-10-01", "D") + signup.astype("timedelta64[D]"),
            "segment": _pick(tuple(SEGMENTS), segment),
            "country": _pick(tuple(COUNTRIES), country),
            "credit_limit": np.round(limit, -1).astype(np.int64),
            "newsletter": rng.random(n) < 0.35,
        }
    )
    domain = _pick(("example.com", "example.org", "example.net"), rng.integers(0, 3, n))
    frame = frame.with_columns(
        pl.format("C{}", number.cast(pl.String).str.zfill(7)).alias("customer_id"),
        pl.format("{} {}", "first", "last").alias("name"),
        pl.format("{}.{}@{}", "email", number, domain).alias("email"),
    ).select("customer_id", "name", pl.exclude("customer_id", "name", "first", "last"))
    return _holes(frame, rng, "segment")


def orders(quarter: str, n: int, first_id: int, people: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Draw the orders of one quarter in the order of time, labels included.

    Args:
        quarter: One of `QUARTERS`.
        n: How many.
        first_id: The `order_id` of the first one; the others follow.
        people: The customers, as `customers` answers them.
        seed: With the quarter, decides everything.
    """
    rng = stream(seed, "orders", quarter)
    who = rng.integers(0, people.height, n)
    buyer = people.select("customer_id", "country")[who]
    country = _index(buyer["country"], tuple(COUNTRIES))
    region = np.array([REGIONS.index(c[0]) for c in COUNTRIES.values()])[country]
    km_to = np.array([c[3] for c in COUNTRIES.values()], dtype=float)
    near = np.exp(-km_to / 350)
    warehouse = _choose(rng, (near / near.sum(axis=1, keepdims=True))[country])
    km = np.round(km_to[country, warehouse] * np.exp(0.25 * _normal(rng, n)))
    carrier = _choose(rng, np.array(CARRIER_SHARES)[region])
    channel = _choose(rng, np.array(CHANNEL_SHARES)[region])
    service = _choose(rng, np.array(SERVICE_SHARES)[channel])
    priority = _choose(rng, np.array(PRIORITY_SHARES)[service])
    items = 1 + np.floor(np.exp(0.5 + 0.75 * _normal(rng, n)))
    price = _normal(rng, n)
    value = np.round(items * np.exp(3.2 + 0.6 * price), 2)
    weight = np.round(items * np.exp(-0.3 + 0.35 * price + 0.3 * _normal(rng, n)), 2)
    needed = 0.5 + km / KM_A_DAY[service]
    promised = np.ceil(needed + rng.uniform(-0.7, 2.3, n)).clip(1, 14)
    risk = (
        -1.4
        - 0.85 * (promised - needed - 1)
        + 1.0 * np.log(weight / 3)
        + CARRIER_EFFECT[carrier]
        + WAREHOUSE_EFFECT[warehouse]
        + CHANNEL_EFFECT[channel]
        + SERVICE_EFFECT[service]
        + PRIORITY_EFFECT[priority]
    )
    frame = pl.DataFrame(
        {
            "order_id": np.arange(first_id, first_id + n),
            "customer_id": buyer["customer_id"],
            "ordered_at": _moments(rng, quarter, n),
            "promised_days": promised.astype(np.int64),
            "region": _pick(REGIONS, region),
            "country": buyer["country"],
            "currency": _pick([c[1] for c in COUNTRIES.values()], country),
            "channel": _pick(CHANNELS, channel),
            "carrier": _pick(CARRIERS, carrier),
            "service_level": _pick(SERVICES, service),
            "warehouse": _pick(WAREHOUSES, warehouse),
            "item_count": items.astype(np.int64),
            "order_value": value,
            "ship_weight": weight,
            "distance_km": km.astype(np.int64),
            "payment_method": _pick(PAYMENTS, _choose(rng, np.array(PAYMENT_SHARES)[region])),
            "priority": _pick(PRIORITIES, priority),
            "is_gift": rng.random(n) < np.array([0.1, 0.1, 0.05, 0.0])[channel],
            "note": _notes(rng, n),
            "late": (rng.random(n) < expit(risk)).astype(np.int64),
        }
    )
    return _holes(frame, rng, "ship_weight", "distance_km", "payment_method")


def shipments(placed: pl.DataFrame, quarter: str, seed: int) -> pl.DataFrame:
    """Draw the shipment of each order; nothing in it tells whether it came late."""
    rng = stream(seed, "shipments", quarter)
    n = placed.height
    hours = np.exp(2.6 + 0.6 * _normal(rng, n)) * (1 - 0.3 * (placed["priority"] == "high"))
    weight = placed["ship_weight"].fill_null(3.0).to_numpy()
    cost = (3.5 + 0.8 * weight) * np.exp(0.15 * _normal(rng, n))
    frame = pl.DataFrame(
        {
            "shipment_id": placed["order_id"] + 4_000_000,
            "order_id": placed["order_id"],
            "shipped_at": placed["ordered_at"] + pl.Series(hours * 3600e6).cast(pl.Duration("us")),
            "carrier": placed["carrier"],
            "parcels": 1 + (placed["item_count"] - 1) // 4,
            "shipping_cost": np.round(cost, 2),
        }
    ).with_columns(pl.col("shipped_at").dt.truncate("1m"))
    return _holes(frame, rng, "shipped_at")


def _normal(rng: np.random.Generator, n: int) -> Floats:
    """Normal values within ±3.3: big data then exceed no small sample's range by much."""
    return np.asarray(ndtri(rng.uniform(0.0005, 0.9995, n)), dtype=np.float64)


def _choose(rng: np.random.Generator, shares: Floats) -> Ints:
    """Draw one category for each row of shares, which sum to 1."""
    passed = rng.random(len(shares))[:, None] > np.cumsum(shares, axis=1)[:, :-1]
    return np.asarray(passed.sum(axis=1), dtype=np.int64)


def _exact(rng: np.random.Generator, n: int, shares: list[float]) -> Ints:
    """Categories in exactly these shares, in random order."""
    return np.searchsorted(np.cumsum(shares)[:-1], (rng.permutation(n) + 0.5) / n)


def _pick(names: tuple[str, ...] | list[str], index: Ints) -> pl.Series:
    return pl.Series(names).gather(index)


def _index(values: pl.Series, names: tuple[str, ...]) -> Ints:
    return values.replace_strict(names, range(len(names)), return_dtype=pl.Int64).to_numpy()


def _holes(frame: pl.DataFrame, rng: np.random.Generator, *columns: str) -> pl.DataFrame:
    present = {c: pl.Series(rng.random(frame.height) >= MISSING) for c in columns}
    return frame.with_columns(pl.when(keep).then(pl.col(c)) for c, keep in present.items())


def _moments(rng: np.random.Generator, quarter: str, n: int) -> pl.Series:
    """Sorted times in a quarter, more of them by day than by night."""
    year, q = int(quarter[:4]), int(quarter[-1])
    start = datetime(year, 3 * q - 2, 1, tzinfo=UTC)
    end = datetime(year + q // 4, 3 * q % 12 + 1, 1, tzinfo=UTC)
    day = np.sort(rng.integers(0, (end - start).days, n))
    hour = (rng.beta(3, 2.5, n) * 86400).astype(np.int64)
    seconds = np.sort(day * 86400 + hour) + int(start.timestamp())
    return pl.Series(seconds * 1_000_000).cast(pl.Datetime("us"))


def _notes(rng: np.random.Generator, n: int) -> pl.Series:
    """Free text on three orders in ten."""
    which, number = rng.integers(0, len(NOTES), n), rng.integers(1, 10_000, n)
    frame = pl.DataFrame(
        {"who": _pick(LAST, rng.integers(0, len(LAST), n)), "number": number, "which": which}
    )
    text = pl.coalesce(
        pl.when(pl.col("which") == i).then(pl.format(note, "who", "number"))
        for i, note in enumerate(NOTES)
    )
    kept = pl.Series(rng.random(n) < 0.3)
    return frame.select(pl.when(kept).then(text).alias("note"))["note"]


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower().replace("ø", "o"))
    return plain.encode("ascii", "ignore").decode()
