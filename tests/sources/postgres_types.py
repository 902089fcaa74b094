"""Every type of PostgreSQL that was tried, its odd values, and how they land.

The tests prove each line against a real server; docs/sources.md shows them:
`python -m tests.sources.postgres_types` writes its table again.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"
BEGIN, END = "<!-- types of PostgreSQL: generated -->", "<!-- end of types -->"


@dataclass(frozen=True)
class Case:
    """A type, values of it as SQL writes them, and what lands: texts, None for NULL.

    `degraded` says that it lands as text and is reported with the number of values.
    """

    type: str
    values: tuple[str, ...]
    lands: str
    landed: tuple[str | None, ...]
    degraded: bool = False
    setup: str = ""


def same(type_: str, lands: str, *values: str) -> Case:
    """Answer a case whose values land as they are written."""
    return Case(type_, values, lands, values)


def text(type_: str, *values: str, setup: str = "") -> Case:
    """Answer a case that lands as the server's text, and is reported."""
    return Case(type_, values, "VARCHAR", values, degraded=True, setup=setup)


ARRAY = "CREATE TYPE pair AS (a int, b text)"
CASES = (
    same("boolean", "BOOLEAN", "true", "false"),
    same("smallint", "SMALLINT", "-32768", "32767"),
    same("integer", "INTEGER", "-2147483648", "2147483647"),
    same("bigint", "BIGINT", "-9223372036854775808", "9223372036854775807"),
    same("oid", "BIGINT", "0", "4294967295"),
    same("real", "FLOAT", "1.5", "nan", "inf", "-inf"),
    same("double precision", "DOUBLE", "0.1", "nan", "inf", "-inf", "1e-300"),
    same("numeric(18,4)", "DECIMAL(18,4)", "0.0000", "-99999999999999.9999"),
    same("numeric(38,0)", "DECIMAL(38,0)", "9" * 38, "-" + "9" * 38),
    Case("numeric(4,4)", ("0.5", "-0.25", "0"), "DECIMAL(4,4)", (".5000", "-.2500", ".0000")),
    Case("numeric(30,30)", ("0.5", "-0.25"), "DECIMAL(30,30)",
         (f".5{'0' * 29}", f"-.25{'0' * 28}")),
    Case("numeric(38,38)", ("0.5", f"-0.{'9' * 38}"), "DECIMAL(38,38)",
         (f".5{'0' * 37}", f"-.{'9' * 38}")),
    Case("numeric", ("1.5", "-20.125"), "DECIMAL(38,4)", ("1.5000", "-20.1250")),
    text("numeric(18,4)", "1.5000", "NaN"),
    text("numeric", "1.50", "NaN", "Infinity", "-Infinity"),
    text("numeric", "1", "9" * 30 + "." + "9" * 20),
    text("numeric(60,2)", "9" * 58 + ".25"),
    Case("numeric(5,-2)", ("12345",), "DECIMAL(38,0)", ("12300",)),
    Case("money", ("-1234.56",), "DECIMAL(38,2)", ("-1234.56",)),
    same("date", "DATE", "0001-01-01", "2024-02-29", "9999-12-31"),
    text("date", "2024-02-29", "infinity", "-infinity"),
    text("date", "2024-02-29", "0044-03-15 BC"),
    same("timestamp", "TIMESTAMP", "2024-02-29 23:59:59.123456", "9999-12-31 23:59:59"),
    text("timestamp", "2024-02-29 00:00:00", "infinity", "-infinity"),
    text("timestamp", "2024-02-29 00:00:00", "0044-03-15 12:00:00 BC", "20000-01-01 00:00:00"),
    Case("timestamptz", ("2024-06-01 12:00:00+02",), "TIMESTAMP WITH TIME ZONE",
         ("2024-06-01 10:00:00+00",)),
    text("timestamptz", "2024-02-29 00:00:00+00", "-infinity"),
    same("time", "TIME", "00:00:00", "23:59:59.999999"),
    text("time", "12:00:00", "24:00:00"),
    text("timetz", "12:00:00+02", "23:59:59.5-11:30"),
    text("interval", "P1Y2M3DT4H5M6.789S", "P-1D"),
    same("text", "VARCHAR", "", " a ", "Größe", "🙂👩‍👩‍👧", "NaN", "NULL", "\\N", 'a"b\'c\n\r\t'),
    same("varchar(5)", "VARCHAR", "abc", "ab   "),
    Case("char(5)", ("abc", ""), "VARCHAR", ("abc  ", "     ")),
    same("name", "VARCHAR", "orders"),
    same('"char"', "VARCHAR", "x"),
    same("citext", "VARCHAR", "MiXed"),
    same("uuid", "UUID", "00000000-0000-0000-0000-000000000000",
         "ffffffff-ffff-4fff-bfff-ffffffffffff"),
    Case("bytea", (r"\x00ff41",), "BLOB", (r"\x00\xFFA",)),
    same("json", "VARCHAR", '{"b":1,  "a":[null,"x"], "b":2}'),
    Case("jsonb", ('{"b":1,"a":1.10}',), "VARCHAR", ('{"a": 1.10, "b": 1}',)),
    same("xml", "VARCHAR", "<a>1</a>"),
    Case("integer[]", ("{1,NULL,3}", "{}"), "INTEGER[]", ("[1, NULL, 3]", "[]")),
    Case("text[]", ('{"a,b",NULL,""}',), "VARCHAR[]", ("['a,b', NULL, '']",)),
    text("integer[]", "{1,2}", "{{1,2},{3,4}}"),
    text("integer[]", "[0:1]={1,2}"),
    text("numeric[]", "{1.50,NaN}"),
    text("timestamp[]", '{"2024-01-01 00:00:00",infinity}'),
    text("int4range", "[1,5)", "empty"),
    text("int4multirange", "{[1,3),[7,9)}"),
    text("inet", "10.0.0.1", "10.0.0.0/8", "::1"),
    text("cidr", "10.0.0.0/8"),
    text("macaddr", "08:00:2b:01:02:03"),
    text("bit(3)", "101"),
    text("varbit", "1", "10101"),
    text("point", "(1,2)"),
    text("box", "(3,4),(1,2)"),
    text("tsvector", "'a' 'b'"),
    text("pg_lsn", "16/B374D848"),
    text("hstore", '"a"=>"1", "b"=>NULL'),
    Case("colour", ("red", "green"), "VARCHAR", ("red", "green"),
         setup="CREATE TYPE colour AS ENUM ('red', 'green')"),
    Case("price", ("1.50",), "DECIMAL(8,2)", ("1.50",),
         setup="CREATE DOMAIN positive AS numeric(8,2) CHECK (VALUE > 0); "
               "CREATE DOMAIN price AS positive"),
    text("pair", '(1,"a b")', setup=ARRAY),
    text("pair[]", '{"(1,x)"}', setup=ARRAY),
    text("mood[]", "{sad}", setup="CREATE TYPE mood AS ENUM ('sad')"),
)  # fmt: skip


def table() -> str:
    """Write the table of docs/sources.md."""
    lines = ["| type | values | lands as | which reads |", "|---|---|---|---|"]
    for case in CASES:
        landed = "the same" if case.landed == case.values else _listed(case.landed)
        kind = "text, reported" if case.degraded else f"`{case.lands}`"
        lines.append(f"| `{case.type}` | {_listed(case.values)} | {kind} | {landed} |")
    return "\n".join(lines)


def _listed(values: tuple[str | None, ...]) -> str:
    shown = []
    for value in values:
        plain = "NULL" if value is None else value.encode("unicode_escape").decode()
        if any(ord(c) > 127 for c in value or ""):
            plain = value or ""
        plain = plain if len(plain) <= 40 else f"{plain[:12]}... ({len(plain)} characters)"
        plain = plain.replace("|", "\\|").replace("`", "'")
        shown.append(f"`{plain}`" if plain else "(empty)")
    return ", ".join(shown)


def written(page: str) -> str:
    """Answer the page with the table as it should be."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
