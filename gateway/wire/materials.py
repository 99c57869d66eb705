"""Materials of a case on the wire: files, electronic licences, paper."""

from gateway.case.model import LicenceReference, Material, MaterialFile, MaterialForm, Paper
from gateway.wire import bounds
from gateway.wire.codes import LICENCE_CHECKS
from gateway.wire.gen.tongban.exchange.v1 import case_pb2 as pb
from gateway.wire.spot import Spot, number_fits, stamp_or_none, time_fits
from gateway.wire.texts import Texts

_STAND_IN = Paper(0, 0)
_MATERIAL = Texts(material_id=bounds.KEY, name=bounds.TITLE, list_code=bounds.OPTIONAL_CODE)
_FILE = Texts(media_type=bounds.MEDIA_TYPE, file_name=bounds.FILE_NAME)
_LICENCE = Texts(licence_id=bounds.LICENCE_ID, type_code=bounds.CODE, holder=bounds.TITLE, use_cause=bounds.TITLE)
_PAPER = Texts(carrier=bounds.OPTIONAL_TITLE, tracking_number=bounds.OPTIONAL_CODE)


def material_from_wire(wire: pb.Material, at: Spot) -> Material:
    """Read one document of a case."""
    material_id, name, list_code = _MATERIAL.read(wire, at)
    return Material(
        material_id=material_id,
        name=name,
        form=_form_from_wire(wire, at),
        list_code=list_code,
        original_seen=wire.original_seen,
        version=at.number("version", wire.version, bounds.COUNT_FROM_ONE),
    )


def material_fits(material: Material) -> bool:
    """Whether one document of a case reads; False where only a reader can tell."""
    return (
        _MATERIAL.fit(material) and number_fits(material.version, bounds.COUNT_FROM_ONE) and _form_fits(material.form)
    )


def material_to_wire(material: Material) -> pb.Material:
    """Write one document of a case."""
    form = material.form
    return pb.Material(
        material_id=material.material_id,
        list_code=material.list_code,
        name=material.name,
        file=file_to_wire(form) if isinstance(form, MaterialFile) else None,
        licence=licence_to_wire(form) if isinstance(form, LicenceReference) else None,
        paper=paper_to_wire(form) if isinstance(form, Paper) else None,
        original_seen=material.original_seen,
        version=material.version,
    )


def _form_from_wire(wire: pb.Material, at: Spot) -> MaterialForm:
    which = wire.WhichOneof("form")
    if which == "file":
        return file_from_wire(wire.file, at.inside("file"))
    if which == "licence":
        return licence_from_wire(wire.licence, at.inside("licence"))
    if which == "paper":
        return paper_from_wire(wire.paper, at.inside("paper"))
    at.missing("form")
    return _STAND_IN


def _form_fits(form: MaterialForm) -> bool:
    if isinstance(form, MaterialFile):
        digest = bytes.fromhex(form.sha256)
        return len(digest) == bounds.SHA256_BYTES and number_fits(form.size, bounds.FILE_BYTES) and _FILE.fit(form)
    if isinstance(form, LicenceReference):
        return _LICENCE.fit(form) and (form.checked_at is None or time_fits(form.checked_at))
    return number_fits(form.originals, bounds.COPIES) and number_fits(form.copies, bounds.COPIES) and _PAPER.fit(form)


def file_from_wire(wire: pb.MaterialFile, at: Spot) -> MaterialFile:
    """Read an electronic file; the digest becomes 64 hex digits."""
    media_type, file_name = _FILE.read(wire, at)
    return MaterialFile(
        sha256=at.digest("sha256", wire.sha256).hex(),
        size=at.number("size", wire.size, bounds.FILE_BYTES),
        media_type=media_type,
        file_name=file_name,
    )


def file_to_wire(file: MaterialFile) -> pb.MaterialFile:
    """Write an electronic file.  Raises ValueError for a digest that is no hex."""
    return pb.MaterialFile(
        sha256=bytes.fromhex(file.sha256), size=file.size, media_type=file.media_type, file_name=file.file_name
    )


def licence_from_wire(wire: pb.LicenceReference, at: Spot) -> LicenceReference:
    """Read a reference to an electronic licence."""
    licence_id, type_code, holder, use_cause = _LICENCE.read(wire, at)
    return LicenceReference(
        licence_id=licence_id,
        type_code=type_code,
        holder=holder,
        use_cause=use_cause,
        check=at.code("check", wire.check, LICENCE_CHECKS),
        checked_at=at.time_or_none("checked_at", wire),
    )


def licence_to_wire(licence: LicenceReference) -> pb.LicenceReference:
    """Write a reference to an electronic licence."""
    return pb.LicenceReference(
        licence_id=licence.licence_id,
        type_code=licence.type_code,
        holder=licence.holder,
        use_cause=licence.use_cause,
        check=LICENCE_CHECKS.to_wire(licence.check),
        checked_at=stamp_or_none(licence.checked_at),
    )


def paper_from_wire(wire: pb.Paper, at: Spot) -> Paper:
    """Read a document on paper."""
    carrier, tracking_number = _PAPER.read(wire, at)
    return Paper(
        originals=at.number("originals", wire.originals, bounds.COPIES),
        copies=at.number("copies", wire.copies, bounds.COPIES),
        carrier=carrier,
        tracking_number=tracking_number,
    )


def paper_to_wire(paper: Paper) -> pb.Paper:
    """Write a document on paper."""
    return pb.Paper(
        originals=paper.originals, copies=paper.copies, carrier=paper.carrier, tracking_number=paper.tracking_number
    )
