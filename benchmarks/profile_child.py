"""A tool of others describes a table, in an environment of its own.

Called with the tool and a CSV file; prints seconds and memory as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from typing import Any

import pandas as pd
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype


def ydata_profiling(frame: pd.DataFrame) -> None:
    """The smallest report that it offers."""
    from ydata_profiling import ProfileReport  # type: ignore[import-not-found]

    ProfileReport(frame, minimal=True, progress_bar=False).to_html()


def evidently(frame: pd.DataFrame) -> None:
    """Drift between the halves, and a summary."""
    from evidently import Report  # type: ignore[import-not-found]
    from evidently.presets import (  # type: ignore[import-not-found]
        DataDriftPreset,
        DataSummaryPreset,
    )

    half = len(frame) // 2
    Report([DataDriftPreset(), DataSummaryPreset()]).run(frame[half:], frame[:half]).dict()


def great_expectations(frame: pd.DataFrame) -> None:
    """Thirty expectations: not null and a range or a set for each column."""
    import great_expectations as gx

    kinds: Any = gx.expectations
    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("files").add_dataframe_asset("table")
    batches = asset.add_batch_definition_whole_dataframe("all")
    batch: Any = batches.get_batch(batch_parameters={"dataframe": frame})
    suite = gx.ExpectationSuite(name="suite")
    for column in frame.columns[:15]:
        seen = frame[column].dropna()
        suite.add_expectation(kinds.ExpectColumnValuesToNotBeNull(column=column))
        if is_numeric_dtype(seen) or is_datetime64_any_dtype(seen):
            ends = {"min_value": seen.min(), "max_value": seen.max()}
            suite.add_expectation(kinds.ExpectColumnValuesToBeBetween(column=column, **ends))
        else:
            values = sorted(seen.unique().tolist())
            expectation = kinds.ExpectColumnValuesToBeInSet(column=column, value_set=values)
            suite.add_expectation(expectation)
    batch.validate(suite, result_format="COMPLETE")


def main() -> None:
    """Read the file, then measure the tool alone."""
    tool, path = sys.argv[1:]
    frame = pd.read_csv(path)
    for column in frame.select_dtypes(exclude="number"):
        try:
            frame[column] = pd.to_datetime(frame[column], format="ISO8601")
        except ValueError:
            continue
    run = {"ydata_profiling": ydata_profiling, "evidently": evidently}.get(tool, great_expectations)
    # What is imported and compiled at the first call is not held against it.
    run(frame.head(1000))
    wall, cpu = time.perf_counter(), time.process_time()
    run(frame)
    cost = {
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(cost))


if __name__ == "__main__":
    main()
