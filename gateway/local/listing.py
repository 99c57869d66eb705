"""Cursors of lists: where a page ended, as one word that a system hands back as it is."""

import base64
import binascii
import json
from datetime import UTC, datetime

from gateway.case.texts import Text
from gateway.local.requests import Query


def cursor_of(opened_at: datetime, case_id: str) -> str:
    """Return the cursor behind a case."""
    text = json.dumps([opened_at.astimezone(UTC).isoformat(), case_id])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(query: Query) -> tuple[datetime, str] | None:
    """Return the place the parameter `cursor` means, None when it is not given; notes a finding when it is not ours."""
    cursor = query.word("cursor", longest=400)
    if not cursor:
        return None
    try:
        opened_at, case_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        moment = datetime.fromisoformat(opened_at)
        if moment.tzinfo is not None and isinstance(case_id, str) and case_id.isascii():
            return moment, case_id
    except (ValueError, TypeError, binascii.Error):
        pass
    query.refuse(
        "cursor",
        Text("不是上一页给出的游标", "it is no cursor of a page before"),
        Text("原样使用 next_cursor", "use next_cursor as it was given"),
    )
    return None
