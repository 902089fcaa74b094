"""Foreign keys found between the tables of real databases, and orphans counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from benchmarks.public import BOTH, land, tables
from benchmarks.table import Table
from dataready.config import Dataset
from dataready.extract.manifest import Extract
from dataready.model import Finding
from dataready.pipeline.measure import measure

__all__ = ["PARTS", "foreign_keys"]

Keys = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Project:
    """A database: column -> what it refers to, as its owners say or its documents do.

    `orphans` are rows whose key is nowhere, `empty` rows without a key, as counted by hand.
    `possible` are true as well, and need not be found: copies of what another key leads to,
    codes that are no key in their own table, three values that chance could explain.
    """

    keys: Keys
    possible: Keys
    orphans: Mapping[str, int]
    empty: Mapping[str, int]


PROJECTS = {
    "nycflights13": _Project(
        {
            "flights.carrier": "airlines.carrier",
            "flights.tailnum": "planes.tailnum",
            "flights.dest": "airports.faa",
        },
        {"flights.origin": "airports.faa", "weather.origin": "airports.faa"},
        {"flights.tailnum": 50_094, "flights.dest": 7_602},
        {"flights.tailnum": 2_512},
    ),
    "openflights": _Project(
        {
            "routes.column1": "airlines.column0",
            "routes.column3": "airports.column0",
            "routes.column5": "airports.column0",
            "airports.column3": "countries.column0",
            "airlines.column6": "countries.column0",
        },
        {
            "routes.column0": "airlines.column3",
            "routes.column2": "airports.column4",
            "routes.column4": "airports.column4",
            "routes.column8": "planes.column1",
        },
        {},
        {},
    ),
    "chinook": _Project(
        {
            "Album.ArtistId": "Artist.ArtistId",
            "Customer.SupportRepId": "Employee.EmployeeId",
            "Invoice.CustomerId": "Customer.CustomerId",
            "InvoiceLine.InvoiceId": "Invoice.InvoiceId",
            "InvoiceLine.TrackId": "Track.TrackId",
            "PlaylistTrack.PlaylistId": "Playlist.PlaylistId",
            "PlaylistTrack.TrackId": "Track.TrackId",
            "Track.AlbumId": "Album.AlbumId",
            "Track.GenreId": "Genre.GenreId",
            "Track.MediaTypeId": "MediaType.MediaTypeId",
        },
        {},
        {
            "Album.ArtistId": 0,
            "Invoice.CustomerId": 0,
            "InvoiceLine.InvoiceId": 0,
            "InvoiceLine.TrackId": 0,
            "PlaylistTrack.TrackId": 0,
            "Track.AlbumId": 0,
        },
        {},
    ),
    "northwind": _Project(
        {
            "Employees.ReportsTo": "Employees.EmployeeID",
            "Orders.CustomerID": "Customers.CustomerID",
            "Orders.EmployeeID": "Employees.EmployeeID",
            "Orders.ShipVia": "Shippers.ShipperID",
            "Order Details.OrderID": "Orders.OrderID",
            "Order Details.ProductID": "Products.ProductID",
            "Products.SupplierID": "Suppliers.SupplierID",
            "Products.CategoryID": "Categories.CategoryID",
            "EmployeeTerritories.EmployeeID": "Employees.EmployeeID",
            "EmployeeTerritories.TerritoryID": "Territories.TerritoryID",
            "Territories.RegionID": "Regions.RegionID",
        },
        {},
        {},
        {},
    ),
}


def foreign_keys(folder: Path) -> list[Table]:
    """Search every database for its keys: found, missed, false, and orphans against the truth."""
    rows, wrong = [], []
    with TemporaryDirectory() as scratch:
        listed = list(tables(folder, Path(scratch)))
        for name, project in PROJECTS.items():
            extracts = {
                Path(full).stem: land(spec, Path(scratch) / full.replace("/", "-"))
                for full, spec in listed
                if full.startswith(f"{name}/")
            }
            found = _found(extracts)
            named = {c: _target(f) for c, f in found.items()}
            right = {c for c in named if project.keys.get(c) == named[c]}
            allowed = {c for c in named if project.possible.get(c) == named[c]}
            counted = {c: int(found[c].rows_affected or 0) for c in right & set(project.orphans)}
            rows.append(
                {
                    "database": name,
                    "keys": len(project.keys),
                    "found": len(right),
                    "also true": len(allowed),
                    "false": len(named) - len(right) - len(allowed),
                    "orphans right": sum(n == project.orphans[c] for c, n in counted.items()),
                    "of": len(project.orphans),
                    "empty keys right": sum(
                        f"empty cells: {n:,}." in found[c].message
                        for c, n in project.empty.items()
                        if c in right
                    ),
                    "of ": len(project.empty),
                }
            )
            missed = [(c, project.keys[c]) for c in sorted(project.keys.keys() - right)]
            false = [(c, "-") for c in sorted(named.keys() - project.keys.keys() - allowed)]
            wrong += [
                {"database": name, "column": c, "is": is_, "said": named.get(c, "-")}
                for c, is_ in missed + false
            ]
    return [
        Table("foreign_keys", "Foreign keys between the tables of a database", pd.DataFrame(rows)),
        Table("foreign_keys_wrong", "Missed or false", pd.DataFrame(wrong)),
    ]


def _found(extracts: Mapping[str, Extract]) -> dict[str, Finding]:
    """Column, with its table -> what was found of it; every table is its own pilot."""
    settings = Dataset(pilot=BOTH, production=BOTH)
    found = {}
    for name, extract in extracts.items():
        if not extract.manifest.rows:
            continue
        others = {n: str(e.path) for n, e in extracts.items() if n != name}
        measured = measure(name, settings, extract, extract, neighbours=others)
        for f in measured.findings:
            if f.detector == "reference_found":
                found[f"{name}.{f.column}"] = f
    return found


def _target(f: Finding) -> str:
    return f.message.split("seems to refer to ", 1)[1].split(". ")[0].strip()


PARTS = {"keys": foreign_keys}
