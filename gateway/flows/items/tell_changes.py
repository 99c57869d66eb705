"""Whose open cases a change of a partner's catalogue concerns, and telling their systems.

A case stays bound to the version it left with.  Its system learns that there is a newer one, or that the item was paused or
cancelled, so that the window can prepare the applicant for a question.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from gateway.case.item.definition import ItemState
from gateway.flows.items.in_force import narrowest_keys
from gateway.partners.partner import Partner
from gateway.store import events, feed, items
from gateway.store.database import Transaction


@dataclass(frozen=True, slots=True)
class Change:
    """A version of an item that is new here."""

    key: str
    basic_code: str
    version: int
    state: ItemState


def tell_changes(
    tx: Transaction,
    partner: Partner,
    own_region: str,
    changes: Sequence[Change],
    depth: Callable[[str, str], int],
    now: datetime,
) -> int:
    """Tell every open case towards a partner that is bound to an older version of a changed item; return how many.

    Args:
        depth: how narrow a division is (second) that covers a place (first), 0 for one that does not.
    """
    newest: dict[str, Change] = {}
    for change in changes:
        if change.key not in newest or newest[change.key].version < change.version:
            newest[change.key] = change
    told = 0
    for basic_code in dict.fromkeys(change.basic_code for change in newest.values()):
        rows = None
        for case in items.open_cases(tx, partner.code, _names(partner, basic_code)):
            rows = rows if rows is not None else items.of_code(tx, partner.code, basic_code)
            keys = narrowest_keys(rows, partial(depth, case.handler_division))
            found = [newest[key] for key in keys if key in newest and newest[key].version > case.item_version]
            opening = events.by_sequence(tx, case.case_id, own_region, 1)
            if not found or opening is None:
                continue
            note = _note(case.item_version, max(found, key=lambda change: change.version))
            feed.tell(tx, now, case.system, case.case_id, feed.ITEM_CHANGED, own_region, opening.envelope_id, note)
            told += 1
    return told


def _note(bound: int, change: Change) -> str:
    ends = "" if change.state is ItemState.IN_USE else f" {change.state.value}"
    return f"{bound}→{change.version}{ends}"


def _names(partner: Partner, basic_code: str) -> tuple[str, ...]:
    """Return the codes by which our cases may name an item of the partner's: provincial codes are mapped by agreement."""
    agreed = (item.codes for agreement in partner.agreements for item in agreement.items if basic_code in item.codes)
    return tuple(dict.fromkeys((basic_code, *(code for codes in agreed for code in codes))))
