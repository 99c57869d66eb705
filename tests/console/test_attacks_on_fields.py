"""Values at the edge of what a field, a calendar or a number can hold: refused in words or answered, never a failure of ours."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.console.acts_build import a_case_here, hidden
from tests.console.people_build import Console, a_console

MOMENTS = (
    "9999-12-31",
    "9999-12-31T23:59",
    "9999-12-31T23:00+00:00",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01",
    "0001-01-01T00:00",
    "0001-01-01T00:00+23:59",
)
NUMBERS = ("9" * 19, "9" * 40, "-1", "1e9", "٣", "0x1", "9223372036854775807")


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path) as one:
        yield one


async def test_no_day_and_no_number_is_too_far_away(console: Console) -> None:
    failed = []
    async with console.signed_in("window") as visitor:
        for at in MOMENTS:
            await visitor.get("/search")
            await visitor.post("/search", **{"from": at[:10], "to": at[:10]})
            failed += [("search", at)] if visitor.status >= 500 else []
            await visitor.get("/search")
            await visitor.post("/search", after_at=at, after_case="TB")
            failed += [("search after", at)] if visitor.status >= 500 else []
    async with console.signed_in("auditor") as visitor:
        for at in MOMENTS:
            await visitor.get("/audit")
            await visitor.post("/audit/export", **{"from": "2026-11-01", "to": at[:10]})
            failed += [("audit", at)] if visitor.status >= 500 else []
            await visitor.get("/audit")
            await visitor.post("/audit/export", **{"from": at[:10], "to": "2026-11-30"})
            failed += [("audit", at)] if visitor.status >= 500 else []
        for number in NUMBERS:
            await visitor.get(f"/audit?before={number}")
            failed += [("audit before", number)] if visitor.status >= 500 else []
    async with console.signed_in("operator") as visitor:
        for at in MOMENTS:
            for sent in ({"until": at, "partner": "422800"}, {"until": at, "case_id": "TB1", "after_envelope": "a"}):
                await visitor.get("/queue/act/hold?partner=422800")
                await visitor.post("/queue/act/hold", **sent, reason="演练一下", confirm="0", after_at="1")
                failed += [("hold", at)] if visitor.status >= 500 else []
            for path in ("/queue", f"/reconciliation/422800/{at[:10]}"):
                await visitor.get(path)
                failed += [(path, at)] if visitor.status >= 500 else []
            await visitor.get("/reconciliation")
            await visitor.post("/reconciliation/run", partner="422800", day=at[:10])
            failed += [("reconciliation", at)] if visitor.status >= 500 else []
        for number in NUMBERS:
            await visitor.get("/queue/act/retry?partner=422800")
            after = {"after_envelope": "a", "after_at": number, "after_partner": "422800"}
            counts = {"seen": number, "changed": number, "total": number, "skipped": f"ARRIVED:{number}"}
            await visitor.post("/queue/act/retry", partner="422800", reason="演练一下", **after, **counts)
            failed += [("retry", number)] if visitor.status >= 500 else []
            await visitor.get(
                f"/partners/422800/difference?left={number}&right={number}&number={number}&older={number}"
            )
            failed += [("difference", number)] if visitor.status >= 500 else []
            await visitor.get("/partners/422800")
            await visitor.post("/partners/422800/rollback", number=number, version=number, reason="演练一下", seen="x")
            failed += [("rollback", number)] if visitor.status >= 500 else []
    assert not failed


async def test_no_act_fails_for_what_is_typed_into_it(console: Console) -> None:
    number = await a_case_here(console)
    failed = []
    days = ("promised_date", "respond_by", "started_at", "ended_at", "occurred_at", "valid_from", "valid_to")
    counts = ("expected_days", "days", "service_number", "case_version")
    async with console.signed_in("handler") as visitor:
        for act in ("accepted", "supplement_requested", "step_done", "suspended", "extended", "decided"):
            path = f"/cases/{number}/acts/{act}"
            for n, at in enumerate(MOMENTS):
                await visitor.get(path)
                sent = dict.fromkeys(days, at) | dict.fromkeys(counts, NUMBERS[n])
                await visitor.post(path, **(hidden(visitor) | sent), reason="说明", decision="denied", what="照片")
                failed += [(act, at, NUMBERS[n])] if visitor.status >= 500 else []
    assert not failed
