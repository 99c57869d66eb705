"""Files travel: from a local system to us, from us to a partner, and back to whoever may read them.

A file is announced before it moves, moves from an offset on, and counts only when every byte matched its digest and it
is written down whose it is.  An upload that died between the two is counted when its state is asked for; one whose file is
gone begins anew.  Nobody learns of a digest that came from elsewhere: possession is per system, and per case of a partner.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.case.code.numbers import check_case_number, gateway_of
from gateway.case.errors import GatewayError
from gateway.case.model import MaterialFile
from gateway.case.reasons import Reason
from gateway.flows.act import OPERATOR
from gateway.flows.delivery.courier import Manifest, MaterialStanding
from gateway.flows.taking_in import TakingIn
from gateway.store import audit, cases, possessions
from gateway.store.database import Database, Transaction
from gateway.store.files import MaterialFiles

KEPT_WITHOUT_CASE = timedelta(days=3)
"""How long a file is kept that no case has claimed; a partner that is away over a weekend loses nothing."""


@dataclass(frozen=True, slots=True)
class MaterialState:
    """What we have of a file of a local system; `size` is None when it was never announced."""

    sha256: str
    size: int | None
    offset: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Transfer:
    """The file flows, bound to one store.

    Attributes:
        largest: most bytes of one file; a larger one is refused with MATERIAL_TOO_LARGE.
        unclaimed: most bytes that a system, or a partner, may have waiting for a case; more is refused with
            MATERIAL_QUOTA, and may come once cases claimed what waits.
    """

    database: Database
    files: MaterialFiles
    clock: Callable[[], datetime]
    largest: int
    unclaimed: int
    taking_in: Callable[[], TakingIn]

    async def material_state(self, system: str, sha256: str) -> MaterialState:
        """Return where an upload of a local system has to go on."""
        holder = possessions.of_system(system)
        found = await self.database.read(lambda tx: possessions.find(tx, holder, sha256))
        if found is None:
            return MaterialState(sha256, None, 0, complete=False)
        standing = await self._standing(holder, found)
        return MaterialState(sha256, found.size, standing.offset, standing.complete)

    async def take_material(
        self, system: str, sha256: str, size: int, offset: int, chunks: AsyncIterator[bytes]
    ) -> MaterialState:
        """Take bytes of a local system from an offset on.

        Raises:
            GatewayError: MATERIAL_OFFSET naming the right offset, MATERIAL_DIGEST, MATERIAL_TOO_LARGE, MATERIAL_QUOTA,
                DISK_LOW, DISK_FULL.
        """
        if size > self.largest:
            raise GatewayError(Reason.MATERIAL_TOO_LARGE, limit=self.largest)
        holder = possessions.of_system(system)
        now = self.clock()

        [found] = await self.database.write(lambda tx: self._announced(tx, holder, [(sha256, size)], now))
        standing = await self._standing(holder, found)
        if standing.complete:
            return MaterialState(sha256, found.size, found.size, complete=True)
        reached = await self._append(holder, sha256, size, offset, chunks)
        return MaterialState(sha256, size, reached, complete=reached == size)

    async def give_material(self, system: str, sha256: str, offset: int = 0) -> tuple[int, AsyncIterator[bytes]]:
        """Return size and bytes of a file this system uploaded or that belongs to one of its cases.

        Raises:
            GatewayError: MATERIAL_UNKNOWN.
        """

        def may_read(tx: Transaction) -> bool:
            own = possessions.find(tx, possessions.of_system(system), sha256)
            return (
                system == OPERATOR
                or (own is not None and own.complete)
                or possessions.in_cases_of_system(tx, system, sha256)
            )

        if not await self.database.read(may_read) or not await self.files.has(sha256):
            raise GatewayError(Reason.MATERIAL_UNKNOWN)
        return await self.files.size(sha256), self.files.open_range(sha256, offset)

    async def check_materials(self, caller: str, manifest: Manifest) -> tuple[MaterialStanding, ...]:
        """Note what a partner is about to upload for a case, and tell what is there already.

        Refused before any byte moves if the case would be refused later.

        Raises:
            GatewayError: CASE_NUMBER, OUTSIDE_AGREEMENT, ITEM_NOT_PUBLISHED, NOT_A_PARTY, MATERIAL_TOO_LARGE,
                MATERIAL_QUOTA, PARTNER_PAUSED.
        """
        now = self.clock()
        rooms = self.taking_in()
        partner = rooms.partners.of(caller)
        limit = min(self.largest, partner.limits.largest_material) if partner else self.largest
        if any(size > limit for _, size in manifest.files):
            raise GatewayError(Reason.MATERIAL_TOO_LARGE, limit=limit)
        holder = possessions.of_partner(caller, manifest.case_id)

        def announce(tx: Transaction) -> list[possessions.Possession]:
            row = cases.find(tx, manifest.case_id)
            if row.partner != caller if row else is_of_another(manifest.case_id, caller):
                # Nobody learns from the reason whether a case of others is here.
                raise GatewayError(Reason.NOT_A_PARTY)
            if row is None:
                permitted = rooms.new_cases.permit_opening(
                    caller,
                    manifest.case_id,
                    item=manifest.basic_code,
                    mode=manifest.mode,
                    origin=manifest.origin_division,
                    handler=manifest.handler_division,
                    now=now,
                )
                rooms.new_cases.need_listed(tx, permitted, manifest.basic_code, manifest.handler_division, now)
            return self._announced(tx, holder, manifest.files, now)

        held = await self.database.write(announce)
        return tuple([await self._standing(holder, possession) for possession in held])

    async def put_material(
        self, caller: str, case_id: str, sha256: str, offset: int, chunks: AsyncIterator[bytes]
    ) -> MaterialStanding:
        """Take bytes of a partner for a file it announced for this case.

        Raises:
            GatewayError: MATERIAL_NOT_OF_CASE, MATERIAL_OFFSET, MATERIAL_DIGEST, DISK_LOW, DISK_FULL.
        """
        holder = possessions.of_partner(caller, case_id)
        found = await self.database.read(lambda tx: possessions.find(tx, holder, sha256))
        if found is None:
            raise GatewayError(Reason.MATERIAL_NOT_OF_CASE)
        standing = await self._standing(holder, found)
        if standing.complete:
            return standing
        reached = await self._append(holder, sha256, found.size, offset, chunks)
        return MaterialStanding(sha256, reached == found.size, reached, found.held_until)

    async def get_material(self, caller: str, case_id: str, sha256: str, offset: int) -> AsyncIterator[bytes]:
        """Return the bytes of a file of a case from an offset on; only for the other party to that case.

        Raises:
            GatewayError: NOT_A_PARTY, MATERIAL_NOT_OF_CASE, MATERIAL_OFFSET.
        """
        now = self.clock()

        def permit(tx: Transaction) -> int:
            row = cases.find(tx, case_id)
            if row is None or row.partner != caller:
                raise GatewayError(Reason.NOT_A_PARTY)
            size = possessions.size_in_case(tx, case_id, sha256)
            if size is None:
                raise GatewayError(Reason.MATERIAL_NOT_OF_CASE)
            audit.note(tx, now, f"region:{caller}", "material.read", case_id, detail=sha256)
            return size

        size = await self.database.write(permit)
        if offset > size:
            raise GatewayError(Reason.MATERIAL_OFFSET, offset=size)
        return self.files.open_range(sha256, offset)

    async def pull_material(
        self, partner: str, case_id: str, file: MaterialFile, chunks: Callable[[int], AsyncIterator[bytes]]
    ) -> bool:
        """Take bytes of a file that a partner owes us with an envelope; True when it is complete.

        Args:
            chunks: the bytes from an offset on; they may end early, and the next call goes on there.

        Raises:
            GatewayError: MATERIALS_MISSING when no byte came, MATERIAL_TOO_LARGE, MATERIAL_QUOTA, MATERIAL_DIGEST, DISK_LOW,
                DISK_FULL, or what `chunks` raises.
        """
        if file.size > self.largest:
            raise GatewayError(Reason.MATERIAL_TOO_LARGE, limit=self.largest)
        holder, now = possessions.of_partner(partner, case_id), self.clock()
        wanted = [(file.sha256, file.size)]
        [found] = await self.database.write(lambda tx: self._announced(tx, holder, wanted, now))
        standing = await self._standing(holder, found)
        if standing.complete:
            return True
        size, offset = file.size, standing.offset
        reached = await self._append(holder, file.sha256, size, offset, chunks(offset))
        if reached == offset:
            raise GatewayError(Reason.MATERIALS_MISSING, missing=file.sha256)
        return reached == size

    def _announced(
        self, tx: Transaction, holder: str, files: Sequence[tuple[str, int]], now: datetime
    ) -> list[possessions.Possession]:
        possessions.make_room(tx, holder, files, self.unclaimed, now)
        for sha256, size in files:
            possessions.announce(tx, holder, sha256, size, now, now + KEPT_WITHOUT_CASE)
        found = (possessions.find(tx, holder, sha256) for sha256, _ in files)
        return [possession for possession in found if possession]

    async def _append(self, holder: str, sha256: str, size: int, offset: int, chunks: AsyncIterator[bytes]) -> int:
        async def count() -> None:
            now = self.clock()
            until = now + KEPT_WITHOUT_CASE
            await self.database.write(lambda tx: possessions.complete(tx, holder, sha256, size, now, until))

        return await self.files.append(holder, sha256, size, offset, chunks, count)

    async def _standing(self, holder: str, found: possessions.Possession) -> MaterialStanding:
        if found.complete and await self.files.has(found.sha256):
            return MaterialStanding(found.sha256, True, found.size, found.held_until)
        if found.complete:
            await self.database.write(lambda tx: possessions.lost(tx, holder, found.sha256))
        offset = await self.files.offset(holder, found.sha256)
        if offset == found.size:
            # Whole, and not counted: the gateway died in between, or the store could not be written.
            offset = await self._counted(holder, found)
        return MaterialStanding(found.sha256, offset == found.size, offset, found.held_until)

    async def _counted(self, holder: str, found: possessions.Possession) -> int:
        try:
            return await self._append(holder, found.sha256, found.size, found.size, _nothing())
        except GatewayError as error:
            if error.reason not in (Reason.MATERIAL_DIGEST, Reason.MATERIAL_OFFSET):
                raise
            return 0  # it was dropped: begin anew


async def _nothing() -> AsyncIterator[bytes]:
    none: tuple[bytes, ...] = ()
    for chunk in none:
        yield chunk


def is_of_another(case_id: str, region: str) -> bool:
    """Whether a co-operation number was made by another gateway than that of `region`; False when it is none."""
    return not check_case_number(case_id) and gateway_of(case_id) != region
