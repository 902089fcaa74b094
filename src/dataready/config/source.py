"""The settings of a source: where a table lives, what of it is read, and how politely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import Field, GetCoreSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from dataready.config.contradiction import ContradictionError, source_contradictions
from dataready.config.setting import Count, Pieces, Settings
from dataready.config.text import AnyText, Names, Reference, Text
from dataready.model import Format, SourceSpec, Treatment
from dataready.model import Politeness as PolitenessSpec

__all__ = ["Politeness", "Source", "SourceSetting"]


class Politeness(Settings):
    """What a server is spared while it is read; times are in seconds."""

    application_name: Text = Field(
        default="dataready", description="What the server's list of connections shows."
    )
    connections: Pieces = Field(
        default=4, description="The most connections that a run has open to one server."
    )
    rows_per_second: Count = Field(
        default=0,
        description="The most rows of one table that are read in a second; 0 for no limit.",
    )
    connect_timeout_s: Pieces = Field(default=10, description="How long to wait for a connection.")
    lock_timeout_s: Count = Field(
        default=10, description="How long to wait for a lock that somebody else holds."
    )
    statement_timeout_s: Count = Field(
        default=14_400, description="How long one statement may take; 0 for no limit."
    )
    stall_timeout_s: Pieces = Field(
        default=300, description="How long the server may send nothing before the pull is ended."
    )
    retries: Count = Field(
        default=3, description="How often to try again after a failure that may pass."
    )
    retry_wait_s: Annotated[float, Field(ge=0)] = Field(
        default=1.0, description="How long to wait before the first retry; doubled each time."
    )
    resume_within_s: Count = Field(
        default=21_600,
        description="How old a table may be that a failed run has pulled and the next one takes "
        "over; 0 to pull everything again.",
    )


class Source(Settings):
    """Where a table lives; a plain text stands for its `path`."""

    path: Text = Field(
        description="A file, a folder (also of a Delta table), a glob, or a URL: "
        "`postgresql://reader@host/shop`, `mysql://`, `sqlite:///`, `https://`, `s3://`, "
        "`delta:///`. Relative paths are relative to the settings file. No "
        "password stands here: it comes from the environment."
    )
    format: Format = Field(
        default="auto", description="The format of the files; `auto` looks at them."
    )
    table: Text | None = Field(
        default=None,
        description="The table of a database or of a DuckDB or SQLite file, `schema.table` where "
        "it is in no schema that is searched; or the sheet of a workbook. Not needed where there "
        "is only one.",
    )
    tables: Names = Field(
        default=(),
        description="Tables of a database that together are this one, by name or by a pattern "
        "such as `orders_*`.",
    )
    schema_: Text | None = Field(
        default=None,
        alias="schema",
        description="The schema to look for tables in; alone, all of its tables together.",
    )
    query: Text | None = Field(
        default=None, description="A SELECT in the database's own SQL, instead of a table."
    )
    where: Text | None = Field(
        default=None,
        description="A condition in the database's own SQL. The extract is then not a full one, "
        "and manifest and report say so.",
    )
    columns: Names = Field(default=(), description="The columns to read; all if not given.")
    without: Names = Field(default=(), description="Columns to leave out.")
    treat: Mapping[str, Treatment] = Field(
        default={},
        description="Column: what is done to it before it lands. `drop`: it is never read; "
        "`hash`: it lands as a keyed hash, with the key in the environment variable "
        "`DATAREADY_HASH_KEY`.",
    )
    mode: Literal["full", "incremental"] = Field(
        default="full",
        description="Whether all rows are read every time, or those above the watermark only.",
    )
    watermark: Text | None = Field(
        default=None, description="The column that grows with every new row; for `incremental`."
    )
    look_back: Text | None = Field(
        default=None,
        description="How far below the last watermark to read again: a number, or a time such as "
        "`3 days`.",
    )
    politeness: Politeness = Field(default=Politeness(), description="What a server is spared.")
    delimiter: Text | None = Field(
        default=None, description="What separates the values of a CSV line; found if not given."
    )
    quote: AnyText | None = Field(
        default=None,
        description="What encloses a CSV value, `''` for nothing; found if not given.",
    )
    encoding: Text | None = Field(
        default=None, description="The encoding of the text; found if not given."
    )
    header: bool | None = Field(
        default=None,
        description="Whether the first line of a CSV names its columns; found if not given.",
    )

    @model_validator(mode="after")
    def _consistent(self) -> Source:
        found = source_contradictions(
            path=self.path,
            selection={
                "table": self.table,
                "tables": self.tables,
                "query": self.query,
            },
            columns=self.columns,
            without=(*self.without, *(c for c, t in self.treat.items() if t == "drop")),
            mode=self.mode,
            watermark=self.watermark,
            look_back=self.look_back,
        )
        if found:
            raise ContradictionError(found)
        return self


_SOURCE_FIELDS = Source.model_fields


class _FromSource:
    """Reads a `Source` or its path alone as the `SourceSpec` that everybody else uses."""

    def __get_pydantic_core_schema__(
        self, _source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(
            self.fields,
            core_schema.no_info_after_validator_function(
                self.spec, handler.generate_schema(Source)
            ),
            json_schema_input_schema=core_schema.union_schema(
                [core_schema.str_schema(min_length=1), handler.generate_schema(Source)]
            ),
            serialization=core_schema.plain_serializer_function_ser_schema(self.plain),
        )

    @staticmethod
    def fields(given: object) -> object:
        if isinstance(given, SourceSpec):
            plain = {f.alias or n: getattr(given, f.alias or n) for n, f in _SOURCE_FIELDS.items()}
            return plain | {"politeness": asdict(given.politeness)}
        return {"path": given} if isinstance(given, (str, Reference)) else given

    @staticmethod
    def spec(source: Source) -> SourceSpec:
        read = {f.alias or n: getattr(source, n) for n, f in _SOURCE_FIELDS.items()}
        politeness = PolitenessSpec(**dict(source.politeness))
        return SourceSpec(**read | {"politeness": politeness})

    @staticmethod
    def plain(spec: SourceSpec) -> dict[str, Any]:
        return Source.model_validate(_FromSource.fields(spec)).model_dump(by_alias=True)


SourceSetting = Annotated[SourceSpec, _FromSource()]
