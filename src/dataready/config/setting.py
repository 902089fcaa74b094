"""What every mapping of settings has in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Count", "Pieces", "Points", "Settings", "Share"]

Share = Annotated[float, Field(ge=0, le=1)]
Points = Annotated[float, Field(ge=0, le=100)]
Count = Annotated[int, Field(ge=0)]
Pieces = Annotated[int, Field(ge=1)]


class Settings(BaseModel):
    """What every mapping of settings has in common."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        hide_input_in_errors=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, given: object) -> object:
        """A setting with nothing behind it is as good as not written."""
        if not isinstance(given, dict):
            return given
        return {k: v for k, v in given.items() if v is not None or k not in cls.model_fields}
