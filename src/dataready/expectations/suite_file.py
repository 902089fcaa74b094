"""The reviewed suite of a dataset: one YAML file that people read, edit and decide on.

A rule is proposed, accepted or rejected, with who, when and why; what a person changed in it
stays changed. Nothing here rewrites what it does not know: comments and order are kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from typing import Any, Literal, cast, get_args

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from dataready.errors import ExpectationError, did_you_mean
from dataready.expectations.proposal import Proposal
from dataready.expectations.rules import WRITTEN, Rule, RuleKind
from dataready.model import Severity
from dataready.profile.plan import Base

__all__ = [
    "ANSWERS",
    "Decision",
    "Entry",
    "SuiteFile",
    "decide",
    "demand_of",
    "read_suite",
    "rule_from",
    "update_suite",
    "write_suite",
]

Decision = Literal["proposed", "accepted", "changed", "rejected"]
ANSWERS = ("meaning", "unit", "allowed", "owner")
"""What is asked of a column's expert."""
_HEAD = """\
What '{dataset}' has to keep, learnt from its pilot and decided on by people.

decision: proposed, accepted or rejected (rejected rules are not run). Change any limit, list
or severity: what you changed is kept when the suite is learnt again. 'may_fail' is the share
of the rows checked that may break a rule. 'columns' is the data dictionary: what each column
means, its unit, the values allowed in it, and who owns it.
"""
_RULE_FIELDS: Mapping[str, type] = {
    "kind": str,
    "column": str,
    "also": list,
    "low": float,
    "high": float,
    "open_low": bool,
    "open_high": bool,
    "whole": bool,
    "values": list,
    "negated": bool,
    "pattern": str,
    "refers_to": str,
    "base": str,
    "date_format": str,
}
"""Of a rule: what it demands, in the file's order, and the type of each."""
_NOTED = ("evidence", "limit_origin", "held_out", "false_alarm", "learnt", "by", "at", "why")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A rule as it stands in the file, what became of it, and what it was learnt from."""

    rule: Rule
    decision: Decision = "proposed"
    by: str = ""
    at: str = ""
    why: str = ""
    held_out: str = ""
    false_alarm: float | None = None


@dataclass(frozen=True, slots=True)
class SuiteFile:
    """A suite: its entries in order, and the data dictionary: column -> question -> answer."""

    dataset: str
    entries: tuple[Entry, ...]
    columns: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    @classmethod
    def learnt(cls, dataset: str, rules: Iterable[Rule]) -> SuiteFile:
        """Answer rules that nobody has looked at yet."""
        return cls(dataset, tuple(Entry(rule=rule) for rule in rules))

    def read_as(self, readings: Mapping[str, tuple[Base, str | None]]) -> SuiteFile:
        """Answer the suite with columns read as the pilot's: column -> base, date format."""
        entries = tuple(
            replace(e, rule=replace(e.rule, base=base, date_format=date_format))
            for e in self.entries
            for base, date_format in [
                readings.get(e.rule.column, (e.rule.base, e.rule.date_format))
            ]
        )
        return replace(self, entries=entries)

    @property
    def active(self) -> tuple[Rule, ...]:
        """The rules that are run: all but those rejected."""
        return tuple(e.rule for e in self.entries if e.decision != "rejected")

    @property
    def decided(self) -> frozenset[str]:
        """The ids of the rules that a person stands for."""
        return frozenset(e.rule.id for e in self.entries if e.decision in {"accepted", "changed"})


def read_suite(path: Path) -> SuiteFile:
    """Read a suite.

    Raises:
        ExpectationError: It is missing, no YAML, or not understood; the message says where.
    """
    plain = _document(path)
    found, seen = [], set[str]()
    for k, item in enumerate(plain.get("rules") or ()):
        entry = _entry(item, f"'{path.name}': rule {k + 1}")
        if entry.rule.id in seen:
            msg = f"'{path.name}': rule {k + 1} is '{entry.rule.id}' again. Leave one of the two."
            raise ExpectationError(msg)
        seen.add(entry.rule.id)
        found.append(entry)
    columns = {str(c): dict(a or {}) for c, a in (plain.get("columns") or {}).items()}
    dataset = str(plain.get("dataset") or path.name.split(".")[0])
    rules = tuple(replace(e, rule=replace(e.rule, dataset=dataset)) for e in found)
    return SuiteFile(dataset, rules, columns)


def write_suite(
    path: Path, dataset: str, proposals: Iterable[Proposal], columns: Iterable[str]
) -> tuple[str, ...]:
    """Write a new suite, or add what is new to the one that is there; answer the ids added.

    Rules that are in the file, rejected ones included, stay as they are.

    Raises:
        ExpectationError: The file that is there cannot be understood.
    """
    if path.is_file():
        plain, known = _document(path), {e.rule.id for e in read_suite(path).entries}
    else:
        plain, known = CommentedMap(dataset=dataset, rules=[], columns=CommentedMap()), set()
        plain.yaml_set_start_comment(_HEAD.format(dataset=dataset))
    rules = plain.setdefault("rules", [])
    added = [p for p in proposals if p.rule.id not in known]
    rules.extend(_plain(p) for p in added)
    answers = plain.setdefault("columns", CommentedMap())
    for column in columns:
        answers.setdefault(column, CommentedMap.fromkeys(ANSWERS))
    _write(path, plain)
    return tuple(p.rule.id for p in added)


def decide(
    path: Path, ids: Iterable[str], decision: Decision, *, by: str, at: str, why: str = ""
) -> None:
    """Note what a person decided of some rules.

    Raises:
        ExpectationError: There is no such rule; nothing is written then.
    """
    plain = _document(path)
    known = {e.rule.id: k for k, e in enumerate(read_suite(path).entries)}
    for one in ids:
        if one not in known:
            msg = f"'{path.name}' has no rule '{one}'.{did_you_mean(one, known)}"
            raise ExpectationError(msg)
        noted = {"decision": decision, "by": by, "at": at, "why": why}
        plain["rules"][known[one]].update({k: v for k, v in noted.items() if v})
    _write(path, plain)


def update_suite(
    path: Path,
    columns: Mapping[str, Mapping[str, object]],
    rules: Iterable[Rule],
    *,
    by: str,
    at: str,
) -> None:
    """Note what is known of columns, and rules that a person stands for; old ones give way."""
    plain = _document(path)
    known = {e.rule.id: k for k, e in enumerate(read_suite(path).entries)}
    for column, answers in columns.items():
        plain["columns"].setdefault(column, CommentedMap()).update(answers)
    for rule in rules:
        stated = _plain(Proposal(rule)) | {"decision": "accepted", "by": by, "at": at}
        stated["limit_origin"] = "answered by those who know the data"
        if rule.id in known:
            plain["rules"][known[rule.id]] = stated
        else:
            plain["rules"].append(stated)
    _write(path, plain)


def _yaml() -> YAML:
    made = YAML(typ="rt")
    made.indent(mapping=2, sequence=4, offset=2)
    made.width, made.allow_unicode = 100, True
    return made


def _document(path: Path) -> Any:  # noqa: ANN401
    try:
        plain = _yaml().load(path.read_text(encoding="utf-8"))
    except OSError as e:
        msg = f"'{path.name}' cannot be read ({type(e).__name__}). Make it: expectations learn."
        raise ExpectationError(msg) from None
    except (YAMLError, UnicodeDecodeError) as e:
        mark = getattr(e, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        msg = f"'{path.name}'{where}: this is no YAML ({type(e).__name__})."
        raise ExpectationError(msg) from None
    if not isinstance(plain, dict) or not isinstance(plain.get("rules") or [], list):
        msg = f"'{path.name}' is no suite: a mapping with a list 'rules', as 'learn' writes it."
        raise ExpectationError(msg)
    return plain


def _write(path: Path, plain: object) -> None:
    text = StringIO()
    _yaml().dump(plain, text)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.new")
    partial.write_text(text.getvalue(), encoding="utf-8")
    partial.replace(path)


def _plain(proposal: Proposal) -> CommentedMap:
    """Write a rule: what it demands, how far, what it was learnt from, and that it is proposed."""
    rule, held = proposal.rule, proposal.held_out
    plain = CommentedMap(demand_of(rule))
    plain |= {"may_fail": rule.limit, "severity": rule.severity.value}
    if rule.evidence:
        plain["evidence"] = rule.evidence
    plain["limit_origin"] = rule.limit_origin
    if held is not None and held.rows_checked:
        plain["held_out"] = (
            f"{held.rows_failed or 0:,} of {held.rows_checked:,} {proposal.unit} break it"
        )
    if proposal.false_alarm is not None:
        plain["false_alarm"] = proposal.false_alarm
    plain |= {"learnt": _mark(rule), "decision": "proposed"}
    return plain


def demand_of(rule: Rule) -> dict[str, Any]:
    """Answer what a rule demands, as plain types, without what it does not say."""
    default = Rule(kind="present", column="")
    said = {name: getattr(rule, name) for name in _RULE_FIELDS}
    changed = {n: v for n, v in said.items() if v != getattr(default, n) or n == "kind"}
    return {n: list(v) if isinstance(v, tuple) else v for n, v in changed.items()}


def _mark(rule: Rule) -> str:
    """A short name of what a rule demands, so that a person's change is seen."""
    ends = {n: float(v) for n, v in (("low", rule.low), ("high", rule.high)) if v is not None}
    said = [demand_of(rule) | ends, rule.limit, rule.severity.value]
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:8]


def _entry(item: object, place: str) -> Entry:
    if not isinstance(item, dict):
        msg = f"{place} is no mapping with 'kind' and 'column'."
        raise ExpectationError(msg)
    known = {*_RULE_FIELDS, *_NOTED, "may_fail", "severity", "decision"}
    for name in item:
        if name not in known:
            msg = f"{place}: there is no '{name}' in a rule.{did_you_mean(str(name), known)}"
            raise ExpectationError(msg)
    limit, decision = item.get("may_fail", 0.0), item.get("decision", "proposed")
    if not isinstance(limit, (int, float)) or not 0 <= limit <= 1:
        msg = f"{place}: 'may_fail' is a share from 0 to 1."
        raise ExpectationError(msg)
    if decision not in get_args(Decision):
        msg = f"{place}: 'decision' is one of {', '.join(get_args(Decision))}."
        raise ExpectationError(msg)
    try:
        severity = Severity(str(item.get("severity", "warn")))
    except ValueError:
        msg = f"{place}: 'severity' is info, warn or fail."
        raise ExpectationError(msg) from None
    rule = rule_from(
        {name: item[name] for name in item if name in _RULE_FIELDS},
        place,
        limit=float(limit),
        severity=severity,
        evidence=str(item.get("evidence") or ""),
        limit_origin=str(item.get("limit_origin") or WRITTEN),
    )
    mark = item.get("learnt")
    if decision != "rejected" and mark is not None and str(mark) != _mark(rule):
        decision = "changed"
        rule = replace(rule, limit_origin="changed by a person in the suite")
    told = {name: str(item.get(name) or "") for name in ("by", "at", "why", "held_out")}
    return Entry(
        rule=rule,
        decision=cast("Decision", decision),
        false_alarm=item.get("false_alarm"),
        **told,
    )


def rule_from(said: Mapping[str, object], place: str, **more: Any) -> Rule:  # noqa: ANN401
    """Make a rule of what a file demands.

    Raises:
        ExpectationError: It demands nothing that is known; `place` says where.
    """
    typed = {name: _typed(name, value, place) for name, value in said.items()}
    of_table = typed.get("kind") == "rows"
    if typed.get("kind") not in get_args(RuleKind) or ("column" not in typed and not of_table):
        msg = f"{place} needs a 'column' and a 'kind', one of {', '.join(get_args(RuleKind))}."
        raise ExpectationError(msg)
    return Rule(**typed, **more)


def _typed(name: str, value: object, place: str) -> Any:  # noqa: ANN401
    wanted = _RULE_FIELDS.get(name, object)
    if wanted is list and isinstance(value, list):
        return tuple(value)
    if wanted is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if wanted in {str, bool} and isinstance(value, wanted):
        return str(value) if wanted is str else value
    spoken = {list: "a list", float: "a number", bool: "true or false", str: "text"}
    msg = f"{place}: '{name}' is not {spoken.get(wanted, 'known')}."
    raise ExpectationError(msg)
