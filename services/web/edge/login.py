"""Who asks: a person with a device that is logged in, or an API key; and what they may reach.

Found out once at the start of each request, in a short transaction: what writes begins its own when its tenant is
known; a page that only reads goes on in the one that has just been bound.
"""

from __future__ import annotations

import hmac
from datetime import timedelta
from urllib.parse import urlencode

from flask import Flask, abort, g, redirect, request
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shared.kernel.clock import db_now
from shared.kernel.database import bind
from shared.kernel.errors import N_, NotAllowed, NotFound
from shared.kernel.models import ApiKey
from shared.organisations.models import Organisation
from shared.people import arrivals
from shared.people.arrivals import Arrival, Visitor
from shared.people.key_rules import KEY_PREFIX
from shared.people.key_rules import key_hash as key_hash  # tests make keys by the same rule
from shared.people.models import LoginSession, Person
from shared.people.rules import Actor

from .access import Access, current_access
from .errors import NO_DATABASE, NoCredentials
from .tenant import go_on, let_go, organisation_of, short

FOREIGN_KEY = N_("没有这个单位，或者这个密钥不是它的、已经停用。")
USED_EVERY = timedelta(minutes=1)  # a busy script must not queue at its own row
manager = LoginManager()
manager.session_protection = None  # the token stands for the device; addresses of phones change all day


class User(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """What Flask-Login holds: who is logged in, the token of their device, and what was found out with it."""

    def __init__(self, person: Visitor, token: str, arrival: Arrival | None = None) -> None:
        self.person = person
        self.token = token
        self.arrival = arrival

    def get_id(self) -> str:
        """The token; the signed cookie carries it."""
        return self.token


def init_login(app: Flask) -> None:
    """Find out who asks before every request, and refuse who may not."""
    manager.init_app(app)
    app.before_request(guard)
    app.teardown_request(let_go)


@manager.user_loader  # type: ignore[untyped-decorator]  # flask-login has no types
def _load(token: str) -> User | None:
    if g.get(NO_DATABASE):
        return None  # the page that says so is drawn for nobody
    with short() as session:
        found = arrivals.arrival(session, token, *_address())
    return User(found.visitor, token, found) if found else None


def current_person() -> Visitor:
    """The person of this request."""
    if not current_user.is_authenticated:
        raise NoCredentials
    person: Visitor = current_user.person
    return person


def current_actor() -> Actor:
    """The person or key of this request, in the organisation it is about."""
    actor: Actor | None = g.get("actor")
    if actor is None:
        raise NotAllowed
    return actor


def enter(person: Person, device: LoginSession, token: str) -> None:
    """Log in: everything of the old cookie goes, so that nothing planted before survives."""
    kept = cookie.get("_flashes")
    cookie.clear()
    if kept:
        cookie["_flashes"] = kept
    cookie.permanent = True
    login_user(User(arrivals.visitor(person, device_id=device.id, seen_at=device.last_seen_at), token))


def leave() -> None:
    """Forget this device's cookie."""
    logout_user()
    cookie.clear()


def guard() -> ResponseReturnValue | None:
    """Stop what the route's declaration does not allow; otherwise leave organisation and actor in `g`."""
    access = current_access()
    g.organisation = g.area = g.actor = None
    if access is None:
        return None  # no such route: Flask answers 404 or 405 by itself
    _refuse_what_is_no_text()
    if access.kind == "scope":
        _key_may(access)
        return None
    if access.kind == "public":
        return None
    with short() as session:  # who asks and what for in one transaction
        if not current_user.is_authenticated:
            return _to_log_in()
        if current_person().must_change_password and request.blueprint != "account":
            return redirect("/account", 303)  # a first password was seen by somebody else
        if access.kind != "signed_in":
            _find_actor(session)
        seen_just_now = current_user.person.seen_at == db_now(session)  # written here, for any page to keep
        if g.actor and request.method == "GET" and not seen_just_now:
            go_on(session)
    if access.kind != "signed_in":
        _member_may(access)
    return None


def _refuse_what_is_no_text() -> None:
    """PostgreSQL takes no NUL: nothing has such an address, and the page that says so may not ask for it."""
    if "\0" in request.path:
        request.view_args = None
        abort(404)


def _to_log_in() -> ResponseReturnValue:
    """Pages send to the log-in and back; a form that was typed comes back there (see errors.typed_again)."""
    if request.method == "POST":
        raise NoCredentials
    return redirect("/log-in?" + urlencode({"next": request.full_path.rstrip("?")}), 303)


def _address() -> tuple[str | None, str | None]:
    """What the path names: an organisation, or else an area."""
    named = request.view_args or {}
    org = named.get("org")
    return org, None if org else named.get("area")


def _find_actor(session: Session) -> None:
    arrival: Arrival | None = current_user.arrival  # of another address where Flask's context outlives a request
    if arrival is None or arrival.address != _address():
        arrival = arrivals.arrival(session, current_user.token, *_address())
    if arrival is None:
        return
    if arrival.actor:
        g.organisation, g.actor = arrival.organisation, arrival.actor
    for office in arrival.offices:
        if actor := arrivals.actor_in(session, arrival.visitor.id, office, rebind=True):
            g.area, g.organisation, g.actor = arrival.area, office, actor
            return


def _member_may(access: Access) -> None:
    if g.actor is None:
        abort(404)  # the same answer as for an organisation that does not exist
    if access.kind == "rights" and not any(g.actor.may(right) for right in access.rights):
        raise NotAllowed


def _places(session: Session) -> list[Organisation]:
    """The organisations this path may mean: the named one, or the offices above the named area."""
    org, area = _address()
    if org is not None:
        found = organisation_of(session, org)
        return [found] if found else []
    g.area, offices = arrivals.offices(session, str(area))
    return offices


def _key_may(access: Access) -> None:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.startswith(KEY_PREFIX):
        raise NoCredentials
    with short() as session:
        for organisation in _places(session):
            bind(session, organisation.id)
            if key := _key(session, secret.strip()):
                g.organisation, g.api_key = organisation, key
                g.actor = arrivals.actor_of_key(key, organisation)
                break
    if g.actor is None:
        g.area = None
        raise NotFound("not_found", FOREIGN_KEY)  # the same for an organisation that does not exist
    if access.scope not in g.api_key.scopes:
        said = N_("这个密钥没有 %(scope)s 权限。")
        raise NotAllowed("scope.missing", said, scope=access.scope)


def _key(session: Session, secret: str) -> ApiKey | None:
    hashed = key_hash(secret)
    key = session.scalars(select(ApiKey).where(ApiKey.key_hash == hashed)).one_or_none()
    if key is None or key.ended_at is not None or not hmac.compare_digest(key.key_hash, hashed):
        return None
    now = db_now(session)
    if key.last_used_at is None or key.last_used_at < now - USED_EVERY:
        session.execute(update(ApiKey).where(ApiKey.id == key.id).values(last_used_at=now))
    return key
