"""A console that numbers notices, and cases whose events give rise to each of them."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from gateway.case import events as ev
from gateway.case.code.identifiers import CertificateKind
from gateway.case.kinds import Decision, ResultKind, SuspensionKind
from gateway.case.model import DeliveryWay, Person
from gateway.settings import Address, Settings
from gateway.settings.paper_settings import PaperSettings
from gateway.settings.settings import Console as ConsoleSettings
from tests.build import FORM
from tests.console.acts_build import ONCE, a_case_here
from tests.console.people_build import Console, Visitor, a_console

ID_NUMBER = "422801199001010026"
NAME = "𠮷田·向小满"
PAPERS = PaperSettings(organ="黔政服", progress_url="https://zwfw.example/progress?number={number}")
LINKS = re.compile(r'href="(/cases/[^/"]+/notices/([a-z_]+)/[^"]+)"')


def with_papers(papers: PaperSettings) -> Any:
    """What a `gateway.yaml` says with this `console` part."""

    def change(settings: Settings) -> Settings:
        said = ConsoleSettings(Address("127.0.0.1", 0), None, timedelta(minutes=30), timedelta(hours=12), papers=papers)
        return replace(settings, console=said)

    return change


@asynccontextmanager
async def a_paper_console(folder: Path, papers: PaperSettings = PAPERS) -> AsyncIterator[Console]:
    """The console of 黔江, which gives numbers and knows a progress page."""
    async with a_console(folder, settings=with_papers(papers)) as console:
        yield console


def an_applicant(name: str = NAME) -> Person:
    """Somebody of the test vectors."""
    return Person(name, CertificateKind.RESIDENT_ID, ID_NUMBER, "13900000000")


async def a_case_to_print(console: Console, name: str = NAME) -> str:
    """A case that 恩施's window took in for 黔江 to decide."""
    return await a_case_here(console, applicant=an_applicant(name), agent=None)


async def happens(console: Console, number: str, happening: ev.Happening, reason: str = "", **more: Any) -> None:
    """Let 黔江's local system, which gives no numbers, do something; the other side learns of it."""
    await console.regions["500114"].act(number, happening, reason=reason, **more)
    await console.regions.settle_down()


async def everything_happens(console: Console, name: str = NAME) -> dict[str, str]:
    """Cases by the notice they show: from 补正 to 领取登记, then one not accepted, one denied, one returned."""
    first = await a_case_to_print(console, name)
    until = console.regions.clock() + timedelta(days=10)
    asked = (
        ev.Requirement("r1", "图像模糊, 请重新拍摄", form_field="/换领原因"),
        ev.Requirement("r2", "请带原件到窗口"),
    )
    await happens(console, first, ev.ReceivedByHandler("QJ-0001"))
    await happens(console, first, ev.SupplementRequested(asked, respond_by=until), "材料不齐")
    await console.regions["422800"].act(
        first, ev.Supplemented(form_json=FORM.replace("损坏", "遗失"), requirement_ids=("r1", "r2"))
    )
    await console.regions.settle_down()
    await happens(console, first, ev.Accepted(promised_date=date(2026, 12, 20)))
    await happens(console, first, ev.Suspended(SuspensionKind.APPRAISAL, 5), "需要鉴定照片")
    await happens(console, first, ev.Resumed())
    await happens(console, first, ev.Extended(3, "冉主任"), "鉴定机构排期")
    granted = ev.Decided(Decision.GRANTED, "黔人社许〔2026〕00017号", ResultKind.CERTIFICATE, "社会保障卡", "SB0001")
    await happens(console, first, granted)
    handed = ev.Delivered(DeliveryWay.HANDLER_WINDOW, name, CertificateKind.RESIDENT_ID, ID_NUMBER)
    await happens(console, first, handed)
    cases = {"all": first}
    for word, happening in (
        ("non_acceptance", ev.NotAccepted("《社会保险法》第五十八条", "恩施州人力资源和社会保障局")),
        ("returned", ev.Returned()),
    ):
        cases[word] = await a_case_to_print(console, name)
        await happens(console, cases[word], ev.ReceivedByHandler())
        await happens(
            console, cases[word], happening, "不属于本机关职权" if word == "non_acceptance" else "申请人未补正"
        )
    cases["denied"] = await a_case_to_print(console, name)
    await happens(console, cases["denied"], ev.Accepted())
    await happens(console, cases["denied"], ev.Decided(Decision.DENIED), "不符合换领条件")
    return cases


async def notices_of(visitor: Visitor, number: str) -> list[tuple[str, str]]:
    """The addresses of the notices a case's page offers, each with its kind."""
    text = await visitor.get(f"/cases/{number}")
    assert visitor.status == 200, text
    return [(path, kind) for path, kind in LINKS.findall(text)]


async def printed(visitor: Visitor, path: str, do: str = "page", **fields: str) -> str:
    """Open the page of a notice and print it; return the page, or what came of it."""
    text = await visitor.get(path)
    assert visitor.status == 200, text
    found = ONCE.search(text)
    assert found, text
    return await visitor.post(path, **{"do": do, "reason": "交申请人", "once": found[1], **fields})
