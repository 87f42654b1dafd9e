"""Which gateway the settings name."""

from __future__ import annotations

from pathlib import Path

from shared.kernel.settings import Settings

from .port import Gateway
from .sms_file import SmsFile


def sms(settings: Settings) -> Gateway | None:
    """The gateway of `HEHU_SMS_URL`; None where there is none, or none that this release knows."""
    scheme, _, rest = settings.sms_url.partition(":")
    return SmsFile(Path(rest)) if scheme == "file" and rest else None
