"""Two regions, each with a file of sample licences of its own, and cases that quote them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway.case import events as ev
from gateway.case.model import Case, LicenceCheck, LicenceReference, Material
from gateway.licences.connect import Licences
from gateway.licences.file_source import FileSource
from gateway.licences.licence_types import LicenceTypes
from gateway.store import audit, feed, licence_checks
from gateway.store.licence_checks import CheckRow
from tests.build import a_licence, a_material
from tests.flows.regions import Region, Regions, regions
from tests.licence_platform import BOOK_TYPE, CARD_TYPE, a_record, an_identifier, sample_file, types_of

ENSHI, QIANJIANG = "422800", "500114"
ELSEWHERE = an_identifier(kind="11100000MB03271699022", issuer="340100", serial="000000016")


@dataclass
class Sources:
    """The regions, and what each one's source holds."""

    both: Regions
    folder: Path

    def __getitem__(self, code: str) -> Region:
        return self.both[code]

    def hold(self, code: str, **records: dict[str, str]) -> None:
        """Have a region's source hold the sample licence, or nothing."""
        self._file(code).write_text(sample_file({an_identifier(): one for one in records.values()}), encoding="utf-8")

    def hold_all(self, code: str, records: dict[str, dict[str, str]]) -> None:
        """Have a region's source hold these."""
        self._file(code).write_text(sample_file(records), encoding="utf-8")

    def break_down(self, code: str) -> None:
        """A region's source cannot be read any more."""
        self._file(code).write_text("licences: [", encoding="utf-8")

    def _file(self, code: str) -> Path:
        return self.folder / f"licences-{code}.yaml"

    def connect(self, code: str, types: LicenceTypes | None = None) -> None:
        """Connect a region's file."""
        gateway = self[code].gateway
        gateway.licences = Licences(FileSource(self._file(code), self.both.clock, types), timedelta(seconds=3))

    async def submit(self, **changes: Any) -> str:
        """黔江 submits a case with the sample licence; it arrives, and 恩施州 signs for it."""
        number = await self[QIANJIANG].submit(self.a_case(**changes))
        await self.both.settle_down()
        await self[ENSHI].act(number, ev.ReceivedByHandler())
        return number

    def a_case(self, **changes: Any) -> Case:
        """A case with the sample licence, claimed as valid by nobody."""
        return self[QIANJIANG].a_case(to=ENSHI, **({"materials": (with_licence(),)} | changes))

    async def checks(self, code: str, number: str) -> list[CheckRow]:
        """What a region wrote down about the licences of a case."""
        gateway = self[code].gateway
        return await gateway.database.read(lambda tx: licence_checks.of_case(tx, gateway.vault, number))

    async def outcomes(self, code: str, number: str) -> list[tuple[str, str, str]]:
        """Stage, outcome and reason word of each verification."""
        return [(one.stage, one.outcome, one.detail) for one in await self.checks(code, number)]

    async def told(self, code: str, number: str) -> list[str]:
        """What the feed of a region's system says about licences of a case."""
        items = await self[code].gateway.looking.read_feed(self[code].system, 0, 100)
        return [one.note for one in items if one.kind == feed.LICENCE and one.case_id == number]

    async def audited(self, code: str, number: str) -> list[tuple[str, str, str]]:
        """What a region's audit says about verifying licences of a case."""
        rows = await self[code].gateway.database.read(lambda tx: audit.about(tx, number))
        return [(one.actor, one.outcome, one.detail) for one in rows if one.act == "licence.verify"]


def unchecked(licence_id: str = "", **changes: Any) -> LicenceReference:
    """A reference to the sample licence that nobody looked up yet."""
    said = {"licence_id": licence_id or an_identifier(), "check": LicenceCheck.PENDING, "checked_at": None}
    return a_licence(**(said | changes))


def with_licence(material_id: str = "m1", reference: LicenceReference | None = None, **changes: Any) -> Material:
    """A material that is an electronic licence."""
    return a_material(material_id, reference or unchecked(), name="居民身份证", list_code="", **changes)


@asynccontextmanager
async def sources(folder: Path, **changes: Any) -> AsyncIterator[Sources]:
    """黔江 and 恩施州, both sources holding the sample licence in force."""
    async with regions(folder, QIANJIANG, ENSHI, **changes) as both:
        made = Sources(both, folder)
        for code in (QIANJIANG, ENSHI):
            made.hold(code, licence=a_record())
            made.connect(code)
        yield made


def callable_types(folder: Path) -> LicenceTypes:
    """Identity cards can be called up, household books cannot."""
    return types_of(folder, (CARD_TYPE, "居民身份证", "是"), (BOOK_TYPE, "居民户口簿", "否"))
