"""Licences at the window: an application or a supplement leaves with what this gateway verified, not with what was claimed.

1 identifiers   ours strictly, theirs by their structure; the type has to be that of the identifier    else BAD_REQUEST
2 verify        see `verify_licences`
3 refuse        what is not valid, each licence by its name and date                                   LICENCE_INVALID
4 stamp         outcome and time of the others go into the case before it is sealed; a claim of the caller counts for nothing
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from gateway.case.code.licences import licence_id_problems, own_licence_id_problems, split_licence_id
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.model import Case, LicenceCheck, LicenceReference, Material
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.flows.licences.verify import Checked, Verifying, all_said, invalid_findings, licences_among

_UPLOAD = Text("请申请人提供有效证照, 或改为上传文件", "ask for a licence in force, or upload a file instead")
_COMPARE = Text(
    "对照电子证照核对后改正, 或改为上传文件", "compare it with the licence and correct it, or upload a file"
)
_ANOTHER_TYPE = Text(
    "证照类型与证照标识中的类型段不一致", "the type is not the one that the identifier of the licence names"
)


@dataclass(frozen=True, slots=True)
class LicencesAtWindow:
    """The steps, bound to one gateway."""

    verifying: Verifying

    def callable_types(self) -> frozenset[str] | None:
        """Return the types that can be looked up; None when that is not known."""
        return self.verifying.callable_types()

    def need_identifiers(self, materials: Sequence[Material]) -> None:
        """Refuse identifiers that are wrong.

        Raises:
            GatewayError: BAD_REQUEST with every one of them.
        """
        found = tuple(self._identifier_findings(materials))
        if found:
            raise GatewayError(Reason.BAD_REQUEST, findings=found, count=len(found))

    async def verify(self, case: Case, materials: Sequence[Material]) -> tuple[Checked, ...]:
        """Return every licence among `materials` with its verdict."""
        return await self.verifying.verify(case, materials)

    def _identifier_findings(self, materials: Sequence[Material]) -> Iterator[FieldFinding]:
        for position, _, reference in licences_among(materials):
            path = f"materials[{position}].licence"
            problems = own_licence_id_problems(reference.licence_id, self.verifying.region, self.verifying.divisions)
            for problem in problems:
                yield FieldFinding(f"{path}.licence_id", problem.text, _COMPARE)
            if licence_id_problems(reference.licence_id):
                continue
            if reference.type_code != split_licence_id(reference.licence_id).type_code:
                yield FieldFinding(f"{path}.type_code", _ANOTHER_TYPE, _COMPARE)


def need_valid(checks: Iterable[Checked], lacking: GatewayError | None = None) -> None:
    """Refuse licences that are not valid, together with what else a case lacks.

    Args:
        lacking: REQUIREMENTS_NOT_MET, when form or materials fall short as well.

    Raises:
        GatewayError: LICENCE_INVALID; REQUIREMENTS_NOT_MET with everything when something was lacking.
    """
    found = invalid_findings(checks, _UPLOAD)
    if lacking:
        both = (*lacking.findings, *found)
        raise GatewayError(lacking.reason, findings=both, **lacking.facts | {"count": len(both)})
    if found:
        raise GatewayError(Reason.LICENCE_INVALID, findings=found, detail=all_said(found))


def stamped(materials: Sequence[Material], checks: Iterable[Checked]) -> tuple[Material, ...]:
    """Return the materials with what was verified in place of what was claimed; the use cause is there in any case."""
    by_position = {one.position: one for one in checks}
    return tuple(
        _stamped(material, by_position[position]) if position in by_position else material
        for position, material in enumerate(materials)
    )


def unverified(materials: Sequence[Material]) -> tuple[Material, ...]:
    """Return the materials with every licence as one that nobody looked at."""
    return tuple(
        replace(one, form=replace(one.form, check=LicenceCheck.PENDING, checked_at=None))
        if isinstance(one.form, LicenceReference)
        else one
        for one in materials
    )


def _stamped(material: Material, one: Checked) -> Material:
    check = one.verdict.check
    at = one.at if check is not LicenceCheck.PENDING else None
    return replace(material, form=replace(one.reference, check=check, checked_at=at, use_cause=one.use_cause))
