"""Telephone numbers as people write them in China: mobile, landline, service and E.164.  Pure."""

from __future__ import annotations

import re

_MOBILE = re.compile(r"(?:\+86|0086|86|0)?(1[3-9]\d{9})")
_OTHERS = (
    re.compile(r"0\d{2,3}-?\d{7,8}(?:[-转]\d{1,6})?"),  # landline, perhaps with an extension
    re.compile(r"[2-9]\d{6,7}"),  # landline without area code, as neighbours write it
    re.compile(r"[48]00-?\d{3}-?\d{4}"),  # service numbers
    re.compile(r"\+[1-9]\d{6,14}"),  # E.164, parents abroad
)
_NOISE = re.compile(r"[\s()（）.]+")
_DASHES = re.compile(r"[-‐‑‒–—―－]+")


def normalise(text: str) -> str | None:
    """The number in its stored form, None when it is not one (a digit lost, words)."""
    bare = _DASHES.sub("-", _NOISE.sub("", text)).strip("-")
    if mobile := _MOBILE.fullmatch(bare.replace("-", "")):
        return mobile[1]
    return bare if any(pattern.fullmatch(bare) for pattern in _OTHERS) else None
