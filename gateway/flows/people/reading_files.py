"""People look at the files of a case: only of cases of their place and side, in streams, and every look is in the audit."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.model import Material, MaterialFile, files_among
from gateway.case.reasons import Reason
from gateway.case.staff import Person
from gateway.flows.act import OPERATOR
from gateway.flows.look import CaseView, Looking
from gateway.flows.people.seeing_cases import may_see
from gateway.store import audit
from gateway.store.database import Database
from gateway.store.files import MaterialFiles

HEAD_BYTES = 4096
"""What is read of a file to tell what it is."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A file of a case that somebody may read.

    Attributes:
        title: of the material or document it is.
        head: its first bytes, at most `HEAD_BYTES`.
    """

    file: MaterialFile
    title: str
    head: bytes


@dataclass(frozen=True, slots=True)
class ReadingFiles:
    """The flows, bound to one gateway."""

    database: Database
    files: MaterialFiles
    looking: Looking
    clock: Callable[[], datetime]

    async def find(self, person: Person, case_id: str, sha256: str) -> CaseFile:
        """Return a file of a case, without noting anything: nothing of it is shown yet.

        Raises:
            GatewayError: CASE_UNKNOWN, also for a case of another place or side; MATERIAL_UNKNOWN for a file that is not
                the case's, or is not here; CONTENT_REMOVED.
        """
        view = await self.looking.look_at_case(OPERATOR, case_id)
        if not may_see(person, view.row):
            raise GatewayError(Reason.CASE_UNKNOWN)
        found = {file.sha256: (file, title) for file, title in files_of(view)}
        if sha256 not in found or not await self.files.has(sha256):
            raise GatewayError(Reason.MATERIAL_UNKNOWN)
        file, title = found[sha256]
        return CaseFile(file, title, await self._head(sha256))

    async def read(self, person: Person, case_id: str, found: CaseFile, *, download: bool) -> AsyncIterator[bytes]:
        """Note that somebody looks at a file, or downloads it; return its bytes."""
        now, actor = self.clock(), f"person:{person.person_id}"
        act, sha256 = "material.downloaded" if download else "material.viewed", found.file.sha256
        await self.database.write(lambda tx: audit.note(tx, now, actor, act, case_id, detail=sha256))
        return self.files.open_range(sha256)

    async def _head(self, sha256: str) -> bytes:
        chunks = self.files.open_range(sha256, 0, HEAD_BYTES)
        async for chunk in chunks:
            return chunk[:HEAD_BYTES]
        return b""


def files_of(view: CaseView) -> list[tuple[MaterialFile, str]]:
    """Return every file of a case with the title of what it is: materials in all versions, and documents of events."""
    found = [(file, one.name) for one in view.case.materials for file in _file_of(one)]
    for seen in view.events:
        if seen.event is None:
            continue
        titles = {one.file.sha256: one.title for one in seen.event.documents if one.file}
        for material in getattr(seen.event.happening, "materials", ()):
            titles |= {file.sha256: material.name for file in _file_of(material)}
        found += [(file, titles.get(file.sha256, file.file_name)) for file in seen.event.files()]
    return found


def _file_of(material: Material) -> tuple[MaterialFile, ...]:
    return files_among((material,))
