"""Every kind of cell of Excel that was tried, and how columns of them land."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

NAME = "Excel"

_M = datetime(2024, 2, 29, 12, 30)  # noqa: DTZ001 - cells have no zone
_MS = datetime(2024, 2, 29, 12, 30, 0, 250_000)  # noqa: DTZ001 - cells have no zone
# Said, cells, type, what lands, whether it is degraded.
CASES = (
    ("whole numbers", (1, -5, 9007199254740991), "BIGINT", ("1", "-5", "9007199254740991"), False),
    ("numbers", (1, 0.1, 1e300), "DOUBLE", ("1.0", "0.1", "1e+300"), False),
    ("texts", ("a", " b ", "Größe 🙂", "x\ny"), "VARCHAR", ("a", " b ", "Größe 🙂", "x\ny"), False),
    ("numbers as text", ("007", "1,5"), "VARCHAR", ("007", "1,5"), False),
    ("TRUE and FALSE", (True, False), "BOOLEAN", ("true", "false"), False),
    ("dates", (date(2024, 2, 29), date(1900, 2, 28), date(1900, 3, 1)), "DATE",
     ("2024-02-29", "1900-02-28", "1900-03-01"), False),
    ("dates with time", (_M, _MS, date(2024, 1, 1)), "TIMESTAMP",
     ("2024-02-29 12:30:00", "2024-02-29 12:30:00.25", "2024-01-01 00:00:00"), False),
    ("times", (time(12, 30), time(23, 59, 59)), "TIME", ("12:30:00", "23:59:59"), False),
    ("durations", (timedelta(hours=30),), "VARCHAR", ("1 day, 6:00:00",), True),
    ("a mixture", (1, "n/a", 2.5, True, date(2024, 1, 1)), "VARCHAR",
     ("1", "n/a", "2.5", "TRUE", "2024-01-01"), True),
    ("errors of formulas", ("#DIV/0!",), "VARCHAR", (None,), False),
)  # fmt: skip
