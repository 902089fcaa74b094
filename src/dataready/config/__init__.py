"""dataready.yaml -> Config; secrets only from the environment."""

from __future__ import annotations

from dataready.config.load import load_config
from dataready.config.problem import Problem, SettingsError
from dataready.config.reference import config_schema, settings_reference, write_reference
from dataready.config.settings import Config, Dataset, Gates, Policy, Suites
from dataready.config.text import FromEnvironment, written

__all__ = [
    "Config",
    "Dataset",
    "FromEnvironment",
    "Gates",
    "Policy",
    "Problem",
    "SettingsError",
    "Suites",
    "config_schema",
    "load_config",
    "settings_reference",
    "write_reference",
    "written",
]
