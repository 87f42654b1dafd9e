"""What goes wrong, said to people as pages and to programs as problem documents; HTTP numbers live here alone."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, json, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from services.web.edge.spoken import gettext as _
from shared.kernel.errors import N_, Conflict, DomainError, Invalid, NotAllowed, NotFound

from .forms import SECRET, Form
from .limits import pause
from .place import is_api, is_ours
from .words import in_our_words

log = logging.getLogger(__name__)
PROBLEM = "application/problem+json"
NO_DATABASE = "hehu_no_database"  # in g: the database does not answer, so ask it nothing for the page that says so


class NoCredentials(DomainError):
    """Nobody is logged in, or the key is not one of this organisation."""

    def __init__(self) -> None:
        super().__init__("no_credentials", N_("请先登录。"))


STATUS: dict[type[DomainError], int] = {
    NotFound: 404,
    NotAllowed: 403,
    NoCredentials: 401,
    Invalid: 422,
    Conflict: 409,
}
BY_CODE = {"idempotency_key.missing": 400}
ABOUT_THE_REQUEST = frozenset({"idempotency_key.reused", "bad_page"})  # 422 in the API too; not a rule of the domain
TITLES = {
    400: N_("这个请求看不懂"),
    401: N_("请先登录"),
    403: N_("您的岗位不能打开这里"),
    404: N_("没有找到这个页面"),
    405: N_("这里不能这样操作"),
    409: N_("现在不能这样做"),
    413: N_("文件太大"),
    415: N_("不支持这种格式"),
    422: N_("有内容需要修改"),
    429: N_("试的次数太多"),
    500: N_("出了点问题"),
    503: N_("暂时打不开"),
}
ADVICE = {
    400: N_("请返回上一页，刷新后再试。"),
    401: N_("登录后会回到这里。"),
    403: N_("如果工作需要，请本单位管理员给您加上相应岗位。"),
    404: N_("网址可能有误，内容可能已移走，或者它属于别的单位。请检查网址，或回到首页。"),
    405: N_("请从页面上的按钮进入，不要直接打开这个网址。"),
    409: N_("请返回上一页，看看最新的情况。"),
    413: N_("请选小一点的文件，照片可以先压缩。"),
    415: N_("请换一种格式再试。"),
    422: N_("请返回上一页修改后再提交。"),
    429: N_("请过 15 分钟再试。着急的话，请打本单位管理员的电话。"),
    500: N_("不是您的操作有误。请稍后再试；如果还不行，请把下面的编号告诉管理员。"),
    503: N_("请过几分钟再试。如果还不行，请把下面的编号告诉管理员。"),
}


def init_errors(app: Flask) -> None:
    """Hang the handlers on `app`."""
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)


def status_of(wrong: DomainError) -> int:
    """The HTTP number; a rule of the domain that has no other is a conflict."""
    if wrong.code in BY_CODE:
        return BY_CODE[wrong.code]
    return next((STATUS[kind] for kind in type(wrong).__mro__ if kind in STATUS), 409)


def _domain(wrong: DomainError) -> Response:
    status = status_of(wrong)
    if is_api():
        errors = wrong.errors if isinstance(wrong, Invalid) else {}
        breaks_a_rule = status == 422 and wrong.code not in ABOUT_THE_REQUEST  # its body has passed the schema
        return problem(409 if breaks_a_rule else status, wrong.code, said(wrong), errors=errors)
    form: Form | None = g.get("form")
    if form is not None and form.again is not None and status in (409, 422):
        form.take_error(wrong)
        return _drawn_again(form, status)
    if wrong.code in ("no_credentials", "form_token.missing"):
        return typed_again(status, said(wrong))
    return page(status, None if status == 404 else said(wrong))


def _drawn_again(form: Form, status: int) -> Response:
    """The form's page with its mistakes; what it is about may be gone or may not be seen, which then is the answer."""
    draw, form.again = form.again, None
    assert draw is not None
    try:
        return Response(draw(form), status)
    except DomainError as other:
        return _domain(other)
    except HTTPException as other:
        return _http(other)


def said(wrong: DomainError) -> str:
    """The sentence in the language of the request."""
    template = _(wrong.template)
    return str(template % wrong.params if wrong.params else template)


def _csrf(wrong: CSRFError) -> Response:
    log.info("csrf refused: %s", wrong.description)
    return typed_again(400, _("这个页面放得太久了，或者您在别处重新登录过。"))


def _http(wrong: HTTPException) -> Response:
    status = wrong.code or 500
    if is_api():
        answer = _api_http(wrong, status)
    elif status == 429 and request.method == "POST":
        answer = typed_again(status, _(ADVICE[429]))
    else:
        answer = page(status)
    if isinstance(wrong, MethodNotAllowed) and wrong.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(wrong.valid_methods))
    if status == 429:
        answer.headers["Retry-After"] = str(pause(wrong))
    return answer


def _api_http(wrong: HTTPException, status: int) -> Response:
    data: dict[str, Any] = getattr(wrong, "data", None) or {}
    messages = data.get("messages") or data.get("errors") or {}
    code = "invalid" if messages else HTTPStatus(status).phrase.lower().replace(" ", "_")
    return problem(status, code, _(TITLES.get(status, TITLES[500])), errors=_by_field(messages))


def _by_field(messages: dict[str, Any]) -> dict[str, Any]:
    """webargs puts the place (json, query) above the fields; scripts want the fields."""
    flat: dict[str, Any] = {}
    for place, inner in messages.items():
        flat.update(inner if isinstance(inner, dict) else {place: inner})
    return flat


def _unknown(wrong: Exception) -> Response:
    log.error("request %s failed", g.get("request_id"), exc_info=wrong)
    setattr(g, NO_DATABASE, isinstance(wrong, OperationalError | PoolTimeout))
    status, code = (503, "unavailable") if g.get(NO_DATABASE) else (500, "internal")
    if is_api():
        return problem(status, code, _(ADVICE[status]))
    if request.method == "POST":
        return typed_again(status, _(ADVICE[status]))
    return page(status)


def problem(status: int, code: str, detail: str, *, errors: Any = None) -> Response:
    """An RFC 9457 problem document."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": _(TITLES.get(status, TITLES[500])),
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": g.get("request_id", ""),
    }
    if errors:
        body["errors"] = _translated(errors)
    answer = Response(json.dumps(body, ensure_ascii=False), status, content_type=PROBLEM)
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _translated(errors: Any) -> Any:
    if isinstance(errors, dict):
        return {str(field): _translated(inner) for field, inner in errors.items()}
    if isinstance(errors, (list, tuple)):
        return [_translated(one) for one in errors]
    return in_our_words(str(errors))


def page(status: int, sentence: str | None = None) -> Response:
    """A page that says what happened and what to do."""
    known = status if status in TITLES else (500 if status >= 500 else 400)
    text = render_template(
        "errors/error.html", status=status, heading=_(TITLES[known]), said=sentence, advice=_(ADVICE[known])
    )
    return Response(text, status, content_type="text/html; charset=utf-8")


def typed_again(status: int, sentence: str) -> Response:
    """Nothing typed is lost: the page carries it and sends it again with a fresh token, when a person agrees.

    Only for our own pages: what a foreign site posts here is not offered for sending.
    """
    fields = _typed() if _from_here() else []
    text = render_template(
        "errors/again.html",
        status=status,
        heading=_("您填的内容还在，请再提交一次") if fields else _("没有提交成功"),
        said=sentence,
        fields=fields,
        lost_secret=any(SECRET.search(name) for name in request.form if name not in TOKENS),
        lost_files=bool(request.files),
    )
    return Response(text, status, content_type="text/html; charset=utf-8")


TOKENS = ("csrf_token", "form_token")


def _typed() -> list[tuple[str, str]]:
    pairs = request.form.items(multi=True)
    return [(name, value) for name, value in pairs if name != "csrf_token" and _may_show(name)]


def _may_show(name: str) -> bool:
    return name == "form_token" or not SECRET.search(name)


def _from_here() -> bool:
    """Whether the browser says that the form stood on one of our pages."""
    origin = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return is_ours(origin)
