"""Gates, stability, waivers and repairs end to end: from settings to verdict, report and exit."""

from __future__ import annotations

import json

import pytest
from tests.cli.project import project, rows

from dataready.config import load_config
from dataready.model import Verdict
from dataready.pipeline.run import read_report, run_project
from dataready.pipeline.settle import earned_before
from dataready.pipeline.what_if import ask_run

SETTINGS = """\
project: tiny
{policy}
datasets:
  orders:
    pilot: pilot.csv
    production: production.csv
    target: paid
    key: id
{more}
    suites:
      learn: {learn}
"""
GAPS = {"amount": 0.1, "weight": 0.25}


def settings(folder, *, more="", policy="", learn="false"):
    """Write the tiny project with more settings, and a pilot that says enough to be go."""
    indented = "\n".join(f"    {line}" for line in more.splitlines())
    path = project(folder, SETTINGS.format(more=indented, policy=policy, learn=learn))
    (folder / "pilot.csv").write_text(rows(4000, seed=1))
    (folder / "production.csv").write_text(rows(8000, seed=2, start=5000))
    return path


def damage(folder, gaps):
    """Blank every so many cells of a column in production."""
    path = folder / "production.csv"
    header, *lines = path.read_text().splitlines()
    names = header.split(",")
    out = []
    for i, line in enumerate(lines):
        cells = line.split(",")
        for k, name in enumerate(names):
            if name in gaps and i % 100 < 100 * gaps[name]:
                cells[k] = ""
        out.append(",".join(cells))
    path.write_text("\n".join([header, *out]) + "\n")


def judged(path):
    """Run the project; answer its only assessment and the run's folder."""
    folder = run_project(load_config(path))
    return read_report(folder).datasets[0], folder


GATES = """\
gates:
  min_rows: 9000
  columns_present: [nix]
  max_missing: {weight: 0.2}
  max_damage: {amount: 0.05}
  max_key_duplicates: 0.01
  max_age_days: 30
  suites_must_pass: true
"""
EVIDENCE = {
    "min_rows": ("8,200 rows", "9,000", "gates.min_rows"),
    "columns_present:nix": ("'nix'", "gates.columns_present"),
    "max_missing:weight": ("24.4 % of 'weight'", "20.0 %", "gates.max_missing"),
    "max_damage:amount": ("of 'amount' is damaged", "5.0 %", "gates.max_damage"),
    "max_key_duplicates": ("2.4 % of the rows repeat", "1.0 %", "gates.max_key_duplicates"),
    "max_age_days": ("cannot be told", "30 days", "gates.max_age_days"),
    "suites_must_pass": ("No suite was run", "gates.suites_must_pass"),
}


def test_gates_decide_and_say_why(tmp_path):
    """Each gate of the settings reaches the verdict, with number, limit and origin."""
    path = settings(tmp_path, more=GATES)
    damage(tmp_path, GAPS)
    with (tmp_path / "production.csv").open("a") as file:
        file.writelines(rows(200, seed=2, start=5000).splitlines(keepends=True)[1:])

    got, _ = judged(path)

    failed = {g.name: g for g in got.gates if g.result == "fail"}
    assert got.verdict is Verdict.NO_GO
    # The target is in production, too, so the loss that was asked for is also measured.
    assert set(failed) - {"real_loss"} == set(EVIDENCE)
    for name, evidence in EVIDENCE.items():
        told = next(r for r in got.reasons if r.startswith(failed[name].message[:-1]))
        assert [words for words in evidence if words not in told] == []


def test_a_suite_that_fails_is_named_by_its_columns(tmp_path):
    """The gate says how many of how many expectations, and about which columns."""
    path = settings(tmp_path, more="gates: {suites_must_pass: true}", learn="true")
    damage(tmp_path, GAPS)

    got, _ = judged(path)

    gate = next(g for g in got.gates if g.name == "suites_must_pass")
    assert gate.result == "fail"
    assert " of " in gate.message
    assert "'weight'" in gate.message


def test_too_few_rows_and_leakage_are_what_no_repair_lifts(tmp_path):
    """The plan then holds all repairs, and says what is still in the way."""
    path = settings(tmp_path, policy="policy: {min_production_rows: 9000}")
    damage(tmp_path, GAPS)

    got, _ = judged(path)

    assert got.verdict is Verdict.NOT_ENOUGH_EVIDENCE
    assert got.fix_plan.verdict is Verdict.NOT_ENOUGH_EVIDENCE
    assert "9,000 are needed" in got.fix_plan.reasons[0]


def nightly(folder, seed):
    """Write another night's production."""
    (folder / "production.csv").write_text(rows(8000, seed=seed, start=5000))


def test_go_after_three_runs_in_a_row(tmp_path):
    """Two runs that earned go are conditional; the third is go; one gap starts it again."""
    path = settings(tmp_path, policy="policy: {go_after_runs: 3}")
    said = []
    for night in (2, 3, 4):
        nightly(tmp_path, night)
        said.append(judged(path)[0])

    assert [a.earned for a in said] == [Verdict.GO] * 3
    assert [a.verdict for a in said] == [Verdict.CONDITIONAL, Verdict.CONDITIONAL, Verdict.GO]
    assert said[1].reasons[0] == "Go was earned in 2 of 3 runs in a row (policy.go_after_runs)."

    damage(tmp_path, GAPS)
    assert judged(path)[0].earned is not Verdict.GO
    nightly(tmp_path, 5)
    again, folder = judged(path)

    assert (again.earned, again.verdict) == (Verdict.GO, Verdict.CONDITIONAL)
    (folder / "run.json").write_text("{")
    policy = load_config(path).policy
    assert earned_before(folder.parent, "orders", policy, fingerprint="") == ()


def test_the_same_production_again_is_no_further_run(tmp_path):
    """Whoever runs it thrice on one extract has seen one night."""
    path = settings(tmp_path, policy="policy: {go_after_runs: 2}")

    assert [judged(path)[0].verdict for _ in range(3)] == [Verdict.CONDITIONAL] * 3
    nightly(tmp_path, 3)
    assert judged(path)[0].verdict is Verdict.GO


def test_repairs_and_a_what_if_without_the_data(tmp_path):
    """Points add up; the run answers what-ifs from what it kept, as it would have been judged."""
    path = settings(tmp_path, more="effort: {weight: 2}\nowner: scales")
    damage(tmp_path, GAPS)
    got, folder = judged(path)
    for name in ("pilot.csv", "production.csv"):
        (tmp_path / name).unlink()

    plan = got.fix_plan
    whole = 100 - got.score.population_points
    assert sum(f.points for f in plan.fixes) == pytest.approx(whole - got.score.value, abs=1e-6)
    assert plan.verdict is Verdict.GO
    assert "weight" in {f.column for f in plan.fixes if f.in_plan} <= {"weight", "amount"}
    assert next(f for f in plan.fixes if f.column == "weight").effort == 2
    chosen = [f for f in plan.fixes if f.in_plan]
    name, answer = ask_run(folder, [f"fix {f.column} {f.parts[0]}" for f in chosen])

    assert name == "orders"
    assert answer.before.score.low == pytest.approx(got.score.low, abs=1e-6)
    assert answer.before.reasons == got.reasons
    assert answer.after.score.value == pytest.approx(plan.value, abs=1e-6)
    assert answer.after.score.low == pytest.approx(plan.low, abs=1e-6)
    assert answer.after.verdict is Verdict.GO


WAIVERS = """\
gates: {{max_missing: {{weight: 0.2}}}}
waivers:
  - {{column: weight, reason: seasonal, owner: R. Officer, expires: {day}, at_most: 9}}
"""


@pytest.mark.parametrize(
    ("day", "verdict"), [("2099-01-01", Verdict.CONDITIONAL), ("2020-01-01", Verdict.NO_GO)]
)
def test_a_waiver_stands_beside_the_score(tmp_path, day, verdict):
    """Both scores and verdicts are kept; the one with the waiver decides, until it expires."""
    path = settings(tmp_path, more=WAIVERS.format(day=day))
    damage(tmp_path, GAPS)

    got, folder = judged(path)

    assert got.verdict is Verdict.NO_GO
    assert (got.waived.verdict, got.decided) == (verdict, verdict)
    assert json.loads((folder / "run.json").read_text())["verdict"] == verdict.value
    assert len(got.waived.applied) == (verdict is Verdict.CONDITIONAL)
    assert got.provenance["waivers"][0]["owner"] == "R. Officer"
    said = "Without: no-go" if got.waived.applied else "No waiver holds."
    assert said in (folder / "memo.md").read_text()
