"""An operator decides about a key that a partner announced; until then nothing it signed is believed.

Approved:
1 find      the key that waits, as it is announced now
2 written   into the partner's file below the keys that are there, everything else as it was      else: refused, by hand
3 stands    the file still checks, and no other suffers                                           else: refused, all findings
4 audit     who approved which key, in the transaction that says it is approved
5 live      the file is written whole and taken at once, as a version of its own
Rejected: noted with who did, and not shown again unless it is announced otherwise.
"""

from dataclasses import dataclass, replace

from gateway.case.days import day_in_china
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.files.misfits import Misfit
from gateway.flows.partner_files.expected import Origin
from gateway.flows.partner_files.go_live import GoingLive
from gateway.flows.partner_files.put_back import put_back
from gateway.partners.added_key import with_keys_added
from gateway.partners.keys import PartnerKey
from gateway.partners.load import Loaded
from gateway.partners.schema import Algorithm, Use
from gateway.partners.source import Source
from gateway.store import announced_keys, audit
from gateway.store.announced_keys import AnnouncedRow, Standing
from gateway.store.database import Transaction
from gateway.store.disk import on_disk
from gateway.wire.next_keys import public_of

APPROVAL = "keys approve"
"""How a version of a partner file came that an approval wrote."""
_DRAFT = "keys"
_IN_FILE = Text(
    "文件中已有这把密钥, 日期或用途与公布的不同; 核对后手工改",
    "the key stands in the file with other dates or another use; compare and change it by hand",
)
_NO_FILE = Text("没有正在运行的伙伴文件", "no partner file is live")


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided: the keys, the partner's file, and the version of it that is live now (None when it did not change)."""

    keys: tuple[AnnouncedRow, ...]
    file: str
    version: int | None


@dataclass(frozen=True, slots=True)
class Deciding:
    """The flow, bound to one gateway."""

    going_live: GoingLive

    async def waiting(self) -> list[AnnouncedRow]:
        """Return every key an operator has to look at."""
        return await self.going_live.database.read(announced_keys.undecided)

    async def doubts(self) -> list[announced_keys.Doubt]:
        """Return the announcements that are not believed."""
        return await self.going_live.database.read(announced_keys.doubts)

    async def approve(self, code: str, kids: tuple[str, ...], who: str) -> Decided:
        """Put announced keys into a partner's file.

        Args:
            kids: full ids, or their beginnings where these fit one key only; the operator names what was compared.
            who: system user who gave the command.

        Raises:
            GatewayError: KEY_NOT_ANNOUNCED; PARTNER_FILE_NOT_EDITED; VERSION_NOT_FIT with findings; STORE_…
        """
        live = self.going_live
        async with live.lock:
            rows = await self._named(code, kids)
            runs = live.live_of(code)
            if runs is None:
                raise GatewayError(Reason.PARTNER_FILE_NOT_EDITED, file=code, detail=_NO_FILE)
            name = runs.partner.file.rpartition("/")[2]
            if {key.kid for key in runs.partner.keys} & {row.kid for row in rows}:
                raise GatewayError(Reason.PARTNER_FILE_NOT_EDITED, file=name, detail=_IN_FILE)
            source = self._written(runs, name, rows, who)
            wrong = await on_disk(lambda: self._wrong(name, source))
            if wrong:
                raise GatewayError(Reason.CONFIGURATION, findings=wrong, count=len(wrong))
            await self._decide(rows, Standing.APPROVED, who, f"file={name} sha256={source.sha256}")
            live.expected.announce(source.sha256, Origin(APPROVAL, who))
            try:
                await on_disk(put_back, live.folder.folder / name, source.raw, _DRAFT)
            except GatewayError as error:
                detail = error.facts.get("detail", error.reason.value)
                raise GatewayError(Reason.PARTNER_FILE_NOT_WRITABLE, file=name, detail=detail) from error
            done = await live.look_at((name,))
            return Decided(rows, name, done.live.get(code) if done else None)

    async def reject(self, code: str, kids: tuple[str, ...], who: str) -> Decided:
        """Note that announced keys are not taken.

        Raises:
            GatewayError: KEY_NOT_ANNOUNCED; STORE_…
        """
        rows = await self._named(code, kids)
        await self._decide(rows, Standing.REJECTED, who, "")
        return Decided(rows, "", None)

    async def _named(self, code: str, kids: tuple[str, ...]) -> tuple[AnnouncedRow, ...]:
        known = await self.going_live.database.read(lambda tx: announced_keys.of(tx, code))
        open_ = [row for row in known.values() if row.standing in (Standing.WAITING, Standing.CHANGED)]
        found = []
        for kid in kids:
            meant = [row for row in open_ if row.kid.startswith(kid)]
            if len(meant) != 1:
                raise GatewayError(Reason.KEY_NOT_ANNOUNCED, partner=code, kid=kid)
            found += meant
        return tuple(dict.fromkeys(found))

    async def _decide(self, rows: tuple[AnnouncedRow, ...], standing: Standing, who: str, detail: str) -> None:
        now = self.going_live.clock()

        def decide(tx: Transaction) -> None:
            for row in rows:
                announced_keys.keep(tx, replace(row, standing=standing, decided_at=now, decided_by=who))
                said = f"kid={row.kid} {detail}".strip()
                audit.note(tx, now, f"staff:{who}", f"keys.{standing.value}", row.partner, detail=said)

        await self.going_live.database.write(decide)

    def _written(self, runs: Loaded, name: str, rows: tuple[AnnouncedRow, ...], who: str) -> Source:
        """Return the file on disk with the keys added; an edit that did not go live is not overwritten by what ran before."""
        folder = self.going_live.folder.folder
        try:
            raw = (folder / name).read_bytes()
        except OSError as error:
            raise GatewayError(Reason.PARTNER_FILE_NOT_EDITED, file=name, detail=error.strerror or "?") from None
        day = day_in_china(self.going_live.clock())
        note = f"{day} {who}: tongban keys approve {runs.partner.code}"
        try:
            added = with_keys_added(raw, [key_of(row) for row in rows], note)
        except Misfit as misfit:
            raise GatewayError(Reason.PARTNER_FILE_NOT_EDITED, file=name, detail=misfit.problem) from None
        return Source.of(added, runs.source.beside)

    def _wrong(self, name: str, source: Source) -> list[FieldFinding]:
        live = self.going_live
        checked = live.folder.would_be({name: source}, day_in_china(live.clock()))
        shown = live.folder.shown(name)
        return [
            FieldFinding(f"{one.file}:{one.line}: {one.key}", one.problem, one.fix)
            for one in checked.findings
            if one.is_error and one.file == shown
        ]


def key_of(row: AnnouncedRow) -> PartnerKey:
    """Return an announced key as a key of a partner file."""
    public = public_of(row.public)
    assert public is not None, "it was read when it was kept"
    return PartnerKey(
        row.kid, Use(row.use), Algorithm(row.algorithm), public, row.valid_from, row.seal_until, row.accept_until
    )
