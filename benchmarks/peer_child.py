"""A library of others judges production files against a pilot, in an environment of its own.

Reads a request, as JSON, on standard input: the `library`, the `pilot` CSV, the `target`, and
`productions`, a mapping of names to CSV files. Writes a JSON line per production: its name and
the share of drifted columns or of failing expectations, or the kind of error that stopped it.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

__all__ = ["evidently", "great_expectations", "main"]

Judge = Callable[[pd.DataFrame], float]
NUMBERS = ["int64", "float64", "int", "float"]
TEXTS = ["object", "str", "string"]
MOST_CATEGORIES = 50


def evidently(pilot: pd.DataFrame) -> Judge:
    """The share of drifted columns, by the library's default preset for drift.

    A column that is absent, or holds no value of the pilot's type, counts as drifted: the
    library itself refuses such a table.
    """
    from evidently import DataDefinition, Dataset, Report  # type: ignore[import-not-found]
    from evidently.presets import DataDriftPreset  # type: ignore[import-not-found]

    numbers = [c for c in pilot if is_numeric_dtype(pilot[c])]

    def share(production: pd.DataFrame) -> float:
        production = production.reindex(columns=pilot.columns)
        for c in numbers:
            production[c] = pd.to_numeric(production[c], errors="coerce")
        here = [c for c in pilot if production[c].notna().any() and pilot[c].notna().any()]
        gone = len(pilot.columns) - len(here)
        kinds = DataDefinition(
            numerical_columns=[c for c in here if c in numbers],
            categorical_columns=[c for c in here if c not in numbers],
        )
        sides = [
            Dataset.from_pandas(side[here], data_definition=kinds) for side in (production, pilot)
        ]
        found = Report([DataDriftPreset()]).run(*sides).dict()["metrics"]
        (drifted,) = [m["value"] for m in found if m["metric_name"].startswith("DriftedColumns")]
        return float((drifted["count"] + gone) / len(pilot.columns))

    return share


def great_expectations(pilot: pd.DataFrame) -> Judge:
    """The share of failing expectations of a suite learnt from the pilot."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("files").add_dataframe_asset("production")
    batches = asset.add_batch_definition_whole_dataframe("all")
    suite = gx.ExpectationSuite(name="pilot")
    for c in pilot:
        for expectation in _learnt(gx.expectations, str(c), pilot[c]):
            suite.add_expectation(expectation)

    def share(production: pd.DataFrame) -> float:
        batch = batches.get_batch(batch_parameters={"dataframe": production})
        found = batch.validate(suite, result_format="BOOLEAN_ONLY").results
        return sum(not r.success for r in found) / len(found)

    return share


def _learnt(kinds: Any, column: str, seen: pd.Series) -> list[Any]:  # noqa: ANN401
    """What the project's own profilers learn of a column: type, nulls, range, set, uniqueness."""

    def expect(name: str, **limits: object) -> Any:  # noqa: ANN401
        return getattr(kinds, name)(column=column, **limits)

    filled, number = float(seen.notna().mean()), is_numeric_dtype(seen)
    out = [
        expect("ExpectColumnToExist"),
        expect("ExpectColumnValuesToBeInTypeList", type_list=NUMBERS if number else TEXTS),
        expect("ExpectColumnValuesToNotBeNull", mostly=filled),
    ]
    if not filled:
        return out
    if number:
        low, high = float(seen.min()), float(seen.max())
        out.append(expect("ExpectColumnValuesToBeBetween", min_value=low, max_value=high))
    if seen.nunique() <= MOST_CATEGORIES:
        values = sorted(seen.dropna().unique().tolist())
        out.append(expect("ExpectColumnValuesToBeInSet", value_set=values))
    if seen.is_unique:
        out.append(expect("ExpectColumnValuesToBeUnique"))
    return out


LIBRARIES = {"evidently": evidently, "great_expectations": great_expectations}


def main() -> None:
    """Answer a request."""
    request = json.load(sys.stdin)
    # Both libraries print; the answers must stand alone.
    with (
        os.fdopen(os.dup(sys.stdout.fileno()), "w") as out,
        redirect_stdout(sys.stderr),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        target = request["target"]
        judge = LIBRARIES[request["library"]](pd.read_csv(request["pilot"]).drop(columns=target))
        for name, path in request["productions"].items():
            answer = {"name": name, "share": None, "error": None}
            try:
                answer["share"] = judge(pd.read_csv(path).drop(columns=target))
            except Exception as e:  # noqa: BLE001  one that it cannot judge spares the others
                answer["error"] = f"{type(e).__name__}: {e}"[:200]
            print(json.dumps(answer), file=out, flush=True)


if __name__ == "__main__":
    main()
