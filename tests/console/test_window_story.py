"""A case from the window and back by clicking only: taken in, talked about, handed over, or withdrawn."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.kinds import Decision
from gateway.case.model import DeliveryWay
from gateway.case.states import State
from tests.console.people_build import Console, Visitor
from tests.console.window_build import FORM, TYPED, a_window, hidden, send, the_item


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_window(tmp_path, the_item()) as one:
        yield one


async def taken_in(console: Console, visitor: Visitor) -> str:
    """A case the window took in, which its handler has."""
    await visitor.get(FORM)
    await send(visitor, FORM, {**TYPED, "copies.1": "1"}, [("file.0", "照片.jpg", b"good")])
    found = re.search(r'href="/cases/([A-Z0-9]+)"', visitor.text)
    assert found, visitor.text
    await console.regions.settle_down()
    return found[1]


async def acted(visitor: Visitor, number: str, kind: str, **fields: str) -> None:
    """Follow the button of an act on the page of a case and send its form."""
    assert f'href="/cases/{number}/acts/{kind}"' in await visitor.get(f"/cases/{number}")
    await visitor.get(f"/cases/{number}/acts/{kind}")
    kept = {name: values[0] for name, values in hidden(visitor.text).items()}
    await visitor.post(f"/cases/{number}/acts/{kind}", **{**kept, **fields})
    assert visitor.address == f"/cases/{number}", visitor.text


async def test_the_result_is_handed_over_at_the_window(console: Console) -> None:
    handler = console.regions["422800"]
    async with console.signed_in("window") as visitor:
        number = await taken_in(console, visitor)
        assert number in await visitor.get("/window?tab=with_them")
        for happening in (
            ev.ReceivedByHandler("ES-2026-1"),
            ev.Accepted(),
            ev.Decided(Decision.GRANTED, document_number="恩人社许〔2026〕1号"),
            ev.ResultSent(DeliveryWay.ORIGIN_WINDOW),
        ):
            await handler.act(number, happening)
        await console.regions.settle_down()
        assert number in await visitor.get("/window?tab=to_deliver")
        recipient = {"recipient_name": "向小满", "certificate_kind": "111", "certificate_number": "422801199001010026"}
        await acted(visitor, number, "delivered", way="origin_window", **recipient)
        await console.regions.settle_down()
    assert await handler.state(number) is State.DELIVERED
    assert await console.regions["500114"].state(number) is State.DELIVERED


async def test_an_application_is_withdrawn_at_the_window(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        number = await taken_in(console, visitor)
        await acted(visitor, number, "withdrawn", reason="申请人不再需要")
        await console.regions.settle_down()
    assert await console.regions["422800"].state(number) is State.WITHDRAWN
