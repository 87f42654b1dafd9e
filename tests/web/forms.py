"""Sends a form the way a browser does: with the hidden tokens of the page it stands on."""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

HIDDEN = re.compile(r'<input type="hidden" name="(csrf_token|form_token)" value="([^"]+)"')


def tokens_of(page: str) -> dict[str, str]:
    """The tokens of the page's main form (the header's forms have a csrf_token alone)."""
    return dict(HIDDEN.findall(page))


def post_form(client: FlaskClient, url: str, values: dict[str, Any], *, page: str = "", **options: Any) -> TestResponse:
    """Fetch `page` (the address itself, without one) and post `values` with its tokens."""
    tokens = tokens_of(client.get(page or url).text)
    return client.post(url, data={**tokens, **values}, **options)
