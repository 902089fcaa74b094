"""The planted faults: what years of operation did to the records of an honest process.

They are in the order of application: values first, then rows, then the shape of files.
"""

from __future__ import annotations

import polars as pl

from . import damage
from .fault import Fault
from .population import QUARTERS, TIME

__all__ = ["FAULTS"]


def _present(column: str) -> pl.Expr:
    return pl.col(column).is_not_null()


def _time(form: str) -> pl.Expr:
    return pl.col("ordered_at").dt.strftime(form)


def _era(first: str, last: str) -> tuple[str, ...]:
    return QUARTERS[QUARTERS.index(first) : QUARTERS.index(last) + 1]


CARRIER_SPELLINGS = {
    "DHL": ("dhl", "D.H.L.", "Dhl"),
    "DPD": ("dpd", "D.P.D.", "Dpd"),
    "UPS": ("ups", "U.P.S.", "Ups"),
    "GLS": ("gls", "G.L.S.", "Gls"),
    "PostNord": ("postnord", "Post Nord", "POSTNORD"),
    "Hermes": ("hermes", "HERMES", "Hermes."),
}
COUNTRY_SPELLINGS = {
    "DE": ("de", "DEU", "Germany"),
    "AT": ("at", "AUT", "Austria"),
    "CH": ("ch", "CHE", "Switzerland"),
    "PL": ("pl", "POL", "Poland"),
    "FR": ("fr", "FRA", "France"),
    "NL": ("nl", "NLD", "Netherlands"),
    "BE": ("be", "BEL", "Belgium"),
    "IT": ("it", "ITA", "Italy"),
    "ES": ("es", "ESP", "Spain"),
    "PT": ("pt", "PRT", "Portugal"),
    "SE": ("se", "SWE", "Sweden"),
    "DK": ("dk", "DNK", "Denmark"),
    "FI": ("fi", "FIN", "Finland"),
}
REGION_SPELLINGS = {r: (r.upper(), r.lower()) for r in ("Central", "West", "South", "North")}

FAULTS = {
    fault.id: fault
    for fault in (
        Fault(
            id="missing_carrier",
            kind="missing",
            table="orders",
            columns=("carrier",),
            share=0.3,
            quarters=_era("2020-Q4", "2021-Q3"),
            eligible=_present("carrier"),
            change=damage.blank("carrier"),
            sentence="In its first year the carrier was typed in later, for some orders only.",
        ),
        Fault(
            id="missing_distance",
            kind="missing",
            table="orders",
            columns=("distance_km",),
            share=0.25,
            quarters=_era("2021-Q1", "2022-Q2"),
            eligible=_present("distance_km"),
            change=damage.blank("distance_km"),
            sentence="The service that measures distances timed out for a quarter of the orders.",
        ),
        Fault(
            id="missing_weight",
            kind="missing",
            table="orders",
            columns=("ship_weight",),
            share=0.22,
            quarters=_era("2024-Q3", "2026-Q3"),
            eligible=_present("ship_weight"),
            change=damage.blank("ship_weight"),
            sentence="Since the summer of 2024 one packing line has no scales.",
        ),
        Fault(
            id="sentinel_distance_negative",
            kind="sentinel",
            table="orders",
            columns=("distance_km",),
            share=0.08,
            quarters=_era("2022-Q3", "2023-Q1"),
            eligible=_present("distance_km"),
            change=damage.overwrite("distance_km", pl.lit(-999)),
            sentence="The new routing service answers -999 where it finds no route.",
        ),
        Fault(
            id="sentinel_distance_large",
            kind="sentinel",
            table="orders",
            columns=("distance_km",),
            share=0.05,
            quarters=_era("2025-Q1", "2025-Q3"),
            eligible=_present("distance_km"),
            change=damage.overwrite("distance_km", pl.lit(9999)),
            sentence="After an upgrade it answers 9999 instead.",
        ),
        Fault(
            id="unit_change_weight",
            kind="unit change",
            table="orders",
            columns=("ship_weight",),
            share=1.0,
            quarters=_era("2022-Q1", "2022-Q4"),
            eligible=_present("ship_weight"),
            change=damage.overwrite("ship_weight", (pl.col("ship_weight") * 2.2046).round(2)),
            sentence="For a year the scales were set to pounds; the column does not say so.",
        ),
        Fault(
            id="retyped_promised_days",
            kind="retype",
            table="orders",
            columns=("promised_days",),
            share=1.0,
            quarters=_era("2021-Q2", "2021-Q4"),
            change=damage.as_text(
                "promised_days",
                pl.format("{} days", "promised_days"),
                pl.col("promised_days").cast(pl.String),
            ),
            sentence="The shop exported the promise as shown to customers: '3 days'.",
        ),
        Fault(
            id="variants_carrier",
            kind="variants",
            table="orders",
            columns=("carrier",),
            share=0.2,
            quarters=_era("2023-Q1", "2023-Q4"),
            eligible=_present("carrier"),
            change=damage.respell("carrier", CARRIER_SPELLINGS),
            sentence="Two depots typed carriers by hand: 'dhl', 'D.H.L.'.",
        ),
        Fault(
            id="variants_country",
            kind="variants",
            table="orders",
            columns=("country",),
            share=0.25,
            quarters=_era("2024-Q3", "2024-Q4"),
            change=damage.respell("country", COUNTRY_SPELLINGS),
            sentence="A marketplace sent country names and other codes: 'de', 'DEU', 'Germany'.",
        ),
        Fault(
            id="variants_region",
            kind="variants",
            table="orders",
            columns=("region",),
            share=0.15,
            quarters=_era("2021-Q1", "2021-Q2"),
            change=damage.respell("region", REGION_SPELLINGS),
            sentence="An import changed the case of regions: 'NORTH', 'north'.",
        ),
        Fault(
            id="placeholder_warehouse",
            kind="placeholder word",
            table="orders",
            columns=("warehouse",),
            share=0.12,
            quarters=_era("2021-Q3", "2022-Q1"),
            change=damage.overwrite_one_of("warehouse", ("unknown", "n/a", "N/A", "tbd")),
            sentence="Orders waiting for stock were given a word instead of a warehouse.",
        ),
        Fault(
            id="new_region",
            kind="new category",
            table="orders",
            columns=(
                "region",
                "country",
            ),
            share=0.12,
            quarters=_era("2025-Q4", "2026-Q3"),
            change=damage.both(
                damage.overwrite("region", pl.lit("East")),
                damage.overwrite_one_of("country", ("RO", "BG", "HU")),
            ),
            sentence="The company opened in three countries of a region that the pilot never saw.",
        ),
        Fault(
            id="swap_channel_payment",
            kind="swap",
            table="orders",
            columns=(
                "channel",
                "payment_method",
            ),
            share=0.35,
            quarters=_era("2025-Q1", "2025-Q2"),
            eligible=_present("payment_method"),
            change=damage.swap("channel", "payment_method"),
            sentence="A release wrote channel and payment method into each other's field.",
        ),
        Fault(
            id="orphan_customers",
            kind="orphan",
            table="orders",
            columns=("customer_id",),
            share=0.02,
            quarters=_era("2024-Q3", "2025-Q1"),
            change=damage.overwrite(
                "customer_id", pl.format("C8{}", pl.col("customer_id").str.tail(6))
            ),
            sentence="Accounts were deleted from the customer table; their orders stayed.",
        ),
        Fault(
            id="test_entries",
            kind="test entry",
            table="orders",
            columns=(
                "order_value",
                "note",
            ),
            share=0.004,
            quarters=_era("2025-Q2", "2025-Q3"),
            change=damage.both(
                damage.overwrite("order_value", pl.lit(0.01)),
                damage.overwrite("note", pl.lit("TEST order, please ignore")),
            ),
            sentence="The payment team tested in production.",
        ),
        Fault(
            id="future_dates",
            kind="future date",
            table="orders",
            columns=("ordered_at",),
            share=0.01,
            quarters=_era("2026-Q1", "2026-Q2"),
            change=damage.overwrite("ordered_at", pl.col("ordered_at").dt.offset_by("36y")),
            sentence="Years were typed with their digits exchanged: 2062 for 2026.",
        ),
        Fault(
            id="date_format_dots",
            kind="date format",
            table="orders",
            columns=("ordered_at",),
            share=1.0,
            quarters=_era("2020-Q4", "2021-Q1"),
            change=damage.as_text("ordered_at", _time("%d.%m.%Y %H:%M"), _time(TIME)),
            sentence="The first shop system wrote dates as 31.12.2020 23:59.",
        ),
        Fault(
            id="date_format_slashes",
            kind="date format",
            table="orders",
            columns=("ordered_at",),
            share=1.0,
            quarters=_era("2022-Q2", "2022-Q3"),
            change=damage.as_text("ordered_at", _time("%d/%m/%Y %H:%M:%S"), _time(TIME)),
            sentence="A migration wrote dates as 31/12/2022 23:59:59: day first.",
        ),
        Fault(
            id="missing_quarter",
            kind="missing period",
            table="orders",
            columns=(),
            share=1.0,
            quarters=_era("2024-Q2", "2024-Q2"),
            change=damage.lose,
            sentence="The file of one quarter was never handed over.",
        ),
        Fault(
            id="reimported_quarter",
            kind="duplicate",
            table="orders",
            columns=("order_id",),
            share=1.0,
            quarters=_era("2023-Q4", "2023-Q4"),
            change=damage.repeat,
            sentence="One quarter was imported twice: every row and its key are there two times.",
        ),
        Fault(
            id="renamed_item_count",
            kind="rename",
            table="orders",
            columns=("item_count",),
            share=1.0,
            quarters=_era("2020-Q4", "2021-Q2"),
            change=damage.rename("item_count", "items"),
            sentence="The first files call the number of items 'items'; later ones 'item_count'.",
        ),
        Fault(
            id="renamed_service_level",
            kind="rename",
            table="orders",
            columns=("service_level",),
            share=1.0,
            change=damage.rename("service_level", "delivery_service"),
            sentence="Production calls the service level 'delivery_service', in every file.",
        ),
        Fault(
            id="dropped_currency",
            kind="drop",
            table="orders",
            columns=("currency",),
            share=1.0,
            change=damage.drop("currency"),
            sentence="Production never stored the currency; the pilot's was looked up by hand.",
        ),
        Fault(
            id="missing_segment",
            kind="missing",
            table="customers",
            columns=("segment",),
            share=0.22,
            eligible=_present("segment"),
            change=damage.blank("segment"),
            sentence="The segment is filled in by sales staff, for whom they know.",
        ),
        Fault(
            id="sentinel_signup",
            kind="sentinel",
            table="customers",
            columns=("signup_date",),
            share=0.09,
            change=damage.overwrite("signup_date", pl.date(1900, 1, 1)),
            sentence="Accounts from before the platform have the default date 1900-01-01.",
        ),
        Fault(
            id="placeholder_email",
            kind="placeholder email",
            table="customers",
            columns=("email",),
            share=0.06,
            change=damage.overwrite("email", pl.lit("noreply@example.com")),
            sentence="Orders by phone were given the same address, which nobody reads.",
        ),
        Fault(
            id="missing_shipped_at",
            kind="missing",
            table="shipments",
            columns=("shipped_at",),
            share=0.17,
            quarters=_era("2021-Q4", "2022-Q2"),
            eligible=_present("shipped_at"),
            change=damage.blank("shipped_at"),
            sentence="A carrier's interface lost hand-over times.",
        ),
        Fault(
            id="orphan_shipments",
            kind="orphan",
            table="shipments",
            columns=("order_id",),
            share=0.015,
            quarters=_era("2023-Q1", "2023-Q3"),
            change=damage.overwrite("order_id", pl.col("order_id") + 50_000_000),
            sentence="Split orders were shipped under numbers that the order table does not hold.",
        ),
        Fault(
            id="shipments_of_lost_orders",
            kind="orphan",
            table="shipments",
            columns=("order_id",),
            share=1.0,
            quarters=_era("2024-Q2", "2024-Q2"),
            follows="missing_quarter",
            change=damage.keep,
            sentence="The shipments of the quarter whose orders are missing belong to no order.",
        ),
    )
}
"""Every planted fault, by id, in the order of application."""
