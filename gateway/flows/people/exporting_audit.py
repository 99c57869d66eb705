"""An auditor takes rows of the audit along; that they did is a row of it.  At most 50,000 rows, never a part of what was asked."""

from collections.abc import Callable
from datetime import datetime

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.staff import Person, Right
from gateway.case.texts import Text
from gateway.store import audit
from gateway.store.audit import Note
from gateway.store.database import Database

MOST_ROWS = 50_000


async def export_audit(
    person: Person,
    first: datetime,
    last: datetime,
    act: str,
    subject: str,
    *,
    database: Database,
    clock: Callable[[], datetime],
) -> list[Note]:
    """Return the rows from `first` on and before `last`, in order, and note that they were taken along.

    Args:
        act, subject: only rows of this act, about this subject; empty for all.

    Raises:
        GatewayError: ROLE_LACKS_RIGHT; BAD_REQUEST when there are more than 50,000.
    """
    if not person.may(Right.AUDIT):
        raise GatewayError(Reason.ROLE_LACKS_RIGHT)
    rows = await database.read(lambda tx: audit.between(tx, first, last, act, subject, MOST_ROWS + 1))
    if len(rows) > MOST_ROWS:
        raise GatewayError(Reason.BAD_REQUEST, findings=[_TOO_MANY], count=1)
    said = [f"from={first.isoformat()}", f"before={last.isoformat()}"]
    said += [f"{name}={value}" for name, value in (("act", act), ("subject", subject)) if value]
    now, actor, detail = clock(), f"person:{person.person_id}", " ".join(said)
    await database.write(lambda tx: audit.note(tx, now, actor, "audit.exported", "audit", str(len(rows)), detail))
    return rows


_TOO_MANY = FieldFinding(
    "to",
    Text(f"超过 {MOST_ROWS:,} 行", f"more than {MOST_ROWS:,} rows"),
    Text("缩小日期范围, 分几次导出", "take fewer days, and export in parts"),
)
