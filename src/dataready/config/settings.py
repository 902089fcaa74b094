"""The settings: one frozen model per mapping of `dataready.yaml`.

The descriptions are the documentation: docs/settings.md and the JSON Schema that editors
use are made from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import (
    Field,
    PrivateAttr,
    model_validator,
)

from dataready.config.contradiction import (
    ContradictionError,
    dataset_contradictions,
    name_contradictions,
    outcome_contradictions,
    reference_contradictions,
)
from dataready.config.declared import Join, Metric, Model, Waiver
from dataready.config.join_contradiction import join_contradictions, joined_twice
from dataready.config.setting import Count, Pieces, Points, Settings, Share
from dataready.config.source import SourceSetting
from dataready.config.text import Names, Text
from dataready.model import Engine, Role

__all__ = ["Config", "Dataset", "Gates", "Labels", "Origin", "Policy", "Suites"]


class Labels(Settings):
    """What came true: labels of production rows, which are often known only later."""

    source: SourceSetting = Field(description="Where the labels live.")
    key: Mapping[str, Text] = Field(
        default={},
        description="Column of production: the labels' column that equals it. The dataset's key, "
        "under the same names, if not given.",
    )
    column: Text | None = Field(
        default=None, description="The labels' column of outcomes; the target's name if not given."
    )


class Policy(Settings):
    """Limits of the verdict, the same for every dataset; fix them before you look."""

    go_at: Points = Field(default=95, description="The score from which the verdict may be go.")
    conditional_at: Points = Field(
        default=85, description="The score from which the verdict may be conditional."
    )
    allow_go_without_target: bool = Field(
        default=False,
        description="Whether go is possible without a target, where the score is not calibrated.",
    )
    min_pilot_rows: Pieces = Field(
        default=300, description="Fewer pilot rows than this are not enough evidence."
    )
    min_production_rows: Pieces = Field(
        default=500, description="Fewer production rows than this are not enough evidence."
    )
    go_after_runs: Pieces = Field(
        default=1,
        description="How many runs in a row, this one included, must earn go before it is said.",
    )
    keep_extracts: Pieces = Field(
        default=3, description="How many extracts of a table are kept; older ones are deleted."
    )
    keep_runs: Pieces | None = Field(
        default=None, description="How many runs are kept; all of them if not given."
    )

    @model_validator(mode="after")
    def _consistent(self) -> Policy:
        if self.go_at <= self.conditional_at:
            message = (
                f"It must be greater than 'conditional_at': {self.go_at:g} is not greater than "
                f"{self.conditional_at:g}."
            )
            raise ContradictionError([(("go_at",), message)])
        if self.keep_runs is not None and self.keep_runs < self.go_after_runs:
            message = (
                f"It must be at least 'go_after_runs': {self.keep_runs} runs do not tell whether "
                f"{self.go_after_runs} in a row earned go."
            )
            raise ContradictionError([(("keep_runs",), message)])
        return self


class Suites(Settings):
    """Expectations that a dataset has to meet."""

    learn: bool = Field(default=True, description="Whether a suite is learnt from the pilot.")
    rules: Text | None = Field(
        default=None,
        description="The reviewed suite that `dataready expectations learn` wrote and people "
        "decided on; it is run instead of one learnt anew.",
    )
    pandera: Names = Field(default=(), description="Files of pandera suites (YAML, or Python).")
    great_expectations: Names = Field(
        default=(),
        description="Great Expectations: files of suites (JSON), or the folder of a project.",
    )
    trust: bool = Field(
        default=False,
        description="Whether suites may run code: Python files, and SQL inside suites. Only for "
        "suites whose authors you trust.",
    )
    data_docs: bool = Field(
        default=False,
        description="Whether a run keeps Great Expectations' own page of each of its suites, "
        "readable without a network and without values, in `datasets/<name>/data_docs`.",
    )
    engine: Engine = Field(
        default="native",
        description="Who judges: `native`, each suite's own library; `fast`, our SQL where it can "
        "express a whole suite; `both`, and where they differ it is an error.",
    )


class Gates(Settings):
    """Limits that no score outweighs: a gate that fails decides the verdict."""

    min_rows: Count | None = Field(default=None, description="The fewest production rows.")
    max_missing: Mapping[str, Share] = Field(
        default={}, description="Column: the largest share of its values that may be missing."
    )
    max_key_duplicates: Share | None = Field(
        default=None,
        description="The largest share of rows that repeat the key of a row before them.",
    )
    max_age_days: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="How old the newest value of the time column may be, in days."
    )
    columns_present: Names = Field(
        default=(), description="Columns that production must have, by their pilot names."
    )
    suites_must_pass: bool = Field(
        default=False, description="Whether every expectation of every suite must be met."
    )
    max_damage: Mapping[str, Share] = Field(
        default={}, description="Column: the largest share of its cells that may be damaged."
    )


class Dataset(Settings):
    """A pilot table, and the production table that is to take its place."""

    pilot: SourceSetting = Field(description="Where the pilot's data lives.")
    production: SourceSetting = Field(description="Where production's data lives.")
    target: Text | None = Field(
        default=None, description="The column that the pilot's model predicts."
    )
    key: Names = Field(default=(), description="The columns that together identify a row.")
    time: Text | None = Field(default=None, description="The column that says when a row happened.")
    segments: Names = Field(
        default=(), description="Columns whose values split the rows into groups to look at."
    )
    owner: Text | None = Field(default=None, description="Who answers for the dataset.")
    owners: Mapping[str, Text] = Field(
        default={}, description="Column: who answers for it, where that is not the owner."
    )
    roles: Mapping[str, Role] = Field(
        default={}, description="Column: its role, where the one found is not right."
    )
    personal: Names = Field(
        default=(), description="Columns of personal data: none of their values is ever shown."
    )
    not_personal: Names = Field(
        default=(),
        description="Columns that look like personal data and are none; `personal` goes before.",
    )
    mapping: Mapping[str, Text] = Field(
        default={}, description="Pilot column: its accepted new name in production."
    )
    references: Mapping[str, Text] = Field(
        default={},
        description="Column: the `dataset.column` that must hold each of its values.",
    )
    importance: Mapping[str, Share] = Field(
        default={},
        description="Column: its declared weight in the score, instead of the measured one.",
    )
    metric: Metric | None = Field(
        default=None,
        description="What the loss is told in; AUC for classes and MAE for numbers if not given.",
    )
    model: Model | None = Field(
        default=None, description="The pilot's own model, to replay production's damage on."
    )
    labels: Labels | None = Field(
        default=None, description="What came true in production, where that is known."
    )
    joins: tuple[Join, ...] = Field(
        default=(), description="Other datasets whose columns the model sees too."
    )
    waivers: tuple[Waiver, ...] = Field(
        default=(), description="Gaps that somebody answers for, until a day."
    )
    effort: Mapping[str, Annotated[float, Field(gt=0)]] = Field(
        default={},
        description="Column: what each repair of it costs, in days; 1 if not given. The plan of "
        "repairs looks for the cheapest.",
    )
    suites: Suites = Field(default=Suites(), description="Expectations to meet.")
    gates: Gates = Field(default=Gates(), description="Limits that no score outweighs.")

    @model_validator(mode="after")
    def _consistent(self) -> Dataset:
        found = dataset_contradictions(
            target=self.target,
            key=self.key,
            time=self.time,
            roles=self.roles,
            mapping=self.mapping,
            importance=self.importance,
            waived=[waiver.column for waiver in self.waivers],
        )
        found += outcome_contradictions(
            target=self.target,
            key=self.key,
            asked=[s for s in ("metric", "model", "labels") if getattr(self, s) is not None],
            labels_key=self.labels.key if self.labels else None,
        )
        found += joined_twice(join.dataset for join in self.joins)
        if found:
            raise ContradictionError(found)
        return self


@dataclass(frozen=True, slots=True)
class Origin:
    """Where settings were read from, given to the model as its validation context."""

    base: Path
    sha256: str


class Config(Settings):
    """All settings of a project."""

    version: Annotated[int, Field(ge=1, le=1)] = Field(
        default=1, description="The version of this format."
    )
    project: Text = Field(description="The project's name, as reports show it.")
    runs: Text = Field(
        default="runs", description="The folder of runs, relative to the settings file."
    )
    warehouse: Text = Field(
        default="warehouse", description="The folder of extracts, relative to the settings file."
    )
    policy: Policy = Field(default=Policy(), description="Limits of the verdict.")
    datasets: Annotated[Mapping[str, Dataset], Field(min_length=1)] = Field(
        description="Name: dataset. A name is made of letters, digits, `_` and `-`."
    )
    _origin: Origin = PrivateAttr(default=Origin(Path(), ""))

    @model_validator(mode="after")
    def _consistent(self) -> Config:
        found = name_contradictions(self.datasets)
        found += reference_contradictions(
            {name: dataset.references for name, dataset in self.datasets.items()}
        )
        found += join_contradictions(
            {name: [join.dataset for join in d.joins] for name, d in self.datasets.items()}
        )
        if found:
            raise ContradictionError(found)
        return self

    def model_post_init(self, context: object) -> None:
        """Remember where the settings were read from."""
        if isinstance(context, Origin):
            self._origin = context

    @property
    def base(self) -> Path:
        """The folder of the settings file: what relative paths are relative to."""
        return self._origin.base

    @property
    def sha256(self) -> str:
        """Hash of the settings file's bytes; values of the environment are not in it."""
        return self._origin.sha256

    def resolve(self, path: str) -> Path:
        """Answer the place of a path that the settings name."""
        return self.base / Path(path).expanduser()
