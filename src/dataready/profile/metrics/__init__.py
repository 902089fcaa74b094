"""The metrics that ship. To add one: a file here, a line in METRICS, a test."""

from dataready.profile.metrics.completeness import Completeness
from dataready.profile.metrics.spread import Ends, Range, Spread
from dataready.profile.metrics.table import Histogram, MissingTogether, Pair, Periods, RowHashes
from dataready.profile.metrics.validity import Above, Below, Validity
from dataready.profile.metrics.values import Distinct, Foreign, Formats, Lengths, Values

__all__ = ["LOOK", "METRICS", "MissingTogether", "Pair", "RowHashes"]

METRICS = (
    Completeness,
    Spread,
    Range,
    Ends,
    Validity,
    Below,
    Above,
    Values,
    Foreign,
    Formats,
    Lengths,
    Distinct,
    Periods,
    Histogram,
)

LOOK = (Completeness, Range, Ends, Values, Foreign)
"""What disguised missing values are looked for in, before anything else is counted."""
