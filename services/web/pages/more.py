"""更多: everything of the menu on one page, for the phone's bottom bar."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from services.web.edge.access import member

bp = Blueprint("more", __name__, url_prefix="/o/<org>")


@bp.get("/more")
@member
def index(org: str) -> ResponseReturnValue:
    """The whole menu."""
    return render_template("site/more.html")
