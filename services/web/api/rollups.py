"""The figures of an area's organisations, for the offices that supervise them."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import Any

import marshmallow as ma
from flask import g

from services.web.edge.access import api_scope
from services.web.edge.api import area_blueprint
from services.web.edge.login import current_actor
from services.web.edge.paging import paged
from services.web.edge.tenant import transaction
from shared.kernel.clock import app_now, local_day
from shared.kernel.errors import N_
from shared.rollups import queries
from shared.rollups.metrics import METRICS, Figures, value_of

bp = area_blueprint("rollups", N_("汇总数字"))

FiguresOut = ma.Schema.from_dict(
    {field.name: ma.fields.Integer(required=True) for field in fields(Figures)}, name="FiguresOut"
)


class MetricOut(ma.Schema):
    """A figure with its definition; `value` is a count, or per cent where there is a denominator (null: nothing)."""

    code = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    counts = ma.fields.String(required=True)
    source = ma.fields.String(required=True)
    numerator = ma.fields.Integer(required=True)
    denominator = ma.fields.Integer(required=True, allow_none=True)
    value = ma.fields.Float(required=True, allow_none=True)


class PartOut(ma.Schema):
    """The sums of one place or kind; the name is null for what lies on the area itself."""

    name = ma.fields.String(required=True, allow_none=True)
    slug = ma.fields.String(required=True, allow_none=True)
    figures = ma.fields.Nested(FiguresOut, required=True)


class BoardOut(ma.Schema):
    """Sums of the area; `by_place` and `by_kind` each add up to `total`."""

    as_of = ma.fields.AwareDateTime(required=True, allow_none=True)
    window_from = ma.fields.Date(required=True, allow_none=True)
    window_until = ma.fields.Date(required=True, allow_none=True)
    silent = ma.fields.Integer(required=True)
    total = ma.fields.Nested(FiguresOut, required=True)
    metrics = ma.fields.List(ma.fields.Nested(MetricOut), required=True)
    by_place = ma.fields.List(ma.fields.Nested(PartOut), required=True)
    by_kind = ma.fields.List(ma.fields.Nested(PartOut), required=True)


class LineOut(ma.Schema):
    """One organisation and its figures."""

    id = ma.fields.UUID(required=True)
    slug = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    bureau_kind = ma.fields.String(required=True, allow_none=True)
    area = ma.fields.String(required=True)
    as_of = ma.fields.AwareDateTime(required=True, allow_none=True)
    last_record_on = ma.fields.Date(required=True, allow_none=True)
    silent = ma.fields.Boolean(required=True)
    figures = ma.fields.Nested(FiguresOut, required=True)


@bp.get("/")
@api_scope("rollups:read")
@bp.response(200, BoardOut)
def index(area: str) -> Any:
    """The sums of the organisations on the area and below it that the key's organisation supervises."""
    with transaction() as session:
        board = queries.board(session, g.area.id, by=current_actor(), today=local_day(app_now(session)))
    return asdict(board) | {"metrics": [_metric(board.total, one) for one in METRICS]}


def _metric(total: Figures, metric: Any) -> dict[str, Any]:
    under = total.sum_of(metric.denominator) if metric.denominator else None
    named = {name: getattr(metric, name) for name in ("code", "title", "counts", "source")}
    return named | {
        "numerator": total.sum_of(metric.numerator),
        "denominator": under,
        "value": value_of(metric, total),
    }


@bp.get("/orgs/")
@api_scope("rollups:read")
@bp.lists(LineOut)
def organisations(area: str) -> Any:
    """List the same organisations with the figures of each."""
    with transaction() as session:
        wanted = queries.organisation_lines(g.area.id, by=current_actor(), today=local_day(app_now(session)))
        page = paged(wanted, session, scalars=False)
    return replace(page, items=[queries.line_of(row) for row in page.items])
