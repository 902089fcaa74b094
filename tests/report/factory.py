"""A realistic report, and smaller ones: what the views are tested on."""

from __future__ import annotations

from dataclasses import replace

from dataready.model import Finding, Severity, Verdict
from dataready.readiness.assessment import (
    Assessment,
    ColumnAssessment,
    ColumnSummary,
    Damage,
    ExpectationResult,
    Fix,
    FixPlan,
    Gate,
    Histogram,
    PredictedLoss,
    ReadyScope,
    Score,
    SegmentAssessment,
    SuiteResult,
    Visible,
    Waived,
)
from dataready.report.data import ReportData, TrendPoint

HOSTILE = '<script>alert("x")</script>'
RTL = "\u202eevil\u202c \u05e9\u05dc\u05d5\u05dd"
LONG = "very_long_column_name_" * 20
NASTY_SQL = "SELECT *\nFROM data\nWHERE \"a\u202eb\" = '</script><img src=x onerror=alert(1)>'"


def score(value=62.37, low=58.1, high=66.4, **changes):
    """Build a calibrated score; changes replace fields."""
    fields = {
        "value": value,
        "low": low,
        "high": high,
        "calibrated": True,
        "kind": "S",
        "if_unknown_fail": 57.2,
        "if_unknown_pass": 66.9,
        "coverage": 0.962,
        "product": 65.12,
        "replay": 59.62,
        "loss_mean": 0.305,
        "loss_low": 0.04,
        "loss_high": 0.56,
        "loss_nine_in_ten": 0.51,
        "smallest_visible_shift": 0.041,
    }
    return Score(**(fields | changes))


def finding(column="income", severity=Severity.FAIL, **changes):
    """Build a finding of missing values; changes replace fields."""
    fields = {
        "dimension": "completeness",
        "detector": "missing",
        "table": "customers",
        "message": "23.4 % of production is missing; the pilot had 1.2 %.",
        "measured": 0.234,
        "limit": 0.035,
        "limit_origin": "pilot share plus 4 standard errors",
        "rows_affected": 281_034,
        "sql": f'SELECT *\nFROM "data"\nWHERE "{column}" IS NULL\n   OR trim("{column}") = \'\'',
        "examples": ("N*A", "-9**"),
        "fix": "Restore the join to payroll that filled it until March.",
        "owner": "Payroll integration",
        "points": 16.32,
    }
    return Finding(severity=severity, column=column, **(fields | changes))


def summary(rows=1_201_337, **changes):
    """Build one side of a number column."""
    fields = {
        "rows": rows,
        "nulls": rows // 20,
        "blanks": rows // 400,
        "disguised": rows // 90,
        "distinct": rows // 7,
        "distinct_exact": False,
        "minimum": "0.00",
        "maximum": "184,250.55",
        "mean": 41_233.7,
        "std": 18_021.2,
        "shortest": 1,
        "longest": 10,
        "frequent": (("0.00", rows // 50), ("25000", rows // 80), (HOSTILE, 3)),
        "formats": (("9999.99", rows // 2), ("99999.99", rows // 3)),
    }
    return ColumnSummary(**(fields | changes))


def column(name="income", **changes):
    """Build a damaged feature column; changes replace fields."""
    fields = {
        "role": "feature",
        "kind": "number",
        "personal": False,
        "pilot_type": "DOUBLE",
        "production_type": "DOUBLE",
        "importance": 0.214,
        "points_lost": 0.0,
        "damage": Damage(M=0.02, V=0.004, s=0.08, kappa=0.25),
        "pilot": summary(2_400),
        "production": summary(),
        "histogram": Histogram(
            labels=tuple(f"{i * 12_000:,} to {(i + 1) * 12_000:,}" for i in range(10)),
            pilot=(120, 240, 310, 330, 290, 240, 200, 160, 110, 60),
            production=(
                190_000,
                80_000,
                120_000,
                150_000,
                150_000,
                140_000,
                120_000,
                90_000,
                60_000,
                20_000,
            ),
        ),
        "owner": "Payroll integration",
    }
    return ColumnAssessment(name=name, **(fields | changes))


def gate(result="pass", **changes):
    """Build a gate on the number of rows."""
    fields = {
        "name": "rows",
        "message": "Production has 1,201,337 rows; 500 are needed.",
        "measured": 1_201_337.0,
        "limit": 500.0,
        "origin": "built in",
    }
    return Gate(result=result, **(fields | changes))


def fix(column="income", **changes):
    """Build a repair that is in the plan; changes replace fields."""
    fields = {
        "parts": ("missing",),
        "why": "23.4 % of rows missing",
        "what": "Restore the join to payroll that filled it until March.",
        "points": 16.32,
        "alone": 14.1,
        "rows": 281_034,
        "owner": "Payroll integration",
        "effort": 2.5,
        "in_plan": True,
        "after": 96.2,
        "sql": "SELECT 1",
    }
    return Fix(column=column, **(fields | changes))


def fix_plan(*fixes, **changes):
    """Build a plan that leads to go; changes replace fields."""
    fields = {"verdict": Verdict.GO, "value": 96.2, "low": 95.1}
    return FixPlan(fixes=fixes or (fix(),), **(fields | changes))


def predicted(**changes):
    """Build what probes lose, without labels of production; changes replace fields."""
    fields = {
        "metric": "auc",
        "model": "the probes",
        "pilot": 0.8142,
        "expected": 0.7431,
        "low": 0.7139,
        "high": 0.7702,
        "loss": 0.226,
        "loss_low": 0.131,
        "loss_high": 0.322,
        "population_loss": 0.031,
    }
    return PredictedLoss(**(fields | changes))


def real(**changes):
    """Build what probes lose, with what labels of production say; changes replace fields."""
    fields = {
        "real": 0.7312,
        "real_loss": 0.264,
        "real_loss_low": 0.21,
        "real_loss_high": 0.318,
        "labelled_rows": 18_204,
    }
    return predicted(**(fields | changes))


def group(value="LATAM", verdict=Verdict.NO_GO, **changes):
    """Build a group of rows, judged; changes replace fields."""
    fields = {
        "column": "region",
        "rows": 1234,
        "pilot_rows": 900,
        "comparable": True,
        "score": score(),
        "predicted": predicted(expected=0.66, low=0.61, high=0.7, loss=0.49),
    }
    return SegmentAssessment(value=value, verdict=verdict, **(fields | changes))


def waived(**changes):
    """Build what two waivers make of a no-go, one of which is void; changes replace fields."""
    fields = {
        "value": 86.1,
        "low": 82.0,
        "high": 90.2,
        "verdict": Verdict.CONDITIONAL,
        "applied": ("'income': 5.0 points, for R. Officer until 2026-12-31: seasonal",),
        "void": ("'segment': it expired on 2026-10-31.",),
    }
    return Waived(**(fields | changes))


def assessment(dataset="customers", **changes):
    """Build a small no-go assessment of one damaged column; changes replace fields."""
    fields = {
        "verdict": Verdict.NO_GO,
        "reasons": ("The score of 62.3 is below 85, where no-go begins.",),
        "score": score(),
        "dimensions": {
            "completeness": 74.2,
            "validity": 93.8,
            "consistency": 96.1,
            "drift": 95.4,
            "schema": 97.5,
        },
        "columns": (column(points_lost=16.32, damage=Damage(M=0.225, V=0.01, b=0.06)),),
        "findings": (finding(),),
        "gates": (gate(),),
        "suites": (),
        "target": "churned",
        "probe_skill": {"boosting": 0.71, "linear": 0.64},
        "limits": ("If labels change their meaning while inputs stay, nothing here shows it.",),
        "provenance": provenance(),
        "owner": "Customer data office",
    }
    return Assessment(dataset=dataset, **(fields | changes))


def provenance():
    """Build provenance with every known key, and one that nobody knows."""
    side = {
        "source": "exports/customers/*.csv",
        "kind": "csv",
        "rows": 1_201_337,
        "rejected": 12,
        "files": [{"name": f"part-{i}.csv", "bytes": 88_211_004, "rows": 600_668} for i in (1, 2)],
        "fingerprint": "9f2c" * 16,
        "reconciliation": ["1,201,337 rows landed and 12 were rejected, of 1,201,349 records."],
        "notes": [],
    }
    return {
        "pilot": side | {"source": "pilot.csv", "rows": 2_400, "rejected": 0, "files": []},
        "production": side,
        "hashes": {"pilot": "ab12" * 16, "policy": "cd34" * 16},
        "version": "0.1.0",
        "policy": {"go_at": 95, "conditional_at": 85, "personal": None, "strict": True},
        "seeds": [0, 1, 2],
        "mapping": {},
        "weather <b>": {
            "wind": 0.00001,
            "deep": {"er": {"and": {"deeper": {"still": {"end": 1}}}}},
        },
    }


def wide(columns):
    """Build an assessment with many columns, each with findings, to weigh the page."""
    names = [f"feature_{i:04}_{'x' * (i % 30)}" for i in range(columns)]
    return assessment(
        columns=tuple(column(name, points_lost=i / columns) for i, name in enumerate(names)),
        findings=tuple(
            finding(name, severity, detector=f"detector {n}", points=None)
            for name in names
            for n, severity in enumerate((Severity.FAIL, Severity.WARN))
        ),
    )


def trend(dataset="customers"):
    """Build six earlier runs of a dataset, one of which had no score."""
    values = (88.2, 86.9, None, 84.0, 71.5, 64.9)
    return tuple(
        TrendPoint(
            run_id=f"run-{i}",
            clock=f"2026-11-{10 + i}T03:00:00Z",
            dataset=dataset,
            value=value,
            low=None if value is None else value - 4,
            high=None if value is None else value + 3.1,
            verdict=Verdict.NO_GO if value is not None else Verdict.NOT_ENOUGH_EVIDENCE,
        )
        for i, value in enumerate(values)
    )


def report(*datasets, **changes):
    """Build a report of the datasets given, or of one small one."""
    fields = {
        "project": "Churn pilot",
        "run_id": "2026-11-21T03-00-00Z-4f1a",
        "clock": "2026-11-21T03:00:12Z",
        "version": "0.1.0",
        "datasets": datasets or (assessment(),),
        "trend": (),
    }
    return ReportData(**(fields | changes))


def full_report():
    """Build the realistic one: four datasets, twenty columns, all severities, hostile names."""
    return report(_customers(), _orders(), _events(), _regions(), trend=trend() + trend("orders"))


def _customers():
    plain = [
        column(name, importance=0.04 + i / 400, points_lost=0.35 / (i + 1))
        for i, name in enumerate(
            (
                "tenure_months",
                "contract",
                "monthly_charge",
                "support_calls",
                "payment_method",
                "region_code",
                "discount",
                "last_login_days",
                "device",
                "app_version",
            )
        )
    ]
    columns = (
        column(points_lost=16.32, damage=Damage(M=0.225, V=0.01, b=0.06)),
        column(
            "segment",
            kind="text",
            role="feature",
            points_lost=9.81,
            importance=0.121,
            pilot_type="VARCHAR",
            production_type="VARCHAR",
            owner="CRM team",
            damage=Damage(V=0.31, unparsed=0.0, s=0.12, kappa=0.6),
            pilot=summary(
                2_400,
                minimum=None,
                maximum=None,
                mean=None,
                std=None,
                distinct=5,
                distinct_exact=True,
                frequent=(("gold", 800), ("silver", 700), ("", 20)),
            ),
            histogram=Histogram(
                labels=tuple(f"category {i}" for i in range(24)),
                pilot=tuple(range(240, 0, -10)),
                production=tuple(range(0, 240_000, 10_000)),
            ),
        ),
        column(
            "tariff",
            points_lost=7.4,
            importance=0.07,
            production_type=None,
            production=None,
            histogram=None,
            damage=Damage(absent=True, M=1.0),
            owner="",
        ),
        column(HOSTILE, points_lost=3.2, importance=0.03, owner=HOSTILE),
        column(RTL, points_lost=0.004, importance=None, damage=Damage(measurable=False)),
        column(LONG, role="text", kind="text", damage=None, histogram=None, importance=None),
        column(
            "email",
            role="text",
            kind="id",
            personal=True,
            importance=None,
            histogram=None,
            pilot=summary(2_400, frequent=(), formats=(), minimum=None, maximum=None),
            production=summary(frequent=(), formats=(), minimum=None, maximum=None),
        ),
        column("customer_id", role="key", kind="id", importance=None, histogram=None),
        column(
            "signed_up",
            role="time",
            kind="date",
            importance=None,
            pilot_type="DATE",
            production_type="VARCHAR",
            mapped_from="signup_dt",
        ),
        column(
            "campaign_2027",
            new=True,
            role="ignore",
            pilot=None,
            pilot_type=None,
            damage=None,
            histogram=None,
            importance=None,
            owner="",
        ),
        column(
            "nothing",
            kind="empty",
            pilot=summary(0, distinct=None),
            production=None,
            histogram=Histogram(labels=(), pilot=(), production=()),
            importance=None,
        ),
        *plain,
    )
    findings = (
        finding(),
        finding(
            "segment",
            dimension="validity",
            detector="unseen",
            points=9.81,
            measured=0.31,
            limit=0.002,
            limit_origin="Good-Turing estimate of the pilot",
            rows_affected=372_414,
            message="31 % of production has a category that the pilot never saw.",
            fix="Agree on one spelling of the segments with the CRM team, and map the old ones.",
            owner="CRM team",
            examples=("G***", "s*****"),
            sql=NASTY_SQL,
        ),
        finding(
            "tariff",
            dimension="schema",
            detector="absent",
            points=7.4,
            rows_affected=None,
            measured=None,
            limit=None,
            limit_origin="",
            sql=None,
            examples=(),
            owner="",
            fix="",
            message="The pilot has this column; production does not.",
        ),
        finding(
            HOSTILE,
            Severity.WARN,
            dimension="drift",
            detector="shift",
            points=3.2,
            message=f"Shifted towards {HOSTILE}",
            measured=1e-05,
            limit=0.05,
            fix=HOSTILE,
        ),
        finding(
            "device",
            Severity.INFO,
            dimension="consistency",
            detector="variants",
            points=None,
            message="'iPhone' is also spelt 'iphone' and 'IPHONE'.",
            cells=True,
        ),
        finding(
            "email",
            Severity.ERROR,
            dimension="governance",
            detector="format",
            points=None,
            error="Binder Error: the column is a list.",
            measured=None,
            rows_affected=None,
            message="The format could not be checked.",
            sql=None,
            fix="",
            examples=(),
        ),
        finding(
            None,
            Severity.WARN,
            dimension="volume",
            detector="rows",
            points=None,
            message="Production has 18 % fewer rows than last week.",
            sql=None,
        ),
        finding("column_of_another_table", Severity.INFO, dimension="integrity", points=None),
    )
    return assessment(
        reasons=(
            "The score of 62.3 is below 85, where no-go begins.",
            "Gate 'leakage' failed: 'income' carries 61 % of the skill and its fill collapses.",
        ),
        columns=columns,
        findings=findings,
        fix_plan=fix_plan(
            fix(after=78.4),
            fix("segment", why="31.0 % of rows in other spellings", after=88.0, owner=""),
            fix(HOSTILE, why=HOSTILE, what=HOSTILE, after=95.6, sql=NASTY_SQL, owner=HOSTILE),
            fix(LONG, why="w" * 300, what="x" * 900, after=96.2, rows=None),
            fix(RTL, points=0.9, in_plan=False, after=None, sql=None),
            fix("device", points=0.01, in_plan=False, after=None),
        ),
        waived=waived(void=("'segment': it expired on 2026-10-31.", HOSTILE)),
        predicted=real(
            model="the pilot's own model",
            real=0.5214,
            real_loss=0.93,
            real_loss_low=0.9,
            real_loss_high=0.96,
        ),
        segments=(
            group(worst="'ship_weight' -6.1 points"),
            group(HOSTILE, Verdict.CONDITIONAL, comparable=False, pilot_rows=0, predicted=None),
            group("DE", Verdict.GO, score=score(97.2, 96.0, 98.1), predicted=predicted()),
        ),
        ready_scope=(
            ReadyScope(
                column="region",
                ready=("DE",),
                not_ready=("LATAM", HOSTILE),
                rows_share=0.62,
                value=97.2,
                low=96.0,
            ),
        ),
        gates=(
            gate(),
            gate(
                "fail",
                name="leakage",
                measured=0.61,
                limit=0.5,
                origin="built in",
                message="'income' carries 61 % of the skill, and its fill collapses.",
            ),
            gate(
                "error",
                name=HOSTILE,
                measured=None,
                limit=None,
                origin="settings",
                message="The clock of production could not be read.",
            ),
            gate(
                "not_applicable",
                name="freshness",
                measured=None,
                limit=2.0,
                origin="settings",
                message="No time column is declared.",
                verdict_if_failed=Verdict.CONDITIONAL,
            ),
        ),
        suites=_suites(),
        limits=(
            "If labels change their meaning while inputs stay the same, nothing here shows it.",
            "A stale or shuffled column that no other column depends on looks healthy.",
            "Strongly dependent important columns understate their joint loss.",
        ),
        visible=(
            Visible(
                detector="missing",
                columns=20,
                rows_least=3120,
                rows_most=98_211,
                hardest=HOSTILE,
                by_chance=0.00135,
            ),
            Visible(
                detector="duplicate_rows", columns=0, rows_least=44, rows_most=44, by_chance=0.0
            ),
        ),
    )


def _suites():
    failing = ExpectationResult(
        expectation="expect_column_values_to_be_between",
        column="income",
        result="fail",
        message="281,034 values are under 0 or over 150,000.",
        rows_failed=281_034,
        rows_checked=1_201_337,
        limit="0 to 150,000",
        limit_origin="suite",
        sql=NASTY_SQL,
    )
    return (
        SuiteResult(
            library="great_expectations",
            library_version="1.24.1",
            suite="customers.core",
            suite_sha256="ef56" * 16,
            results=(
                failing,
                replace(
                    failing,
                    column=None,
                    result="error",
                    message=HOSTILE,
                    rows_failed=None,
                    sql=None,
                ),
                *(replace(failing, result="pass", sql=None) for _ in range(29)),
                replace(failing, result="not_applicable"),
            ),
        ),
        SuiteResult(
            library="pandera",
            library_version="0.35.0",
            suite="customers.yaml",
            suite_sha256="aa77" * 16,
            results=(),
            error="Column 'tariff' is not in the table.",
        ),
    )


def _orders():
    return assessment(
        "orders",
        verdict=Verdict.CONDITIONAL,
        owner="Order desk",
        reasons=("The lower end of the interval, 92.1, is below 95.",),
        target="delay_days",
        score=score(
            94.97,
            92.1,
            97.2,
            coverage=1.0,
            product=95.2,
            replay=94.74,
            loss_mean=0.084,
            loss_low=0.0,
            loss_high=0.25,
            loss_nine_in_ten=0.21,
        ),
        predicted=real(
            real=14.91,
            real_loss=0.07,
            real_loss_low=0.05,
            real_loss_high=0.09,
            metric="mae",
            pilot=12.34,
            expected=14.2,
            low=12.9,
            high=16.8,
            loss=0.08,
            loss_low=0.03,
            loss_high=0.14,
            population_loss=0.0,
        ),
        dimensions={
            "completeness": 97.0,
            "validity": 99.2,
            "consistency": 98.8,
            "drift": 100.0,
            "schema": 100.0,
        },
        columns=(column("amount", points_lost=3.1),),
        findings=(finding("amount", Severity.WARN, table="orders", points=3.1),),
    )


def _events():
    return assessment(
        "events",
        verdict=Verdict.NOT_ENOUGH_EVIDENCE,
        target=None,
        owner="",
        reasons=("Production has 212 rows; 500 are needed.",),
        score=score(
            None,
            None,
            None,
            kind="A0",
            calibrated=False,
            if_unknown_fail=None,
            if_unknown_pass=None,
            coverage=0.0,
            product=None,
            replay=None,
            loss_mean=None,
            loss_low=None,
            loss_high=None,
            loss_nine_in_ten=None,
            smallest_visible_shift=None,
        ),
        dimensions={},
        columns=(),
        findings=(),
        gates=(),
        probe_skill={},
        limits=(),
        provenance={},
    )


def _regions():
    return assessment(
        "regions",
        verdict=Verdict.GO,
        reasons=(),
        target=None,
        score=score(
            99.97,
            99.4,
            100.0,
            kind="A0",
            calibrated=False,
            product=None,
            replay=None,
            loss_mean=None,
            loss_low=None,
            loss_high=None,
            loss_nine_in_ten=None,
            coverage=1.0,
            smallest_visible_shift=None,
        ),
        columns=(column("name"),),
        findings=(),
        probe_skill={},
        dimensions={"completeness": 99.97},
    )
