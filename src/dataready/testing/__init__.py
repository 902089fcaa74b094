"""What a project that adds its own metrics needs to test them."""

from dataready.testing.factory import profile_of, profiles_of, table_of
from dataready.testing.laws import assert_metric_laws

__all__ = ["assert_metric_laws", "profile_of", "profiles_of", "table_of"]
