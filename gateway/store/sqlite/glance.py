"""One look into a database file without serving it: for checks beside a gateway that may be running or not.

Changes nothing and waits for nobody; where nothing can be read, nothing is told.
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import apsw

from gateway.case.errors import GatewayError
from gateway.store.database import T, Transaction
from gateway.store.sqlite.transaction import SqliteTransaction


def glance(path: Path, work: Callable[[Transaction], T]) -> T | None:
    """Return what `work` found in a database; None when there is none, or it cannot be read now."""
    if not path.exists():
        return None
    try:
        with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
            connection.execute("BEGIN")
            return work(SqliteTransaction(connection, writes=False))
    except (apsw.Error, GatewayError):
        return None
