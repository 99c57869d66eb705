"""Sample licences in a file of this machine, behind the same Protocol as a platform: for samples, drills and tests.

The file is read again whenever it changed, so that a licence can be revoked while a case is under way.  A file with a
mistake is a source that is down.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from gateway.case.code.licences import split_licence_id
from gateway.case.licence_verdicts import Holder, LicenceAnswer, Why
from gateway.flows.licences.look_up import HeldLicence, Wanted
from gateway.flows.licences.verify import Enquiry, LicenceSourceDown
from gateway.licences.file_marks import Mark, mark_of
from gateway.licences.licence_types import LicenceTypes
from gateway.licences.sample_file import SampleLicence, read_samples

SOURCE = "file"


class FileSource:
    """Answers from a file.

    Args:
        types: which types can be called up; None when that is not known.
        clock: aware UTC; decides whether `revoked_at` has come.
    """

    def __init__(self, path: Path, clock: Callable[[], datetime], types: LicenceTypes | None = None) -> None:
        self._path = path
        self._clock = clock
        self._types = types
        self._mark: Mark = None
        self._licences: dict[str, SampleLicence] | None = None

    def callable_types(self) -> frozenset[str] | None:
        """See `LicenceSource`."""
        return self._types.callable_types() if self._types else None

    async def verify(self, enquiry: Enquiry) -> LicenceAnswer | None:
        """See `LicenceSource`."""
        licences = await asyncio.to_thread(self._current)
        if licences is None:
            raise LicenceSourceDown(Why.SOURCE_FILE, SOURCE)
        licence = licences.get(enquiry.licence_id)
        return self._answer(licence, enquiry.holder) if licence else None

    async def held_by(self, wanted: Wanted) -> tuple[HeldLicence, ...]:
        """See `LicenceRegister`."""
        licences = await asyncio.to_thread(self._current)
        if licences is None:
            raise LicenceSourceDown(Why.SOURCE_FILE, SOURCE)
        return tuple(
            HeldLicence(one.id, split_licence_id(one.id).issuer, self._answer(one, wanted.holder))
            for one in licences.values()
            if one.holder_number == wanted.holder.number and split_licence_id(one.id).type_code == wanted.type_code
        )

    def _answer(self, licence: SampleLicence, holder: Holder) -> LicenceAnswer:
        state, since = licence.standing(self._clock())
        return LicenceAnswer(
            state=state,
            valid_from=licence.valid_from,
            valid_to=licence.valid_to,
            name=licence.name,
            holder_matches=holder.matches(licence.holder, licence.holder_number),
            source=SOURCE,
            since=since,
        )

    def _current(self) -> dict[str, SampleLicence] | None:
        mark = mark_of(self._path)
        if mark is None or mark != self._mark:
            licences, _ = read_samples(self._path)
            self._licences = None if licences is None else {one.id: one for one in licences}
            self._mark = mark
        return self._licences
