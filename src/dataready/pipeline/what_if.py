"""Ask a completed run what would be if; the data are not read again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dataready.config import Policy
from dataready.errors import ConfigError, did_you_mean
from dataready.pipeline.run import read_report
from dataready.pipeline.sample import read_sample
from dataready.readiness.assessment import Assessment
from dataready.readiness.case import Case
from dataready.readiness.what_if import WhatIf, what_if

__all__ = ["ask_run"]


def ask_run(run: Path, asked: Sequence[str], dataset: str | None = None) -> tuple[str, WhatIf]:
    """Answer a what-if about a dataset of a run.

    Args:
        run: The run's folder.
        asked: What is supposed, in the words of `readiness.what_if`.
        dataset: Which dataset; it need not be named where there is one.

    Raises:
        ConfigError: The dataset or a sentence is not understood.
        WarehouseError: The run is damaged, or too old to be asked.
    """
    assessment = _chosen(read_report(run).datasets, dataset)
    sample, weights = read_sample(run / "datasets" / assessment.dataset)
    case = Case(
        assessment=assessment,
        damage={c.name: c.damage for c in assessment.columns if c.damage is not None},
        weights=weights,
        policy=Policy.model_validate(assessment.provenance["policy"]),
        sample=sample,
    )
    return assessment.dataset, what_if(case, asked)


def _chosen(datasets: Sequence[Assessment], name: str | None) -> Assessment:
    known = {a.dataset: a for a in datasets}
    if name is None and len(known) == 1:
        return datasets[0]
    if name is None:
        msg = f"The run has several datasets. Say which: --dataset {' or '.join(known)}."
        raise ConfigError(msg)
    if name not in known:
        msg = (
            f"The run has no dataset '{name}'.{did_you_mean(name, known)} "
            f"It has: {', '.join(known)}."
        )
        raise ConfigError(msg)
    return known[name]
