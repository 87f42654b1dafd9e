"""The same request twice changes things once, and gets the same answer.

Pages carry a hidden one-time `form_token`, the API an `Idempotency-Key`.  The key is written by the first statement
of the request's transaction and committed together with the effect and the answer:

1. first request: key row inserted, effect, answer kept, commit;
2. a second one at the same time waits at the unique constraint, then finds the answer and repeats it;
3. after a crash or an error nothing was committed, so the next try is the first one again.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any, TypeVar, cast
from uuid import UUID

from flask import Response, current_app, flash, g, redirect, request
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.web.db import db
from shared.kernel.database import bind, commit, tenant_of
from shared.kernel.errors import N_, DomainError, Invalid
from shared.kernel.ids import new_id
from shared.kernel.models import IdempotencyKey

View = TypeVar("View", bound=Callable[..., Any])
FIELD = "form_token"
HEADER = "Idempotency-Key"
LONGEST = 200
KEY_PATTERN = "^[!-~]+$"  # what a header carries without doubt
KEPT_HEADERS = ("Content-Type", "Location", "HX-Redirect", "Link", "ETag")
TOLD = "told"
REPEAT = "hehu_repeat"
USED_KEY = N_("这个 Idempotency-Key 已经用于另一个请求，请换一个。")
USED_PAGE = N_("这张表刚才已经保存过。要再登记一份，请重新打开空白的表。")


class MissingKey(DomainError):
    """A POST of the API without its Idempotency-Key."""

    def __init__(self) -> None:
        super().__init__(
            "idempotency_key.missing", N_("请带上 Idempotency-Key（200 个字符以内，不含空格和汉字），重发时用同一个。")
        )


class StaleForm(Invalid):
    """A page form without its one-time token."""

    def __init__(self) -> None:
        super().__init__("form_token.missing", N_("这个页面放得太久了，请再提交一次。"))


class Answered(Exception):
    """This request was answered before."""

    def __init__(self, row: IdempotencyKey) -> None:
        super().__init__("answered")
        # Plain values: the row is gone with the rollback.
        self.status, self.headers, self.answer = row.status, dict(row.headers), row.answer or b""

    def response(self) -> Response:
        """The answer that was given."""
        for tone, said in self.headers.pop(TOLD, []):
            flash(said, tone)
        return Response(self.answer, status=self.status, headers=self.headers)


class Guard:
    """One key of one request; `claimed` once its row is written."""

    def __init__(self, scope: str, key: str, body_hash: str) -> None:
        self.scope, self.key, self.body_hash = scope, key, body_hash
        self.claimed = False
        self.tenant_id: UUID | None = None

    def claim(self, session: Session) -> None:
        """Write the key.  Raises Answered, or Invalid when the key belongs to another request."""
        if self.claimed:
            return
        values = {"scope": self.scope, "key": self.key, "body_hash": self.body_hash}
        new = insert(IdempotencyKey).values(tenant_id=tenant_of(session), id=new_id(), **values)
        if session.execute(new.on_conflict_do_nothing().returning(IdempotencyKey.id)).first():
            self.claimed, self.tenant_id = True, tenant_of(session)
            return
        row = session.scalars(self._row()).one()
        if row.body_hash != self.body_hash:
            raise Invalid("idempotency_key.reused", USED_PAGE if self.scope.startswith("page:") else USED_KEY)
        raise Answered(row)

    def keep(self, session: Session, response: Response) -> None:
        """Keep the answer and commit it together with the effect; an error is not kept, its effects go."""
        if response.status_code >= 400:
            session.rollback()
            return
        if self.claimed:
            bind(session, self.tenant_id)  # the view may have looked at global tables last
            kept = g.pop(REPEAT, response)
            headers: dict[str, Any] = {n: kept.headers[n] for n in KEPT_HEADERS if n in kept.headers}
            headers[TOLD] = g.get("told", [])
            given = {"status": kept.status_code, "headers": headers, "answer": kept.get_data()}
            session.execute(update(IdempotencyKey).where(*self._row_is()).values(**given))
        commit(session)

    def _row_is(self) -> tuple[Any, ...]:
        return IdempotencyKey.scope == self.scope, IdempotencyKey.key == self.key

    def _row(self) -> Any:
        return select(IdempotencyKey).where(*self._row_is())


def new_token() -> str:
    """A token for one showing of a form."""
    return secrets.token_urlsafe(16)


def repeat_leads_to(url: str, *, saying: str) -> None:
    """A repeat of this request is led there: its first answer shows a secret, and an answer is kept in plain."""
    setattr(g, REPEAT, redirect(url, 303))
    g.told = [["wait", {"text": saying, "undo": None}]]


def once(view: View) -> View:
    """A page's POST that makes one record however often its button is pressed."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if request.method != "POST":
            return view(*args, **kwargs)
        key = request.form.get(FIELD, "")[:LONGEST]
        if not key:
            raise StaleForm
        return _answer(Guard(_page_scope(), key, _digest(_typed())), view, args, kwargs)

    return cast(View, guarded)


def idempotent(view: View) -> View:
    """A POST of the API: needs its key."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if request.method != "POST":
            return view(*args, **kwargs)
        key = request.headers.get(HEADER, "").strip()
        if len(key) > LONGEST or not re.fullmatch(KEY_PATTERN, key):
            raise MissingKey
        body = [request.method, request.full_path, _sent()]
        return _answer(Guard(f"api:{g.api_key.id}", key, _digest(body)), view, args, kwargs)

    return cast(View, guarded)


def _answer(guard: Guard, view: Callable[..., Any], args: Any, kwargs: Any) -> Response:
    g.once = guard
    session: Session = db.session()
    try:
        response = current_app.make_response(view(*args, **kwargs))
        guard.keep(session, response)
    except Answered as before:
        session.rollback()
        return before.response()
    except BaseException:
        session.rollback()
        raise
    finally:
        g.once = None  # the page of an error opens transactions of its own
    return response


def _page_scope() -> str:
    person = getattr(g.get("actor"), "person_id", "")
    return f"page:{request.endpoint}:{person}"


def _typed() -> list[Any]:
    """What a form says, its tokens and files aside: a page drawn twice is the same request."""
    dropped = (FIELD, "csrf_token")
    return [request.path, sorted((k, v) for k, v in request.form.items(multi=True) if k not in dropped)]


def _sent() -> Any:
    """The body of an API request; of files their content, since each sending invents another boundary."""
    if request.mimetype != "multipart/form-data":
        return sha256(request.get_data(cache=True)).hexdigest()
    files = []
    for name, file in request.files.items(multi=True):
        files.append([name, file.filename, sha256(file.stream.read()).hexdigest()])
        file.stream.seek(0)
    return [sorted(request.form.items(multi=True)), files]


def _digest(body: list[Any]) -> str:
    return sha256(json.dumps(body, ensure_ascii=False).encode()).hexdigest()
