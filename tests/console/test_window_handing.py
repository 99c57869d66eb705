"""领取登记: who took the result with which certificate, when, at the window or by mail; nobody types a number that is known."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.code.identifiers import CertificateKind
from gateway.case.kinds import Decision
from gateway.case.model import DeliveryWay
from gateway.case.states import State
from tests.console.people_build import Console, Visitor
from tests.console.window_build import FORM, TYPED, a_window, hidden, send, the_item

NUMBER = "422801199001010026"


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_window(tmp_path, the_item()) as one:
        yield one


async def granted(console: Console, visitor: Visitor) -> str:
    """A case whose result lies at the window."""
    await visitor.get(FORM)
    await send(visitor, FORM, {**TYPED, "copies.1": "1"}, [("file.0", "照片.jpg", b"good")])
    found = re.search(r'href="/cases/([A-Z0-9]+)"', visitor.text)
    assert found, visitor.text
    await console.regions.settle_down()
    handler = console.regions["422800"]
    decided = ev.Decided(Decision.GRANTED, document_number="恩人社许〔2026〕1号")
    for happening in (
        ev.ReceivedByHandler("ES-2026-1"),
        ev.Accepted(),
        decided,
        ev.ResultSent(DeliveryWay.ORIGIN_WINDOW),
    ):
        await handler.act(found[1], happening)
    await console.regions.settle_down()
    return found[1]


async def hand_over(visitor: Visitor, case_id: str, /, **fields: str) -> str:
    await visitor.get(f"/cases/{case_id}/hand-over")
    return await sent_again(visitor, case_id, **fields)


async def sent_again(visitor: Visitor, case_id: str, /, **fields: str) -> str:
    kept = {name: values[0] for name, values in hidden(visitor.text).items()}
    return html.unescape(await visitor.post(f"/cases/{case_id}/hand-over", **{**kept, **fields}))


async def taken(console: Console, number: str) -> tuple[ev.Delivered, str]:
    """What both sides know of the hand-over: the event, and its remark."""
    await console.regions.settle_down()
    for code in ("500114", "422800"):
        assert await console.regions[code].state(number) is State.DELIVERED
    view = await console.regions["422800"].view(number)
    event = next(one.event for one in view.events if one.event and isinstance(one.event.happening, ev.Delivered))
    assert isinstance(event.happening, ev.Delivered)
    return event.happening, event.reason


async def test_the_applicant_takes_it_with_the_certificate_of_the_application(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        number = await granted(console, visitor)
        assert number in await visitor.get("/window"), "it waits for the window"
        assert f'href="/cases/{number}/acts/delivered"' in await visitor.get(f"/cases/{number}")
        text = html.unescape(await visitor.get(f"/cases/{number}/acts/delivered"))
        assert visitor.address == f"/cases/{number}/hand-over"
        assert "申请人本人" in text
        assert NUMBER not in text
        assert "向小满" not in text
        text = await sent_again(visitor, number, who="applicant", way="origin_window", occurred_at="")
        assert visitor.status == 422
        assert "没有核对领取人的证件" in text
        page = visitor.text
        await sent_again(visitor, number, who="applicant", way="origin_window", seen="yes")
        assert visitor.address == f"/cases/{number}", visitor.text
        assert NUMBER not in visitor.text, "masked in what happened"
        visitor.text = page
        await sent_again(visitor, number, who="applicant", way="origin_window", seen="yes")
        assert visitor.address == f"/cases/{number}", "the same form again is the same act"
        assert await taken(console, number) == (
            ev.Delivered(DeliveryWay.ORIGIN_WINDOW, "向小满", CertificateKind.RESIDENT_ID, NUMBER),
            "",
        )
        assert number not in await visitor.get("/window")
        await visitor.get(f"/cases/{number}/hand-over")
        assert visitor.status == 409


async def test_by_mail_the_number_of_the_waybill_is_kept(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        number = await granted(console, visitor)
        text = await hand_over(visitor, number, who="applicant", way="mail")
        for field in ("carrier", "tracking_number"):
            assert re.search(rf'id="f-{field}"[^>]*aria-invalid="true"', text), field
        await sent_again(visitor, number, who="applicant", way="mail", carrier="EMS", tracking_number="EX123456789CN")
        assert visitor.address == f"/cases/{number}", visitor.text
        happening, reason = await taken(console, number)
        assert (happening.way, reason) == (DeliveryWay.MAIL, "邮寄: EMS EX123456789CN")


async def test_somebody_else_is_named_with_a_certificate_of_their_own(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        number = await granted(console, visitor)
        base = {"who": "other", "way": "origin_window", "seen": "yes", "reason": "申请人的姐姐"}
        text = await hand_over(visitor, number, **base, name="覃远山", kind="111", number="422801199001010017")
        assert re.search(r'id="f-number"[^>]*aria-invalid="true"', text), "the check character"
        await sent_again(visitor, number, **base, name="覃远山", kind="111", number="422801199001010018")
        assert visitor.address == f"/cases/{number}", visitor.text
        happening, reason = await taken(console, number)
        assert (happening.recipient_name, reason) == ("覃远山", "申请人的姐姐")


async def test_what_is_not_decided_is_not_handed_over(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        await send(visitor, FORM, {**TYPED, "copies.1": "1"}, [("file.0", "照片.jpg", b"good")])
        found = re.search(r'href="/cases/([A-Z0-9]+)"', visitor.text)
        assert found
        await visitor.get(f"/cases/{found[1]}/hand-over")
        assert visitor.status == 409
        assert "LIFECYCLE" in visitor.text
