"""The report for machines: one JSON document with a version and a schema.

The committed schema, `docs/report.schema.json`, is checked against `json_schema`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from dataready.readiness.assessment import SCHEMA_VERSION, round_numbers
from dataready.report.data import ReportData, TrendPoint

__all__ = ["json_schema", "to_json"]

_TREND = TypeAdapter(tuple[TrendPoint, ...])


def to_json(data: ReportData) -> str:
    """Write a report as JSON: keys sorted, numbers rounded, the same bytes every time.

    A number that JSON cannot hold (infinite, not a number) is written as null. Text that
    is not valid Unicode keeps its stray surrogates as escapes.
    """
    plain = {
        "schema_version": SCHEMA_VERSION,
        "project": data.project,
        "run_id": data.run_id,
        "clock": data.clock,
        "version": data.version,
        "verdict": data.verdict.value,
        "score": data.score.value,
        "datasets": [assessment.to_dict() for assessment in data.datasets],
        "trend": _TREND.dump_python(data.trend, mode="json"),
    }
    text = json.dumps(round_numbers(plain), indent=2, sort_keys=True, allow_nan=False)
    return text + "\n"


def json_schema() -> dict[str, Any]:
    """Answer the JSON Schema (2020-12) of what `to_json` writes."""
    schema = TypeAdapter(ReportData).json_schema(mode="serialization")
    number = {"type": "number"}
    whole = {"verdict": _ref("Verdict"), "score": {"anyOf": [number, {"type": "null"}]}}
    _add(schema, {"schema_version": {"const": SCHEMA_VERSION}, **whole})
    # What `Assessment.to_dict` adds to the stored fields.
    _add(schema["$defs"]["Finding"], {"id": {"type": "string"}})
    _add(schema["$defs"]["Damage"], {"R": number, "d": number})
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _add(schema: dict[str, Any], properties: dict[str, Any]) -> None:
    schema["properties"] |= properties
    schema["required"] = sorted({*schema.get("required", ()), *properties})


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


if __name__ == "__main__":
    path = Path(sys.argv[1]) / "report.schema.json"
    path.write_text(json.dumps(json_schema(), indent=2, sort_keys=True) + "\n", encoding="utf-8")
