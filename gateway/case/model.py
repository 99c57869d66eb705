"""The case (办件): one application as the origin took it.

Values are frozen.  A value that exists need not be well-formed yet: the doors find everything
wrong with a case at once.  Units: sizes in bytes, times in UTC with zone, divisions as 6 or 12 digits (GB/T 2260).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from gateway.case.code.identifiers import CertificateKind


class Mode(Enum):
    """How two regions share the work on a case (国办发〔2020〕35号)."""

    ONLINE = "online"
    ENTRUSTED = "entrusted"
    JOINT = "joint"


class Channel(Enum):
    """Where the application came in (GB/T 39046-2020 A.5)."""

    WINDOW = "window"
    WEB = "web"
    MOBILE = "mobile"
    POST = "post"
    TERMINAL = "terminal"
    OTHER = "other"


class DeliveryWay(Enum):
    """How a result reaches the applicant."""

    ORIGIN_WINDOW = "origin_window"
    HANDLER_WINDOW = "handler_window"
    MAIL = "mail"
    ELECTRONIC = "electronic"


class LicenceCheck(Enum):
    """Outcome of looking an electronic licence up: 待核验, 有效, 无效."""

    PENDING = "pending"
    VALID = "valid"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Item:
    """What is applied for (事项, GB/T 39554.1-2020); only `basic_code` and `name` are always there."""

    basic_code: str
    name: str
    task_code: str = ""
    handling_item_code: str = ""
    local_catalog_code: str = ""
    local_task_code: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Person:
    """A natural person; the name keeps its original characters."""

    name: str
    certificate_kind: CertificateKind
    certificate_number: str
    phone: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Organisation:
    """A legal person or another organisation, by its USCC (GB 32100-2015)."""

    name: str
    uscc: str
    legal_representative: Person | None = None
    phone: str = ""
    address: str = ""


Applicant = Person | Organisation


@dataclass(frozen=True, slots=True)
class Agent:
    """Who acts for the applicant (代理人/经办人)."""

    person: Person
    authorisation_material_id: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody staff may call."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class MaterialFile:
    """An electronic file; `sha256` is 64 lower-case hex digits, `size` is in bytes."""

    sha256: str
    size: int
    media_type: str
    file_name: str


@dataclass(frozen=True, slots=True)
class LicenceReference:
    """A reference to an electronic licence (GB/T 36904-2018)."""

    licence_id: str
    type_code: str
    holder: str
    use_cause: str
    check: LicenceCheck = LicenceCheck.PENDING
    checked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """A document on paper."""

    originals: int
    copies: int
    carrier: str = ""
    tracking_number: str = ""


MaterialForm = MaterialFile | LicenceReference | Paper


@dataclass(frozen=True, slots=True)
class Material:
    """One document of a case; `material_id` is stable, `version` grows when it is replaced."""

    material_id: str
    name: str
    form: MaterialForm
    list_code: str = ""
    original_seen: bool = False
    version: int = 1


@dataclass(frozen=True, slots=True)
class OfficePlace:
    """An office that takes part in a case."""

    division: str
    organisation: str = ""
    uscc: str = ""
    window: str = ""
    staff_number: str = ""


@dataclass(frozen=True, slots=True)
class ResultDelivery:
    """How the applicant wants the result."""

    way: DeliveryWay
    recipient: str = ""
    phone: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One application as the origin took it; everything later is an event.

    Attributes:
        number: co-operation number (协同编号), quoted by both sides.
        origin_number: the origin's own number, never reformatted.
        form_json: exact JSON text of the form.
        received_at_window: when the window had received the application.
        joint_parent: co-operation number of the parent of a joint case, else empty.
    """

    number: str
    origin_number: str
    item: Item
    mode: Mode
    applicant: Applicant
    form_json: str
    origin: OfficePlace
    handler: OfficePlace
    delivery: ResultDelivery
    received_at_window: datetime
    channel: Channel = Channel.WINDOW
    summary: str = ""
    agent: Agent | None = None
    contacts: tuple[Contact, ...] = ()
    materials: tuple[Material, ...] = ()
    joint_parent: str = ""

    def numbered(self, number: str) -> "Case":
        """Return the same case under a co-operation number; at a third of what `replace` costs."""
        return Case(
            number,
            self.origin_number,
            self.item,
            self.mode,
            self.applicant,
            self.form_json,
            self.origin,
            self.handler,
            self.delivery,
            self.received_at_window,
            self.channel,
            self.summary,
            self.agent,
            self.contacts,
            self.materials,
            self.joint_parent,
        )

    def files(self) -> tuple[MaterialFile, ...]:
        """The file materials, in order; each digest once."""
        return files_among(self.materials)


def files_among(materials: tuple[Material, ...]) -> tuple[MaterialFile, ...]:
    """The file materials among `materials`, in order; each digest once."""
    found = {m.form.sha256: m.form for m in materials if isinstance(m.form, MaterialFile)}
    return tuple(found.values())
