"""Personal data: which columns of all public tables are taken for it, against what is expected.

What is expected was written down from the tables' headers and documents, before any rule was
tried on them.
"""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from benchmarks.public import land, tables
from benchmarks.table import Table
from dataready.detect.personal import guess_personal
from dataready.profile.planning import first_plan
from dataready.profile.profile import take
from dataready.warehouse.connection import connect

__all__ = ["PARTS", "personal"]

EXPECTED = {
    r"titanic_raw/": {"Name"},
    r"f1_race_results/": {"Driver"},
    r"chinook/Customer": {"FirstName", "LastName", "Address", "Phone", "Fax", "Email"},
    r"chinook/Employee": {
        "FirstName", "LastName", "BirthDate", "Address", "Phone", "Fax", "Email",
    },
    r"northwind/Customers": {"ContactName", "Address", "Phone", "Fax"},
    r"northwind/Suppliers": {"ContactName", "Address", "Phone", "Fax"},
    r"northwind/Employees": {"FirstName", "LastName", "BirthDate", "Address", "HomePhone"},
    r"northwind/Shippers": {"Phone"},
    r"er_restaurants/.*/rest": {"phone_number"},
}  # fmt: skip
"""Table -> columns that tell of persons, or ring their telephones."""
POSSIBLE = {
    r"chinook/Artist": {"Name"},
    r"chinook/Track": {"Composer"},
    r"chinook/Invoice": {"BillingAddress"},
    r"northwind/Orders": {"ShipName", "ShipAddress"},
    r"northwind/Customers": {"CompanyName"},
    r"raha_hospital/": {"phone", "PhoneNumber", "address_1", "Address1"},
    r"vega_movies/": {"Director"},
    r"coffee_quality/": {
        "Owner",
        "Owner.1",
        "Owner_2",
        "Producer",
        "Company",
        "Certification.Contact",
        "Certification Contact",
    },
    r"council_": {"Supplier", "Supplier Name", "Supplier Name (T)"},
    r"er_restaurants/": {"street", "name"},
}
"""Table -> columns of firms that may be persons, and of persons who are known in public."""


def personal(folder: Path) -> list[Table]:
    """Columns found and expected, and each that is wrong, table by table."""
    wrong, columns, hits, found_in_all, expected_in_all = [], 0, 0, 0, 0
    with TemporaryDirectory() as scratch:
        for name, spec in tables(folder, Path(scratch)):
            with TemporaryDirectory() as place:
                extract = land(spec, Path(place))
                schema = extract.manifest.schema
                with connect(extract.path, read_only=True) as con:
                    plan = first_plan(con, schema, typed=extract.manifest.typed)
                    found = guess_personal(con, take(con, plan, schema))
            there = {c: re.split(r"[#/]", c)[-1] for c in schema.names}
            expected = {c for c in there if there[c] in _of(EXPECTED, name)}
            possible = {c for c in there if there[c] in _of(POSSIBLE, name)} - expected
            columns += len(there)
            hits += len(found & expected)
            found_in_all += len(found - possible)
            expected_in_all += len(expected)
            wrong += [(name, there[c], "not found") for c in sorted(expected - found)]
            wrong += [(name, there[c], "no person") for c in sorted(found - expected - possible)]
            wrong += [(name, there[c], "possible, found") for c in sorted(found & possible)]
    row = {
        "columns": columns,
        "expected": expected_in_all,
        "found": found_in_all,
        "P": hits / found_in_all if found_in_all else 1.0,
        "R": hits / expected_in_all,
    }
    told = pd.DataFrame(wrong, columns=["table", "column", "what"])
    return [
        Table("personal", "Columns of personal data, possible ones aside", pd.DataFrame([row])),
        Table("personal_wrong", "Those in doubt", told),
    ]


def _of(known: dict[str, set[str]], name: str) -> set[str]:
    return set().union(*(found for pattern, found in known.items() if re.search(pattern, name)))


PARTS = {"personal": personal}
