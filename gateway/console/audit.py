"""The audit, for the auditor: who did what, when, from where and why; nothing here changes a row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from aiohttp import web

from gateway.case.days import CHINA
from gateway.console.audit_words import ACT_NAMES, act_name, detail_name, outcome_name
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.typed_times import day_from
from gateway.store.audit import Asked, Note

A_PAGE = 100
LONGEST = 100
LONGEST_HEAD = 64
EVERYTHING = "all"
"""Instead of a person: what systems, regions and the gateway did as well."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row in words."""

    note: Note
    who: str
    act: str
    subject: str
    outcome: str
    detail: str


async def show_audit(desk: Desk, call: Call) -> web.StreamResponse:
    """Show rows of the audit, the newest first."""
    asked = {
        name: call.request.query.get(name, "").strip()[:LONGEST] for name in ("who", "act", "subject", "from", "to")
    }
    before = call.request.query.get("before", "")
    first, last = day_of(asked["from"]), day_of(asked["to"])
    rows, older = await desk.auditing.look(
        call.person.person,
        Asked(
            actor=asked["who"] if asked["who"] != EVERYTHING else "",
            act=asked["act"],
            subject=asked["subject"],
            people=not asked["who"],
            first=midnight(first) if first else None,
            last=midnight(last + timedelta(days=1)) if last else None,
            before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else 0,
        ),
        A_PAGE,
    )
    people = await names_of(desk)
    return desk.pages.page(
        call,
        "audit",
        rows=[_in_words(one, people, call) for one in rows],
        people=sorted(people.items(), key=lambda one: one[1]),
        everything=EVERYTHING,
        acts=[(act, name.say(call.lang)) for act, name in ACT_NAMES.items()],
        asked=asked,
        older=older,
        resets=await desk.resets.of_all(call.person.person),
        act_name=act_name,
    )


async def verify(desk: Desk, call: Call) -> web.StreamResponse:
    """Show whether the chain over the audit holds, since a day or as far as it goes."""
    since = day_of(call.field("since"))
    head = "".join(call.field("head").split())[:LONGEST_HEAD]
    done = await desk.auditing.verify(call.person.person, midnight(since) if since else None, head)
    return desk.pages.page(call, "audit_verified", outcome=done, asked_head=head, here_again="/audit")


async def names_of(desk: Desk) -> dict[str, str]:
    """Return name and login of everybody, by how the audit names them."""
    return {f"person:{one.person_id}": f"{one.name} ({one.login})" for one in await desk.accounts.everybody()}


def day_of(text: str) -> date | None:
    """Return a day that was typed; None for anything else."""
    try:
        return day_from(text)
    except ValueError:
        return None


def midnight(day: date) -> datetime:
    """Return when a day begins here."""
    return datetime.combine(day, time(), CHINA)


def _in_words(note: Note, people: Mapping[str, str], call: Call) -> Row:
    return Row(
        note,
        people.get(note.actor, note.actor),
        act_name(note.act).say(call.lang),
        people.get(f"person:{note.subject}", note.subject),
        outcome_name(note.outcome).say(call.lang),
        detail_name(note.act, note.detail).say(call.lang),
    )
