"""One database seen by one role: binding of the tenant, transactions, and the base of all tables."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn
from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Engine,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    Table,
    Text,
    Uuid,
    cast,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

from .crash import crash_point
from .errors import DomainError, NotFound
from .ids import new_id
from .together import Asked

Row = TypeVar("Row", bound="TenantRow")


class Base(DeclarativeBase):
    """All tables; constraint names follow one pattern, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        str: Text(),
        datetime: DateTime(timezone=True),
        date: Date(),
        UUID: Uuid(),
    }


class TenantRow(Base):
    """A row of one organisation: `tenant_id` leads the key and is filled from the bound tenant."""

    __abstract__ = True

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


def table_of(model: type[Base]) -> Table:
    """The table itself: statements over it skip the object mapper."""
    assert isinstance(model.__table__, Table)
    return model.__table__


def within_tenant(column: str, table: str, **options: Any) -> ForeignKeyConstraint:
    """A foreign key that cannot point into another organisation: referential checks walk past the policies."""
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], **options)


@event.listens_for(Session, "before_flush")
def _fill_tenant(session: Session, _context: object, _instances: object) -> None:
    for row in session.new:
        if isinstance(row, TenantRow) and row.tenant_id is None:
            row.tenant_id = tenant_of(session)


def tenant_of(session: Session) -> UUID:
    """The tenant this transaction is bound to."""
    tenant: UUID | None = session.info.get("tenant_id")
    if tenant is None:
        raise DomainError("tenant.unbound")
    return tenant


def bind(session: Session, tenant_id: UUID | None) -> None:
    """Bind the running transaction to a tenant (None: to nobody).  The setting ends with the transaction.

    Both clocks are read in the same round trip; they stand still within a transaction.
    """
    session.info["tenant_id"] = tenant_id
    found = _bound_at_once(session, tenant_id)
    clocks = found or session.execute(BIND, {"tenant": str(tenant_id or "")}).one()
    session.info["app_now"], session.info["db_now"] = clocks[:2]


def rebinding(session: Session, tenant_id: UUID) -> Asked:
    """What binds the running transaction to another tenant, to be asked before whatever is asked in the same trip.

    The clocks stand still meanwhile.
    """
    session.info["tenant_id"] = tenant_id
    return Asked("SELECT set_config('hehu.tenant', %(tenant)s, true)", {"tenant": str(tenant_id)})


def binding(tenant_id: ColumnElement[UUID]) -> ColumnElement[str]:
    """A column that binds the running transaction to the tenant found in its row, to nobody where there is none.

    Whoever asks for it sets `session.info["tenant_id"]` by what came back.
    """
    return func.set_config("hehu.tenant", func.coalesce(cast(tenant_id, Text), ""), True)


IDLE_SECONDS = 25  # whoever freezes in a transaction loses it: what it holds goes to others within half a minute (R47)
BIND = text(
    f"""
    SELECT app_now(), now() FROM set_config('hehu.tenant', :tenant, true) tenant,
           set_config('idle_in_transaction_session_timeout', '{IDLE_SECONDS}s', true) idle
    """
)
BEGIN = f"BEGIN; SET LOCAL idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'; "
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SINCE_EPOCH = "extract(epoch FROM app_now()), extract(epoch FROM now())"
MOST_DEAD = 10  # connections: more than any pool of ours holds


def _bound_at_once(session: Session, tenant_id: UUID | None) -> tuple[datetime, datetime] | None:
    """BEGIN and the binding in one round trip: half of what a small transaction costs.

    A connection that died in the pool is left for another: nothing was asked of it yet.  None where anything else is
    wrong; asked the plain way, the database says what.
    """
    tenant = UUID(int=tenant_id.int) if tenant_id else ""  # nothing but a UUID gets into the text
    bound = f"SELECT {SINCE_EPOCH} FROM set_config('hehu.tenant', '{tenant}', true)"
    for _ in range(MOST_DEAD):
        pgconn = _pgconn(session)
        idle = pgconn.transaction_status == TransactionStatus.IDLE
        answer = pgconn.exec_(f"{BEGIN if idle else ''}{bound}".encode())
        if answer.status == ExecStatus.TUPLES_OK:
            return _moment(answer.get_value(0, 0)), _moment(answer.get_value(0, 1))
        if not (idle and pgconn.status == ConnStatus.BAD):
            break
        session.connection().invalidate()
        session.rollback()
    return None


def _moment(seconds: bytes | None) -> datetime:
    """Of seconds since 1970 with six decimals."""
    whole, _, micro = (seconds or b"0").partition(b".")
    return EPOCH + timedelta(seconds=int(whole), microseconds=int(micro or 0))


def _pgconn(session: Session) -> PGconn:
    driver: Any = session.connection().connection.driver_connection
    found: PGconn = driver.pgconn
    return found


def commit(session: Session) -> None:
    """The one commit of a transaction; fault tests cut the power before and after it."""
    session.flush()
    crash_point("before_commit")
    session.commit()
    crash_point("after_commit")


def load(session: Session, model: type[Row], row_id: UUID, *, lock: bool = False) -> Row:
    """The bound tenant's row.  Raises NotFound, for another tenant's row too."""
    options: dict[str, Any] = {"with_for_update": {"key_share": True}, "populate_existing": True} if lock else {}
    row = session.get(model, (tenant_of(session), row_id), **options)
    if row is None:
        raise NotFound(f"{model.__tablename__}.not_found")
    return row


def fetch(session: Session, model: type[Row], ids: Collection[UUID | None], *, lock: bool = False) -> list[Row]:
    """The bound tenant's rows in one statement; while the list is held, `load` finds them without asking again."""
    wanted = {one for one in ids if one}
    if not wanted:
        return []
    found = select(model).where(model.tenant_id == tenant_of(session), model.id.in_(wanted)).order_by(model.id)
    if lock:  # in the order of their ids, as everybody does
        found = found.with_for_update(key_share=True).execution_options(populate_existing=True)
    return list(session.scalars(found))


CONNECT = {"connect_timeout": 5, "prepare_threshold": None}
RESTED_SECONDS = 1.0
ASKED_OFTEN = 5
PLANS_KEPT = 300  # for each connection


def connect_args(*, prepared: bool) -> dict[str, Any]:
    """`prepared`: what is asked often is planned once for each connection; a PgBouncer before 1.22 cannot carry that.

    The binding is the same for every tenant, a value known only when the plan runs: no plan is made for one of them.
    """
    return CONNECT | {"prepare_threshold": ASKED_OFTEN if prepared else None}


def look_after(engine: Engine) -> None:
    """Keep plans; ask a connection that lay in the pool for over a second whether it lives: a busy one has shown it."""

    @event.listens_for(engine, "connect")
    def _keep(connection: Any, _record: ConnectionPoolEntry) -> None:
        connection.prepared_max = PLANS_KEPT

    @event.listens_for(engine, "checkin")
    def _note(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _ask(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        since = record.info.get("rests_since")
        if since is not None and time.monotonic() - since > RESTED_SECONDS:
            try:
                connection.cursor().execute("SELECT 1")
                connection.rollback()
            except Exception as gone:
                raise DisconnectionError from gone  # the pool takes a fresh one


class Database:
    """An engine of one role and the things every session carries (`info`).  Connects at first use."""

    def __init__(self, url: str, *, info: Mapping[str, Any], pool_size: int = 5, prepared: bool = False) -> None:
        given = connect_args(prepared=prepared)
        self.engine: Engine = create_engine(url, pool_size=pool_size, max_overflow=0, connect_args=given)
        look_after(self.engine)
        self.info = info  # not a copy: bootstrap adds to it after the databases are made

    @contextmanager
    def transaction(self, tenant_id: UUID | None) -> Iterator[Session]:
        """One transaction bound to a tenant (None: global tables only); commits once at the end."""
        with Session(self.engine, expire_on_commit=False, info=dict(self.info)) as session:
            bind(session, tenant_id)
            yield session
            commit(session)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()
