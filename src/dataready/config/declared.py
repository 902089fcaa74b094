"""What people declare about a dataset beyond its columns: model, joins, waivers, segments."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from dataready.config.contradiction import ContradictionError, model_contradictions
from dataready.config.join_contradiction import joined_column_contradictions
from dataready.config.setting import Points, Settings
from dataready.config.text import Names, Text

__all__ = ["Join", "Metric", "Model", "Waiver"]

Metric = Literal["auc", "accuracy", "f1", "mae", "rmse"]


class Model(Settings):
    """The pilot's own model; it is loaded only with `--trust-model`, since loading runs code."""

    path: Text | None = Field(
        default=None, description="A file written by joblib; relative to the settings file."
    )
    function: Text | None = Field(
        default=None,
        description="Instead of a file: `package.module:name` of a function that takes a pandas "
        "frame of the pilot's columns and answers predictions (classes: probabilities, one column "
        "a class, sorted; of two classes that of the second will do).",
    )
    columns: Names = Field(
        default=(),
        description="The columns it takes, in order. If not given: those that it says it was "
        "fitted on, else all features.",
    )

    @model_validator(mode="after")
    def _consistent(self) -> Model:
        found = model_contradictions(self.path, self.function)
        if found:
            raise ContradictionError(found)
        return self


class Join(Settings):
    """Another dataset whose columns the model sees too: many rows here to one row there."""

    dataset: Text = Field(description="The dataset that is joined, by its name.")
    on: dict[Text, Text] = Field(
        min_length=1, description="Column here: the column of the other dataset that equals it."
    )
    columns: Names = Field(
        default=(),
        description="Columns wanted from there, named `dataset.column` here; all but its key and "
        "target if not given.",
    )

    @model_validator(mode="after")
    def _consistent(self) -> Join:
        found = joined_column_contradictions(self.on, self.columns)
        if found:
            raise ContradictionError(found)
        return self


class Waiver(Settings):
    """A gap that somebody answers for: both scores are shown, with it and without.

    All waivers of a dataset give back ten points at most, and none of them makes go.
    """

    column: Text = Field(description="The pilot column whose damage is waived.")
    reason: Text = Field(description="Why the model can live with it.")
    owner: Text = Field(description="Who answers for that.")
    expires: date = Field(description="The last day on which it holds.")
    at_most: Points = Field(
        default=5, description="The most points that it may give back to the score."
    )
    up_to: Annotated[float, Field(gt=0, le=1)] = Field(
        default=1, description="The damaged share of cells up to which it holds; above, it is void."
    )
