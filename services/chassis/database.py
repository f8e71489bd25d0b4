"""One service's database: the pool, the two kinds of transaction, and the only ``commit`` of the suite.

psycopg2 is forced, whatever driver the URL names: it yields to eventlet by itself once patched, which psycopg 3 does not
(a start-up check proves it). A connection is never lent out across a network call: what needs one reads, lets go, calls,
then writes.
"""

from __future__ import annotations

import hashlib
import re
import select
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import orjson
import psycopg2  # type: ignore[import-untyped]
import sqlalchemy as sa
from psycopg2 import errors, sql
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from services.chassis.limits import LOCK_TIMEOUT_S, STATEMENT_TIMEOUT_S
from services.chassis.logging import get_logger
from services.chassis.row_scope import SERVICE_ROLE, RowScope
from services.contracts.errors import Unavailable

T = TypeVar("T")
POOL_SIZE = 10
"""As many as workers that use one; more would only queue inside PostgreSQL."""
POOL_WAIT_S = 5.0
RECYCLE_S = 1800
IDLE_IN_TRANSACTION_MS = 30_000
"""A transaction left open this long is a bug or a dead process: its locks are let go."""
TRIES = 3
"""Of a transaction that the database itself asks to repeat."""
_REPEATABLE = {"40001": "serialization failure", "40P01": "deadlock"}
SLOW_STATEMENT_TIMEOUT_S = 120.0
"""For jobs that work through a whole county."""


_IN_THE_WAY = (errors.UniqueViolation, errors.DeadlockDetected, errors.SerializationFailure)
"""Another transaction was faster: the ordinary way waits for it and tells what it did."""
_PREPARED = "prepared"


_NAMED = re.compile(r"(?<!:):([a-z_]+)")


class Statement:
    """A hot statement: planned once for each connection, then only executed.

    ``parameters`` gives their types by name, in the order of the values; the text names them ``:name``. One name, one text.
    """

    def __init__(self, name: str, parameters: Mapping[str, str], text: str) -> None:
        """Raises KeyError when the text names a parameter that is none."""
        places = {each: f"${place}" for place, each in enumerate(parameters, start=1)}
        numbered = _NAMED.sub(lambda found: places[found[1]], text)
        self.name = name
        self.preparation = f"PREPARE {name} ({', '.join(parameters.values())}) AS {numbered}"
        self.execution = f"EXECUTE {name} ({', '.join(['%s'] * len(parameters))})"


_AWAY = {
    "57P01": "ended by an administrator",
    "57P02": "ended by a crash",
    "57P03": "starting or stopping",
    "53300": "too many connections",
    "55P03": "a lock that was not to be had in time",
}
_log = get_logger(__name__)


def _json_text(value: object) -> str:
    return orjson.dumps(value).decode()


class Database:
    """Transactions on one service's database. Safe to share between greenlets and threads."""

    def __init__(
        self, url: str, *, name: str, pool_size: int = POOL_SIZE, slow: bool = False, rows_of: str | None = None
    ) -> None:
        """``rows_of``: the county whose rows alone its transactions see, as the services' role. Left out: the connection is the
        owner's own, to whom row security does not apply: for tools and for the first start."""
        self.url = _forced_driver(url)
        statement_ms = int((SLOW_STATEMENT_TIMEOUT_S if slow else STATEMENT_TIMEOUT_S) * 1000)
        options = (
            f"-c statement_timeout={statement_ms} -c lock_timeout={int(LOCK_TIMEOUT_S * 1000)} "
            f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_MS} -c timezone=UTC "
            # What is prepared here finds its rows by key: one plan serves all values, and compiling it would cost more.
            "-c plan_cache_mode=force_generic_plan -c jit=off"
        )
        if rows_of is not None:
            options += f" -c role={SERVICE_ROLE} -c app.county={rows_of}"
        self.engine = sa.create_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_WAIT_S,
            pool_recycle=RECYCLE_S,
            hide_parameters=True,
            pool_use_lifo=True,
            json_serializer=_json_text,
            json_deserializer=orjson.loads,
            connect_args={
                "application_name": name,
                "options": options,
                "connect_timeout": 5,
                "keepalives_idle": 30,
                "keepalives_interval": 5,
                "keepalives_count": 3,
            },
        )
        self._bare = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._reading = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def transaction(self, scope: RowScope | None = None) -> Iterator[sa.Connection]:
        """One read-write transaction: commits at the end of the block, rolls back when it raises."""
        with self.engine.connect() as connection, connection.begin() as started:
            self.see(connection, scope)
            yield connection
            started.commit()

    @contextmanager
    def snapshot(self, scope: RowScope | None = None) -> Iterator[sa.Connection]:
        """One consistent look at the data; writing in it is refused by the database."""
        with self._reading.connect() as connection, connection.begin():
            self.see(connection, scope)
            yield connection

    def see(self, connection: sa.Connection, scope: RowScope | None) -> None:
        """Says to the database who asks in this transaction. Without a scope a service sees nothing that knows persons."""
        if scope is not None:
            scope.set_on(connection)

    def repeating(self, once: Callable[[], T]) -> T:
        """Runs ``once``, again when the database asks for it (deadlock, serialization) or the connection was dead.

        ``once`` must be one whole transaction and nothing else, so that a second run starts from nothing.
        """
        for attempt in range(1, TRIES + 1):
            try:
                return once()
            except DBAPIError as fault:
                if attempt == TRIES or not _may_repeat(fault):
                    raise
        raise AssertionError("unreachable")

    def at_once(self, statement: Statement, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Runs one statement as a transaction of its own, in one round trip; its rows. It sees the county, and no tables that
        know persons.

        None at all when another transaction was in its way or the connection was dead: then the effect is there whole, or
        not at all, and the request id tells.
        """
        pooled = self.engine.raw_connection()
        try:
            connection: Any = pooled.dbapi_connection
            connection.autocommit = True
            try:
                return _executed(connection, pooled.info, statement, values)
            finally:
                if not connection.closed:
                    connection.autocommit = False
        except _IN_THE_WAY:
            return []
        except psycopg2.Error:
            if not connection.closed:
                raise
            pooled.invalidate()
            return []
        finally:
            pooled.close()

    @contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        """Whether this process may do ``name`` now; true for one process at a time, for as long as the block runs.

        The lock belongs to a connection with no transaction open, and goes with it when the process dies.
        """
        with self._bare.connect() as connection:
            key = {"key": int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)}
            mine = bool(connection.scalar(sa.text("SELECT pg_try_advisory_lock(:key)"), key))
            try:
                yield mine
            finally:
                if mine:
                    connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), key)

    @contextmanager
    def hearing(self, channel: str) -> Iterator[Callable[[float], bool]]:
        """A function that waits up to so many seconds for a commit that rang on the channel; whether there was one.

        On a connection of its own, outside the pool, with no transaction open. The function raises when it is lost.
        """
        pooled = self.engine.raw_connection()
        connection: Any = pooled.dbapi_connection
        pooled.detach()
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            yield partial(_heard, connection)
        finally:
            connection.close()

    def answers(self) -> bool:
        """Whether the database can be asked right now."""
        with self.engine.connect() as connection:
            return bool(connection.scalar(sa.text("SELECT true")))

    def close(self) -> None:
        self.engine.dispose()


def execute(db: sa.Connection, statement: Statement, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Runs a hot statement within the transaction that is open; its rows."""
    prepared = db.connection.info.setdefault(_PREPARED, set())
    if statement.name not in prepared:
        db.exec_driver_sql(statement.preparation)
        prepared.add(statement.name)
    return [tuple(row) for row in db.exec_driver_sql(statement.execution, values)]


def _executed(
    connection: Any, known: dict[Any, Any], statement: Statement, values: tuple[Any, ...]
) -> list[tuple[Any, ...]]:
    prepared = known.setdefault(_PREPARED, set())
    with connection.cursor() as cursor:
        if statement.name not in prepared:
            cursor.execute(statement.preparation)
            prepared.add(statement.name)
        cursor.execute(statement.execution, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


@contextmanager
def away_is_unavailable() -> Iterator[None]:
    """For the block or function: a database that is gone, starting, full or locked is one that does not answer now, and no bug.

    Raises Unavailable in its place, so that whoever asked asks again; every other fault goes on as it is.
    """
    try:
        yield
    except (DBAPIError, NoConnectionFree) as fault:
        if isinstance(fault, DBAPIError) and not _is_away(fault):
            raise
        _log.warning("database_away", error=type(fault).__name__)
        raise Unavailable(reason="database") from fault


def _is_away(fault: DBAPIError) -> bool:
    code = getattr(fault.orig, "pgcode", None)
    lost = fault.connection_invalidated or (isinstance(fault, OperationalError) and code is None)
    return lost or code in _AWAY


def _heard(connection: Any, seconds: float) -> bool:
    select.select([connection], [], [], seconds)
    connection.poll()
    heard = bool(connection.notifies)
    connection.notifies.clear()
    return heard


def _forced_driver(url: str) -> sa.URL:
    return sa.make_url(url).set(drivername="postgresql+psycopg2")


def _may_repeat(fault: DBAPIError) -> bool:
    """A lost connection is repeated too: before the commit nothing has happened, and after it the request id tells."""
    if isinstance(fault, OperationalError) and fault.connection_invalidated:
        return True
    return getattr(fault.orig, "pgcode", None) in _REPEATABLE
