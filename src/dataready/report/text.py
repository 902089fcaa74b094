"""Text that came with data, made fit to be shown: visible, short, and alone.

Control characters and bidirectional overrides are spelt out, so that a value can neither
hide nor turn round what stands beside it; long values are cut.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

__all__ = ["FULL_LIMIT", "clip", "clip_html", "moment", "visible"]

FULL_LIMIT = 200
"""Values shorter than this keep their full text in a tooltip when they are cut."""

_HIDDEN = (
    r"\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
)
_IN_A_LINE = re.compile(rf"[\x00-\x1f{_HIDDEN}]")
_IN_A_BLOCK = re.compile(rf"[\x00-\x08\x0b-\x1f{_HIDDEN}]")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d(\.\d+)?)?(Z|\+00:?00)")


def visible(text: str, *, lines: bool = False) -> str:
    r"""Spell out characters that cannot be seen; with `lines`, keep tabs and line ends.

    >>> print(visible("a\x00b\u202ec"))
    a\x00b\u202ec
    """
    pattern = _IN_A_BLOCK if lines else _IN_A_LINE
    return pattern.sub(_spell, text)


def clip(text: str, limit: int = 60) -> str:
    """Make visible and cut to `limit` characters, an ellipsis included.

    >>> clip("abcdefgh", 5)
    'abcd…'
    """
    # A value of a gigabyte must not be searched to its end for sixty characters.
    shown = visible(text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "\u2026"


def clip_html(text: str, limit: int = 60) -> Markup:
    """Write a value for HTML: escaped, cut, and isolated from the direction around it.

    >>> clip_html("<a_b>")
    Markup('<bdi>&lt;a_<wbr>b&gt;</bdi>')
    """
    if not text:
        return Markup('<span class="muted">(empty)</span>')
    shown = clip(text, limit)
    full = visible(text) if len(text) < FULL_LIMIT else shown
    title = Markup(' title="{}"').format(full) if full != shown else ""
    # Long names had better break after an underscore than in the middle of a word.
    breakable = escape(shown).replace("_", Markup("_<wbr>"))
    return Markup("<bdi{}>{}</bdi>").format(title, breakable)


def moment(clock: str) -> str:
    """Write an ISO time in UTC to the minute; anything else as it is.

    >>> moment("2026-11-21T03:00:12Z"), moment("last night")
    ('2026-11-21 03:00 UTC', 'last night')
    """
    match = _MOMENT.fullmatch(clock)
    return f"{match[1]} {match[2]} UTC" if match else visible(clock)


def _spell(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
