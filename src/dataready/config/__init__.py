"""dataready.yaml -> Config; secrets only from the environment."""

from __future__ import annotations

from dataready.config.declared import Metric, Model, Waiver
from dataready.config.load import load_config
from dataready.config.problem import Problem, SettingsError
from dataready.config.reference import config_schema, settings_reference, write_reference
from dataready.config.settings import Config, Dataset, Gates, Labels, Policy, Suites
from dataready.config.text import FromEnvironment, written

__all__ = [
    "Config",
    "Dataset",
    "FromEnvironment",
    "Gates",
    "Labels",
    "Metric",
    "Model",
    "Policy",
    "Problem",
    "SettingsError",
    "Suites",
    "Waiver",
    "config_schema",
    "load_config",
    "settings_reference",
    "write_reference",
    "written",
]
