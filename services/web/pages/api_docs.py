"""The API described: as an OpenAPI document, and as a page to read."""

from __future__ import annotations

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue

from services.web.edge.access import public
from services.web.edge.api import PREFIX
from services.web.edge.api_document import METHODS, document

bp = Blueprint("api_docs", __name__, url_prefix=PREFIX)


@bp.get("/openapi.json")
@public
def openapi() -> ResponseReturnValue:
    """The document."""
    return jsonify(document())


@bp.get("/docs")
@public
def docs() -> ResponseReturnValue:
    """The same for people, drawn here: no scripts."""
    return render_template("api/docs.html", whole=document(), methods=METHODS)
