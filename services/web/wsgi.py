"""The application for gunicorn: `gunicorn -c python:services.web.server services.web.wsgi:app`."""

from __future__ import annotations

from services.web.app import create_app
from services.web.main import NEED
from shared.bootstrap import build
from shared.kernel.settings import Settings

app = create_app(build(Settings.from_env(need=NEED)))
