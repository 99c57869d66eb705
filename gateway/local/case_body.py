"""The shape of a case in canonical JSON, and the case it makes.

`form` is not here: its exact characters are cut out of the request (`canonical_in`).
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.case.model import (
    Agent,
    Applicant,
    Case,
    Channel,
    Contact,
    DeliveryWay,
    Item,
    LicenceCheck,
    LicenceReference,
    Material,
    MaterialFile,
    Mode,
    OfficePlace,
    Organisation,
    Paper,
    Person,
    ResultDelivery,
)
from gateway.local.fields import (
    Address,
    BasicCode,
    CaseNumber,
    Certificate,
    CertificateNumber,
    Count,
    Digest,
    DivisionCode,
    FileSize,
    Flag,
    ForeignNumber,
    HandlingCode,
    Id,
    LicenceIdentifier,
    Line,
    MediaType,
    Named,
    OptionalPhone,
    OptionalUscc,
    OwnNumber,
    PastMoment,
    PersonName,
    Phone,
    Positive,
    Short,
    ShortName,
    TaskCode,
    Uscc,
)

MOST_MATERIALS = 200
MOST_CONTACTS = 20


class Shape(BaseModel):
    """An object of the interface: nothing unknown in it."""

    model_config = ConfigDict(extra="forbid")


class ItemBody(Shape):
    """事项."""

    basic_code: BasicCode
    name: Named
    task_code: TaskCode = ""
    handling_item_code: HandlingCode = ""
    local_catalog_code: ForeignNumber = ""
    local_task_code: ForeignNumber = ""
    version: Count = 0

    def made(self) -> Item:
        """Return the item."""
        return Item(
            self.basic_code,
            self.name,
            self.task_code,
            self.handling_item_code,
            self.local_catalog_code,
            self.local_task_code,
            self.version,
        )


class PersonBody(Shape):
    """A natural person."""

    name: PersonName
    certificate_kind: Certificate
    certificate_number: CertificateNumber
    phone: OptionalPhone = ""
    address: Address = ""

    def made(self) -> Person:
        """Return the person."""
        return Person(self.name, self.certificate_kind, self.certificate_number, self.phone, self.address)


class PersonApplicant(PersonBody):
    """申请人: 自然人."""

    kind: Literal["person"]


class OrganisationApplicant(Shape):
    """申请人: 法人或其他组织."""

    kind: Literal["organisation"]
    name: Named
    uscc: Uscc
    legal_representative: PersonBody | None = None
    phone: OptionalPhone = ""
    address: Address = ""

    def made(self) -> Organisation:
        """Return the organisation."""
        head = self.legal_representative
        return Organisation(self.name, self.uscc, head.made() if head else None, self.phone, self.address)


class AgentBody(Shape):
    """代理人/经办人."""

    person: PersonBody
    authorisation_material_id: Short = ""

    def made(self) -> Agent:
        """Return the agent."""
        return Agent(self.person.made(), self.authorisation_material_id)


class ContactBody(Shape):
    """联系人."""

    name: ShortName
    phone: Phone


class FileBody(Shape):
    """An uploaded file; `sha256` is that of PUT /v1/materials/{sha256}."""

    sha256: Digest
    size: FileSize
    media_type: MediaType
    file_name: Named

    def made(self) -> MaterialFile:
        """Return the material file."""
        return MaterialFile(self.sha256, self.size, self.media_type, self.file_name)


class LicenceBody(Shape):
    """电子证照引用."""

    licence_id: LicenceIdentifier
    type_code: Named
    holder: Named
    use_cause: Line = ""
    check: Annotated[LicenceCheck, Field(description="Counts for nothing: the gateway verifies it itself.")] = (
        LicenceCheck.PENDING
    )
    checked_at: PastMoment | None = None

    def made(self) -> LicenceReference:
        """Return the licence reference."""
        return LicenceReference(
            self.licence_id, self.type_code, self.holder, self.use_cause, self.check, self.checked_at
        )


class PaperBody(Shape):
    """纸质材料."""

    originals: Count = 0
    copies: Count = 0
    carrier: Line = ""
    tracking_number: ForeignNumber = ""

    def made(self) -> Paper:
        """Return the paper."""
        return Paper(self.originals, self.copies, self.carrier, self.tracking_number)


class MaterialBody(Shape):
    """材料: exactly one of `file`, `licence` and `paper`."""

    material_id: Id
    name: Named
    list_code: ForeignNumber = ""
    original_seen: Flag = False
    version: Positive = 1
    file: FileBody | None = None
    licence: LicenceBody | None = None
    paper: PaperBody | None = None

    def made(self) -> Material:
        """Return the material."""
        form = self.file or self.licence or self.paper
        assert form is not None, "canonical_in refuses a material without a form"
        return Material(self.material_id, self.name, form.made(), self.list_code, self.original_seen, self.version)


class OfficeBody(Shape):
    """收件地 or 业务属地."""

    division: DivisionCode
    organisation: Line = ""
    uscc: OptionalUscc = ""
    window: Line = ""
    staff_number: ForeignNumber = ""

    def made(self) -> OfficePlace:
        """Return the office place."""
        return OfficePlace(self.division, self.organisation, self.uscc, self.window, self.staff_number)


class DeliveryBody(Shape):
    """How the applicant wants the result; by mail it needs recipient, phone and address."""

    way: DeliveryWay
    recipient: Line = ""
    phone: OptionalPhone = ""
    address: Address = ""

    def made(self) -> ResultDelivery:
        """Return the result delivery."""
        return ResultDelivery(self.way, self.recipient, self.phone, self.address)


class CaseBody(Shape):
    """One application (办件)."""

    origin_number: OwnNumber
    item: ItemBody
    mode: Mode
    channel: Channel = Channel.WINDOW
    summary: Line = ""
    applicant: Annotated[PersonApplicant | OrganisationApplicant, Field(discriminator="kind")]
    agent: AgentBody | None = None
    contacts: Annotated[tuple[ContactBody, ...], Field(max_length=MOST_CONTACTS)] = ()
    form: Annotated[dict[str, Any], Field(description="The exact characters are kept; at most 256 KiB, depth 16.")]
    materials: Annotated[tuple[MaterialBody, ...], Field(max_length=MOST_MATERIALS)] = ()
    origin: OfficeBody
    handler: OfficeBody
    delivery: DeliveryBody
    received_at_window: PastMoment
    joint_parent: CaseNumber = ""

    def made(self, form_json: str) -> Case:
        """Return the case, still without a co-operation number."""
        applicant: Applicant = self.applicant.made()
        return Case(
            number="",
            origin_number=self.origin_number,
            item=self.item.made(),
            mode=self.mode,
            applicant=applicant,
            form_json=form_json,
            origin=self.origin.made(),
            handler=self.handler.made(),
            delivery=self.delivery.made(),
            received_at_window=self.received_at_window,
            channel=self.channel,
            summary=self.summary,
            agent=self.agent.made() if self.agent else None,
            contacts=tuple(Contact(contact.name, contact.phone) for contact in self.contacts),
            materials=tuple(material.made() for material in self.materials),
            joint_parent=self.joint_parent,
        )
