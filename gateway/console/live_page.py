"""What a page carries to be kept as things are (`live`): where its stream is, what is exchanged, and which state it shows."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from gateway.case.texts import Text
from gateway.console.call import Call
from gateway.store.cases import CaseRow
from gateway.store.outbox import Owed

LIVE_WORDS: Mapping[str, Text] = {
    "live_told": Text("页面已自动更新", "The page was brought up to date at"),
}


@dataclass(frozen=True, slots=True)
class LivePage:
    """What a template needs to keep its page as things are.

    Attributes:
        stream: address of the stream.
        page: address the page is fetched from again.
        parts: ids of the elements that are exchanged, as a selector list.
    """

    stream: str
    page: str
    parts: str


def live_page(call: Call, parts: str, mark: str, **what: str) -> LivePage:
    """Return how a page is kept as things are; `mark` names the state that it shows."""
    return LivePage(f"/live?{urlencode({**what, 'mark': mark})}", call.request.path_qs, parts)


def mark_of_list(lines: object) -> str:
    """Return what is another when a list shows something else."""
    return hashlib.sha256(repr(lines).encode()).hexdigest()[:16]


def mark_of_case(row: CaseRow, deliveries: Sequence[Owed]) -> str:
    """Return what is another when the page of a case shows something else."""
    sent = [(one.sequence, one.outcome, one.tries, one.last_reason) for one in deliveries]
    where = (row.standing, row.case_version, row.our_sequence, row.their_sequence, row.handler_number, row.system)
    return mark_of_list((where, sent))
