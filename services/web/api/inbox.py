"""The notices of an organisation, for scripts that pass them on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import marshmallow as ma

from services.web import notice_words
from services.web.edge.access import api_scope
from services.web.edge.api import org_blueprint
from services.web.edge.login import current_actor
from services.web.edge.paging import paged
from services.web.edge.tenant import transaction
from shared.kernel.errors import N_
from shared.notifications import queries

bp = org_blueprint("inbox", N_("消息"))


class NoticeOut(ma.Schema):
    """A notice; `recipient_id` is a membership, `link` a place in the organisation's pages."""

    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)
    text = ma.fields.Function(notice_words.sentence, required=True, metadata={"type": "string"})
    link = ma.fields.String(required=True, allow_none=True)
    urgent = ma.fields.Boolean(required=True)
    recipient_id = ma.fields.UUID(required=True)
    created_at = ma.fields.AwareDateTime(required=True)
    read_at = ma.fields.AwareDateTime(required=True, allow_none=True)


@bp.get("/")
@api_scope("inbox:read")
@bp.lists(NoticeOut)
def index(org: str) -> Any:
    """List the notices of all members, unread ones first."""
    with transaction() as session:
        page = paged(queries.inbox(current_actor()), session)
        return replace(page, items=queries.views(session, page.items))
