"""What in an address is a secret, by the name under which a query string has it."""

from __future__ import annotations

import re

__all__ = ["PRIVATE_NAME", "SECRET"]

PRIVATE_NAME = (
    r"[\w.-]*(?:token|signature|secret|password|passwd|passphrase|pwd|credentials?|auth"
    r"|(?:api|access|account|private|secret|subscription)[_.-]?key)|sig"
)
"""Names whose values are secrets, whatever their case: refused in settings, never shown."""

SECRET = re.compile(
    r"://[^/?#\s]*?:(?!\$\{)[^@/?#\s]+@"
    rf"|[?&;](?i:{PRIVATE_NAME})=(?!\$\{{)[^&#\s]"
)
"""An address in which a secret stands as it is, and does not come from the environment."""
