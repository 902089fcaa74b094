"""Every declared type and mixture of values in SQLite that was tried, and how they land."""

from __future__ import annotations

from tests.sources.types_table import Case, same

NAME = "SQLite"


def mixed(declared: str, values: tuple[str, ...], *landed: str) -> Case:
    """Answer a case that lands as text, and is reported."""
    return Case(declared, values, "VARCHAR", landed, degraded=True)


CASES = (
    same("INTEGER", "BIGINT", "-9223372036854775808", "9223372036854775807"),
    same("TINYINT(1)", "BIGINT", "0", "5"),
    Case("BOOLEAN", ("0", "1"), "BOOLEAN", ("false", "true")),
    same("BOOLEAN", "BIGINT", "0", "2"),
    same("REAL", "DOUBLE", "0.1", "-1e-300", "1.7976931348623157e+308"),
    Case("REAL", ("9e999", "-9e999"), "DOUBLE", ("inf", "-inf")),
    Case("DECIMAL(10,2)", ("1", "2.25"), "DOUBLE", ("1.0", "2.25")),
    Case("", ("1", "2.5"), "DOUBLE", ("1.0", "2.5")),
    mixed("", ("9007199254740993", "0.1"), "9007199254740993", "0.1"),
    mixed("INTEGER", ("1", "'unknown'", "2.5", "x'00ff'"), "1", "unknown", "2.5", "X'00FF'"),
    mixed("INTEGER", ("'many'", "'few'"), "many", "few"),
    mixed("DECIMAL(10,2)", ("'1,50'",), "1,50"),
    Case("TEXT", ("''", "'Größe 🙂'", "'NULL'", "'a' || char(0) || 'b'"), "VARCHAR",
         ("", "Größe 🙂", "NULL", "a\0b")),
    Case("VARCHAR(3)", ("'longer'", "42"), "VARCHAR", ("longer", "42")),
    mixed("TEXT", ("'a'", "x'62'"), "a", "X'62'"),
    Case("DATE", ("'2024-02-29'", "'0001-01-01'"), "DATE", ("2024-02-29", "0001-01-01")),
    mixed("DATE", ("'2024-02-29'", "'2023-02-29'"), "2024-02-29", "2023-02-29"),
    mixed("DATE", ("'0000-00-00'",), "0000-00-00"),
    same("DATE", "BIGINT", "19782", "0"),
    Case("DATETIME", ("'2024-02-29 23:59:59'", "'2024-02-29T12:00:00.123456'"), "TIMESTAMP",
         ("2024-02-29 23:59:59", "2024-02-29 12:00:00.123456")),
    mixed("TIMESTAMP", ("'2024-02-29 12:00:00+02:00'",), "2024-02-29 12:00:00+02:00"),
    mixed("TIMESTAMP", ("'2024-02-29 12:00:00.1234567'",), "2024-02-29 12:00:00.1234567"),
    Case("BLOB", ("x'00ff41'", "x''"), "BLOB", ("\\x00\\xFFA", "")),
    Case("JSON", ("'{\"a\": 1.10}'",), "VARCHAR", ('{"a": 1.10}',)),
)  # fmt: skip
