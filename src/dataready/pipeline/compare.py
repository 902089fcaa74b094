"""Compare two sources, or look at one, without settings; nothing is kept but what is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from dataready.config import Dataset, Policy
from dataready.extract.manifest import Extract
from dataready.extract.pull import pull
from dataready.model import Finding, Role, SourceSpec
from dataready.pipeline.alone import Explanation, explain, measure_alone
from dataready.pipeline.evidence_file import write_cells, write_findings
from dataready.pipeline.measure import Measured, Progress, measure
from dataready.pipeline.settle import settle
from dataready.readiness.assessment import Assessment
from dataready.readiness.case import Case

__all__ = ["Comparison", "Inspection", "compare", "explained", "inspect"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A pilot and production, compared and judged; its extracts live as long as the context."""

    assessment: Assessment
    measured: Measured
    production: Extract
    case: Case

    def write_findings(self, path: Path) -> None:
        """Write one row a finding, as Parquet."""
        write_findings(path, self.assessment.findings)

    def write_cells(self, path: Path) -> None:
        """Write every cell judged wrong, as Parquet."""
        names = self.measured.production.names
        write_cells(path, self.production, self.assessment.findings, names)


@dataclass(frozen=True, slots=True)
class Inspection:
    """One table by itself; its extract lives as long as the context."""

    measured: Measured
    extract: Extract

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with it, the gravest first."""
        key = lambda f: (-f.severity.rank, -(f.rows_affected or 0), f.column or "", f.detector)  # noqa: E731
        return tuple(sorted(self.measured.findings, key=key))

    def write_findings(self, path: Path) -> None:
        """Write one row a finding, as Parquet."""
        write_findings(path, self.findings)

    def write_cells(self, path: Path) -> None:
        """Write every cell judged wrong, as Parquet."""
        write_cells(path, self.extract, self.findings, {})


@contextmanager
def compare(
    name: str,
    dataset: Dataset,
    policy: Policy,
    *,
    base: Path,
    accept_renames: bool = False,
    trust_model: bool = False,
    progress: Progress | None = None,
) -> Iterator[Comparison]:
    """Pull both sides into a temporary folder, compare and judge them.

    Args:
        name: What to call the table.
        dataset: Its sources and what is known of it.
        policy: The limits of the verdict.
        base: The folder that relative paths start from.
        accept_renames: Whether the mapping that is found counts as accepted.
        trust_model: Whether the model that is named may be loaded, which runs its code.
        progress: Told the name of each step.

    Raises:
        SourceError: A side cannot be read.
        NoSuchColumnError: A column is named that the pilot lacks.
        WarehouseError: DuckDB refused.
    """
    say = progress or (lambda _: None)
    with TemporaryDirectory(prefix="dataready-") as folder:
        say("extracting the pilot")
        pilot = _pull(dataset.pilot, name, "pilot", Path(folder), base)
        say("extracting production")
        production = _pull(dataset.production, name, "production", Path(folder), base)
        labels = None
        if dataset.labels is not None:
            say("extracting the labels")
            labels = _pull(dataset.labels.source, name, "labels", Path(folder), base)

        def measured_as(known: Dataset) -> Measured:
            trusted = base if trust_model else None
            return measure(
                name, known, pilot, production, labels=labels, trusted=trusted, progress=progress
            )

        measured = measured_as(dataset)
        if accept_renames and measured.proposed:
            mapping = {**dataset.mapping, **measured.proposed}
            dataset = dataset.model_copy(update={"mapping": mapping})
            measured = measured_as(dataset)
        say("judging")
        assessment, case = settle(name, dataset, policy, measured, pilot, production)
        yield Comparison(assessment, measured, production, case)


@contextmanager
def inspect(
    name: str,
    source: SourceSpec,
    *,
    base: Path,
    key: tuple[str, ...] = (),
    roles: dict[str, Role] | None = None,
    progress: Progress | None = None,
) -> Iterator[Inspection]:
    """Pull one source into a temporary folder and look for what is wrong with it.

    Raises:
        SourceError: It cannot be read.
        WarehouseError: DuckDB refused.
    """
    say = progress or (lambda _: None)
    with TemporaryDirectory(prefix="dataready-") as folder:
        say("extracting")
        extract = _pull(source, name, "production", Path(folder), base)
        measured = measure_alone(name, extract, key=key, roles=roles, progress=progress)
        yield Inspection(measured, extract)


def explained(name: str, source: SourceSpec, *, base: Path) -> Explanation:
    """Pull one source into a temporary folder and say how it would be profiled.

    Raises:
        SourceError: It cannot be read.
        WarehouseError: DuckDB refused.
    """
    with TemporaryDirectory(prefix="dataready-") as folder:
        return explain(_pull(source, name, "production", Path(folder), base))


def _pull(spec: SourceSpec, name: str, side: str, folder: Path, base: Path) -> Extract:
    return pull(spec, dataset=name, side=side, folder=folder / side, name="extract", base=base)
