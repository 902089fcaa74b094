"""Reading dataready.yaml: what is refused, where, and in which words."""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dataready.config import Config, SettingsError, load_config
from dataready.errors import ConfigError

WAIVER = "{column: a, reason: r, owner: o, expires: 2027-01-01}"
HEAD = "project: Demo\ndatasets:\n  orders:\n    pilot: p.csv\n    production: prod.csv\n"


@pytest.fixture
def written(tmp_path):
    """Write settings to a file and answer its path."""

    def write(text: str | bytes) -> Path:
        path = tmp_path / "dataready.yaml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


@pytest.fixture
def refused(written):
    """Answer the problems of settings as (line, setting, message)."""

    def refuse(text: str | bytes) -> list[tuple[int | None, str, str]]:
        path = written(text)
        with pytest.raises(SettingsError) as caught:
            load_config(path)
        assert caught.value.exit_code == 2
        for problem in caught.value.problems:
            assert problem.describe(str(path)) in str(caught.value)
        return [(p.line, ".".join(map(str, p.location)), p.message) for p in caught.value.problems]

    return refuse


def test_the_least_settings_get_the_documented_defaults(written):
    """A project needs a name and one dataset; everything else has a default."""
    path = written(HEAD)
    config = load_config(path)
    orders = config.datasets["orders"]
    assert (orders.pilot.path, orders.pilot.format, orders.production.header) == (
        "p.csv",
        "auto",
        None,
    )
    assert (config.version, config.runs, config.warehouse) == (1, "runs", "warehouse")
    policy = config.policy
    assert (policy.go_at, policy.conditional_at, policy.keep_extracts) == (95, 85, 3)
    assert (policy.min_pilot_rows, policy.min_production_rows, policy.keep_runs) == (300, 500, None)
    assert (orders.target, orders.key, orders.suites.learn, orders.suites.trust) == (
        None,
        (),
        True,
        False,
    )
    assert config.base == path.parent
    assert config.resolve(config.runs) == path.parent / "runs"
    assert config.sha256 == hashlib.sha256(HEAD.encode()).hexdigest()


def test_every_setting_is_read(written):
    """Each setting of a dataset arrives as the type that the rest of the house uses."""
    config = load_config(
        written(
            HEAD
            + """\
    target: late
    key: [id, line]
    time: at
    segments: region
    owner: Ana
    owners: {amount: Ben}
    roles: {note: text, late: target, id: key, at: time}
    personal: [email]
    mapping: {amount: total}
    references: {parent: orders.id}
    importance: {amount: 0.5}
    suites: {learn: false, pandera: a.yaml, great_expectations: [b.json], trust: yes}
    gates:
      min_rows: 1_000
      max_missing: {amount: 0.1}
      max_key_duplicates: 0
      max_age_days: 1.5
      columns_present: [amount]
      suites_must_pass: on
      max_damage: {amount: 1e-2}
policy: {keep_runs: 5, allow_go_without_target: true}
"""
        )
    )
    orders = config.datasets["orders"]
    assert (orders.key, orders.segments, orders.suites.pandera) == (
        ("id", "line"),
        ("region",),
        ("a.yaml",),
    )
    assert (orders.gates.min_rows, orders.gates.max_age_days) == (1000, 1.5)
    assert (orders.suites.trust, orders.gates.suites_must_pass) == (True, True)
    assert orders.gates.max_damage == {"amount": 0.01}
    assert orders.references == {"parent": "orders.id"}
    assert config.policy.keep_runs == 5


def test_names_that_yaml_would_twist_stay_as_written(written):
    """A column may be called no, on, 010, 1_000, 12:30, null or 2024-01-01."""
    config = load_config(
        written(
            HEAD
            + "    target: no\n    time: 2024-01-01\n    key: [010, 1_000, 12:30, 1e3, 'null']\n"
            + "    owners: {on: Ana, 0x10: Ben, ~: Eve}\n"
        )
    )
    orders = config.datasets["orders"]
    assert (orders.target, orders.time) == ("no", "2024-01-01")
    assert orders.key == ("010", "1_000", "12:30", "1e3", "null")
    assert set(orders.owners) == {"on", "0x10", "~"}


def test_a_setting_without_a_value_is_as_if_not_written(written):
    """An empty section or `null` means the default, not an error."""
    config = load_config(written(HEAD + "    gates:\n    target: null\n    key: ~\npolicy:\n"))
    assert config.datasets["orders"].gates.min_rows is None
    assert config.policy.go_at == 95


def test_all_problems_are_told_at_once_with_their_lines(refused):
    """One attempt shows every mistake of the file, in the file's order."""
    found = refused(
        "projct: Demo\n"
        "policy: {go_at: 80, conditional_at: 90, keep_extracts: 0}\n"
        "datasets:\n"
        "  orders:\n"
        "    pilot: {path: p.csv, format: cvs}\n"
        "    targett: late\n"
        "    roles:\n"
        "      note: txt\n"
        "    references: {a: custmers.id, b: nowhere}\n"
        "    gates: {max_missing: {a: 1.5, b: lots}}\n"
        "  customers: {pilot: a, production: b, target: x, key: x}\n"
    )
    assert [(line, where) for line, where, _ in found] == [
        (1, "project"),
        (1, "projct"),
        (2, "policy.keep_extracts"),
        (4, "datasets.orders.production"),
        (5, "datasets.orders.pilot.format"),
        (6, "datasets.orders.targett"),
        (8, "datasets.orders.roles.note"),
        (9, "datasets.orders.references.a"),
        (9, "datasets.orders.references.b"),
        (10, "datasets.orders.gates.max_missing.a"),
        (10, "datasets.orders.gates.max_missing.b"),
        (11, "datasets.customers.target"),
    ]
    messages = {where: message for _, where, message in found}
    assert "Did you mean 'project'?" in messages["projct"]
    assert "'cvs' is not known. Did you mean 'csv'?" in messages["datasets.orders.pilot.format"]
    assert "Did you mean 'target'?" in messages["datasets.orders.targett"]
    assert "Did you mean 'text'?" in messages["datasets.orders.roles.note"]
    assert "Did you mean 'customers'?" in messages["datasets.orders.references.a"]
    assert "'1.5' is out of range" in messages["datasets.orders.gates.max_missing.a"]
    assert "'lots' is no number" in messages["datasets.orders.gates.max_missing.b"]


@pytest.mark.parametrize(
    ("lines", "where", "words"),
    [
        ("    key: [a, a]", "key.1", "named twice"),
        ("    key: a\n    target: a", "target", "named in 'key' too"),
        ("    target: a\n    time: a", "time", "named in 'target' too"),
        ("    target: a\n    roles: {a: feature}", "roles.a", "contradicts 'target'"),
        (f"    target: a\n    waivers: [{WAIVER}]", "waivers.0.column", "is the target"),
        (f"    waivers: [{WAIVER}, {WAIVER}]", "waivers.1.column", "waived already"),
        (f"    waivers: [{WAIVER.replace('2027-01-01', 'soon')}]", "waivers.0.expires", "soon"),
        (
            f"    waivers: [{WAIVER.replace('2027-01-01', '31.12.2026')}]",
            "waivers.0.expires",
            "'31.12.2026' is no day; write it like 2026-12-31.",
        ),
        (
            f"    waivers: [{WAIVER.replace('}', ', at_mots: 4}')}]",
            "waivers.0.at_mots",
            "Did you mean 'at_most'? There are: column,",
        ),
        ("    effort: {a: 0}", "effort.a", "It must be above 0."),
        ("    roles: {a: target}", "roles.a", "target: a"),
        ("    mapping: {a: c, b: c}", "mapping.b", "'c' is the new name of 'a'"),
        ("    target: a\n    importance: {a: 1}", "importance.a", "only features"),
        ("    metric: auc", "metric", "It needs a target"),
        ("    target: y\n    metric: auk", "metric", "Did you mean 'auc'?"),
        ("    target: y\n    model: {}", "model", "'path' or by 'function'"),
        ("    target: y\n    model: {path: m, function: a:b}", "model", "one of them"),
        ("    target: y\n    model: {function: a.b}", "model.function", "'package.module:name'"),
        ("    target: y\n    model: {pth: m}", "model.pth", "Did you mean 'path'?"),
        ("    target: y\n    labels: {source: l.csv}", "labels.key", "Give one here"),
        ("    key: {a: b}", "key", "A mapping is no list"),
        ("    target: [a]", "target", "A list is no text"),
        ("    target: ''", "target", "empty"),
        ("    gates: 5", "gates", "'5' is no mapping"),
        ("    gates: {min_rows: 1.5}", "gates.min_rows", "'1.5' is no whole number"),
        ("    gates: {max_age_days: .nan}", "gates.max_age_days", "'.nan' is no number"),
        ("    gates: {max_age_days: nan}", "gates.max_age_days", "'nan' is no finite number"),
        ("    gates: {max_missing: {a: }}", "gates.max_missing.a", "no value"),
        ("    suites: {learn: maybe}", "suites.learn", "'maybe' is neither true nor false"),
        ("    suites: {lern: }", "suites.lern", "Did you mean 'learn'?"),
        ("    owner: Ana\n    owner: Ben", "owner", "line 6 already"),
        ("    owner: !!python/name:os.system x", "owner", "YAML tag"),
        ("    owner: !secret x", "owner", "'!secret'"),
        ('    owner: "a\\0"', "owner", "NUL"),
    ],
)
def test_a_dataset_that_cannot_be_meant_is_refused(refused, lines, where, words):
    """Each mistake is told at its setting, in words about it."""
    (problem,) = refused(HEAD + lines + "\n")
    assert problem[1] == f"datasets.orders.{where}"
    assert words in problem[2]
    assert problem[0] == 5 + len(lines.split("\n"))


def test_limits_of_the_verdict_are_in_order(refused):
    """Go above conditional, or the verdict has no meaning."""
    (problem,) = refused(HEAD + "policy:\n  conditional_at: 95\n  go_at: 95\n")
    assert problem == (8, "policy.go_at", problem[2])
    assert "greater than 'conditional_at'" in problem[2]


def test_runs_that_count_are_kept(refused):
    """Go after five runs cannot be told from three."""
    (problem,) = refused(HEAD + "policy:\n  go_after_runs: 5\n  keep_runs: 3\n")
    assert problem == (8, "policy.keep_runs", problem[2])
    assert "at least 'go_after_runs'" in problem[2]


@pytest.mark.parametrize("name", ["../x", "a.b", "a/b", "", "-a", "ä", "a b", "x" * 65, "a\\nb"])
def test_names_of_datasets_are_safe_for_files(refused, name):
    """A dataset names files, so hostile names stop here."""
    (problem,) = refused(HEAD.replace("orders", f'"{name}"'))
    assert problem[0] == 3
    assert "no name for a dataset" in problem[2]


def test_names_of_datasets_differ_by_more_than_case(refused):
    """Orders and orders are one file on many machines."""
    (problem,) = refused(HEAD + "  Orders: {pilot: a, production: b}\n")
    assert problem[:2] == (6, "datasets.Orders")


def test_a_project_has_a_dataset(refused):
    """No dataset is no project, however it is written."""
    assert refused("project: x\n")[0][1] == "datasets"
    assert "Give at least one" in refused("project: x\ndatasets: {}\n")[0][2]


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        (b"", "empty", None),
        (b"# nothing\n", "empty", None),
        (b"- a\n- b\n", "A list is no mapping", 1),
        (b"hello", "'hello' is no mapping", 1),
        (b"a: b: c\n", "no YAML", 1),
        (b"a:\n\tb: c\n", "a tab stands here", 2),
        (b"a: 1\n---\nb: 2\n", "no YAML", 2),
        (b"a: \xff\n", "not UTF-8", 1),
        ("a: ä\n".encode("utf-16"), "not UTF-8", 1),
        (b"a: 1\nb: \x01\n", "U+0001", 2),
        (b'a: "\\UFFFFFFFF"\n', "too large", None),
        (b"a: *nothing\n", "undefined alias", 1),
        (b"x: {a: ${HOME}}\n", "quote a text", 1),
        (b"a: " + b"[" * 5000, "nested more than", 1),
        (b"a:\n" + b"".join(b" " * i + b"-\n" for i in range(1, 99)), "nested more than", None),
        (b"? [a]\n: b\n", "list or a mapping", 1),
        (b"a: x\n" * 400_000, "1,048,576", None),
    ],
)
def test_what_is_no_settings_file_is_refused(refused, text, words, line):
    """Bad input of every kind ends in one clear sentence."""
    found = refused(text)
    assert any(words in message for _, _, message in found)
    if line is not None:
        assert line in {place for place, _, _ in found}


def test_a_bomb_of_aliases_is_refused_quickly(refused):
    """A few lines that mean billions of values cost neither time nor memory."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    began = time.monotonic()
    (problem,) = refused("\n".join(lines))
    assert "aliases followed" in problem[2]
    assert time.monotonic() - began < 10
    (problem,) = refused("a: &a [*a]\n")
    assert "aliases followed" in problem[2]


def test_anchors_and_merges_serve_several_datasets(written, refused):
    """What datasets share is written once; what stands in a mapping itself wins."""
    text = HEAD + (
        "    owners: &owners {a: Ana, b: Ben}\n"
        "  customers:\n    pilot: p\n    production: q\n"
        "    owners:\n      b: Eve\n      <<: *owners\n"
    )
    config = load_config(written(text))
    assert config.datasets["customers"].owners == {"a": "Ana", "b": "Eve"}
    (problem,) = refused(text.replace("*owners", "Ana"))
    assert "'<<' takes a mapping" in problem[2]


def test_a_missing_file_says_what_there_is(tmp_path):
    """The error names the folder's settings files, and the nearest of them."""
    with pytest.raises(ConfigError, match=r"no \.yaml file") as caught:
        load_config(tmp_path / "dataready.yaml")
    assert caught.value.exit_code == 2
    (tmp_path / "data_ready.yaml").touch()
    with pytest.raises(ConfigError, match=r"Did you mean 'data_ready.yaml'\?.* there are: data_"):
        load_config(tmp_path / "dataready.yaml")
    with pytest.raises(ConfigError, match="is a folder"):
        load_config(tmp_path)
    with pytest.raises(ConfigError, match="no folder"):
        load_config(tmp_path / "nowhere" / "dataready.yaml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "data_ready.yaml" / "dataready.yaml")


def test_a_password_in_an_address_is_not_quoted(refused):
    """An address that stands where it is wrong keeps its secret."""
    (problem,) = refused(HEAD + "    gates: {min_rows: 'postgres://me:hunter2@host/db'}\n")
    assert "hunter2" not in problem[2]
    assert "postgres://...@host/db" in problem[2]


def test_a_byte_order_mark_is_no_part_of_the_first_name(written):
    """Editors on Windows write one."""
    assert load_config(written(b"\xef\xbb\xbf" + HEAD.encode())).project == "Demo"


def test_settings_are_frozen(written):
    """Nobody changes the settings of a run."""
    config = load_config(written(HEAD))
    assert isinstance(config, Config)
    with pytest.raises(ValueError, match="frozen"):
        config.project = "other"


STRUCTURE = ("{", "}", "[", "]", ": ", "- ", "? ", "| ", "> ", "#", "---", "\n", "\n  ", "\t", "\0")
WORDS = ("&a ", "*a", "<<", "!", "%", "${", "'", '"', "0", "~", "datasets", "pilot", "gates", "key")
PIECES = st.sampled_from(STRUCTURE + WORDS)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.integers(0, len(HEAD)), pieces=st.lists(PIECES, max_size=8), noise=st.binary())
@example(at=0, pieces=["%", "YAML 9" * 2000], noise=b"")
@example(at=0, pieces=["? ", "? ", "*a"], noise=b"")
def test_whatever_stands_in_the_file_it_is_read_or_refused(tmp_path, at, pieces, noise):
    """No input ends in anything but settings or a ConfigError."""
    path = tmp_path / "dataready.yaml"
    for data in ((HEAD[:at] + "".join(pieces) + HEAD[at:]).encode(), noise):
        path.write_bytes(data)
        with suppress(ConfigError):
            assert load_config(path).datasets


@pytest.mark.parametrize(
    ("source", "setting", "words"),
    [
        ("path: 'postgresql://me:secret@db/shop'", "path", "A password stands in the address"),
        ("path: 'postgresql://db/shop?password=secret'", "path", "A password stands"),
        ("path: x\n      table: a\n      query: SELECT 1", "query", "Keep one of: table, query"),
        ("path: x\n      columns: a\n      treat: {a: drop}", "columns.0", "also left out"),
        ("path: x\n      mode: incremental", "mode", "needs a 'watermark'"),
        ("path: x\n      watermark: id", "watermark", "is for 'mode: incremental' only"),
        ("path: x\n      treat: {a: hide}", "treat.a", "There are: drop, hash"),
        ("path: x\n      politeness: {retrys: 1}", "politeness.retrys", "mean 'retries'"),
        ("path: x\n      shema: a", "shema", "Did you mean 'schema'?"),
    ],
)
def test_a_source_that_contradicts_itself(refused, source, setting, words):
    """Each is refused where it stands, and a password is not repeated."""
    (problem,) = refused(
        f"project: x\ndatasets:\n  d:\n    pilot: p.csv\n    production:\n      {source}\n"
    )
    assert problem[1] == f"datasets.d.production.{setting}"
    assert words in problem[2]
    assert "secret" not in problem[2]


def test_a_source_from_the_environment_is_no_literal_password(written, monkeypatch):
    """What stands there is the reference."""
    monkeypatch.setenv("PGPASSWORD", "canary")
    path = written(
        "project: x\ndatasets:\n  d:\n    pilot: p.csv\n    production:\n"
        "      path: postgresql://me:${PGPASSWORD}@db/shop\n      schema: sales\n"
        "      politeness: {rows_per_second: 1000}\n"
    )
    config = load_config(path)
    source = config.datasets["d"].production
    assert (source.schema, source.politeness.rows_per_second) == ("sales", 1000)
    assert "canary" not in repr(config) + config.model_dump_json()
