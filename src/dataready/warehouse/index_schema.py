"""The tables of the history's index, and how an older index becomes one of today."""

from __future__ import annotations

__all__ = ["MIGRATIONS", "OF_RUNS", "POINT_FIELDS", "PREDICTION_FIELDS", "TABLES"]

RUN = "CREATE TABLE run (run_id TEXT PRIMARY KEY, at REAL NOT NULL, clock TEXT NOT NULL)"
POINT = """
CREATE TABLE point (
  run_id TEXT NOT NULL,
  dataset TEXT NOT NULL,
  value REAL,
  low REAL,
  high REAL,
  verdict TEXT NOT NULL,
  info INTEGER NOT NULL,
  warn INTEGER NOT NULL,
  fail INTEGER NOT NULL,
  error INTEGER NOT NULL,
  PRIMARY KEY (run_id, dataset)
)"""
POINT_FIELDS = "run_id, dataset, value, low, high, verdict, info, warn, fail, error"
BROKEN = "CREATE TABLE broken (run_id TEXT PRIMARY KEY, reason TEXT NOT NULL)"

PREDICTION = """
CREATE TABLE prediction (
  run_id TEXT NOT NULL,
  dataset TEXT NOT NULL,
  production TEXT NOT NULL,
  model TEXT NOT NULL,
  loss REAL NOT NULL,
  loss_low REAL NOT NULL,
  loss_high REAL NOT NULL,
  real_loss REAL,
  labelled_rows INTEGER NOT NULL,
  PRIMARY KEY (run_id, dataset)
)"""
PREDICTION_FIELDS = (
    "run_id, dataset, production, model, loss, loss_low, loss_high, real_loss, labelled_rows"
)

MIGRATIONS = ((RUN, POINT, BROKEN), (PREDICTION,))
"""Statements that lead from each version to the next; the version is `user_version`."""

OF_RUNS = ("point", "prediction")
"""Tables of rows that go with their run."""
TABLES = ("run", "broken", *OF_RUNS)
