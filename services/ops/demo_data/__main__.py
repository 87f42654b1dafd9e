"""Makes the county and prints the log-ins as JSON; see `load` in __init__.py."""

from __future__ import annotations

import json
from dataclasses import asdict

from shared.kernel.settings import Settings

from .loading import make_county

print(json.dumps([asdict(one) for one in make_county(Settings.from_env())], ensure_ascii=False))
