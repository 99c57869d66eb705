"""Items (事项): what a region demands and promises for one thing people may apply for.

A definition is the same value wherever it comes from: a bureau's table, a partner's catalogue, the store.  It exists
once per item, place and version; a new version never overwrites an old one, and a case stays bound to the version
that was in force when the window received it.

Source: GB/T 39554.2-2020 (elements of an item), GB/T 39046-2020 annex A (code tables).

Leaves to others: what contradicts itself (`rules`), whether a case meets it (`requirements`), how two
definitions differ (`parity`), reading tables (`gateway.catalogue`).
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum, IntEnum

from gateway.case.item.codes import ExerciseLevel
from gateway.case.kinds import ResultKind, StepKind, SuspensionKind
from gateway.case.model import Mode

NATIONAL = "00"
LICENSING = "01"
"""Item type 行政许可: 行政许可法 binds these; other types follow the limits of their definition."""


class ItemState(Enum):
    """State of an item version: 在用, 暂停, 取消."""

    IN_USE = "in_use"
    PAUSED = "paused"
    CANCELLED = "cancelled"


class CaseType(IntEnum):
    """办件类型 (GB/T 39046-2020 A.6)."""

    IMMEDIATE = 1
    """即办件"""
    PROMISED = 2
    """承诺件"""
    OTHER = 9


class ServiceObject(IntEnum):
    """服务对象 (GB/T 39046-2020 A.4)."""

    PERSON = 1
    ENTERPRISE = 2
    INSTITUTION = 3
    SOCIAL_ORGANISATION = 4
    AGENCY = 5
    OTHER = 6


class Way(IntEnum):
    """办理形式 (GB/T 39046-2020 A.5)."""

    WINDOW = 1
    WEB = 2
    MOBILE = 3
    POST = 4
    OTHER = 9


class Need(IntEnum):
    """必要性: 必要, 非必要, 容缺后补."""

    REQUIRED = 1
    OPTIONAL = 2
    LATER = 3


class Source(IntEnum):
    """材料来源: 申请人自备, 政府部门核发, 其他."""

    APPLICANT = 10
    GOVERNMENT = 20
    OTHER = 99


class MaterialShape(IntEnum):
    """材料形式: 纸质, 电子, 均可."""

    PAPER = 1
    ELECTRONIC = 2
    EITHER = 3


class MaterialKind(IntEnum):
    """材料类型: 证件证书证明, 申请表格文书, 其他."""

    CERTIFICATE = 1
    APPLICATION = 2
    OTHER = 3


class TimeUnit(Enum):
    """Unit of a limit; never converted."""

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    HOUR = "hour"


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """A span with its unit; `amount` 0 means at once (即办)."""

    amount: int
    unit: TimeUnit = TimeUnit.WORKING_DAY


@dataclass(frozen=True, slots=True)
class HandlingItem:
    """业务办理项: a 33-character code and its name."""

    code: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class ItemMaterial:
    """One material an item demands.

    Attributes:
        list_code: code within the item, up to 50 characters; what a case's material quotes.
        originals, copies: how many on paper.
        standard: 受理标准, in words.
        licence_type_code: type (21 characters, GB/T 36904) of the electronic licence that may stand in for it.
    """

    list_code: str
    name: str
    need: Need = Need.REQUIRED
    source: Source = Source.APPLICANT
    shape: MaterialShape = MaterialShape.EITHER
    originals: int = 0
    copies: int = 0
    standard: str = ""
    licence_type_code: str = ""
    kind: MaterialKind = MaterialKind.OTHER


@dataclass(frozen=True, slots=True)
class ItemStep:
    """One step (环节) of the process, with its own limit where it has one."""

    kind: StepKind
    name: str
    limit: TimeLimit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDefinition:
    """What one region demands and promises for one item, in one version.

    Attributes:
        basic_code: 12 characters (GB/T 39554.1-2020).
        division: where it holds, 6 or 12 digits; a division covers everything in it, the narrowest definition wins.
        version: from 1.
        item_type: 2 digits (GB/T 39046-2020 A.1).
        acceptance_levels: every level at which it may be handed in (受理层级, 州县乡村).
        form_schema: JSON Schema text of the form (`gateway.case.form.schema`), empty when the form is free.
        online_depth: 网办深度 1 to 4, 0 when not stated.
        visits: times the applicant has to come (到办事现场次数); None when not stated.
        valid_from: first day of this version, Asia/Shanghai.
        sample: 示例, binds nobody.
    """

    basic_code: str
    name: str
    division: str
    version: int
    item_type: str
    exercise_level: ExerciseLevel
    case_type: CaseType
    valid_from: date
    task_code: str = ""
    handling_items: tuple[HandlingItem, ...] = ()
    local_catalog_code: str = ""
    local_task_code: str = ""
    department: str = ""
    state: ItemState = ItemState.IN_USE
    acceptance_levels: tuple[ExerciseLevel, ...] = ()
    service_objects: tuple[ServiceObject, ...] = ()
    legal_bases: tuple[str, ...] = ()
    modes: tuple[Mode, ...] = ()
    ways: tuple[Way, ...] = ()
    online_depth: int = 0
    materials: tuple[ItemMaterial, ...] = ()
    form_schema: str = ""
    steps: tuple[ItemStep, ...] = ()
    legal_limit: TimeLimit | None = None
    promised_limit: TimeLimit | None = None
    acceptance_limit: TimeLimit | None = None
    special_procedures: tuple[SuspensionKind, ...] = ()
    visits: int | None = None
    visits_reason: str = ""
    fee_charged: bool = False
    fee_basis: str = ""
    result_name: str = ""
    result_kind: ResultKind = ResultKind.OTHER
    result_licence_type_code: str = ""
    office_hours: str = ""
    sample: bool = False

    @property
    def key(self) -> str:
        """What names the item within its region, in every version: basic code, division, task code."""
        return f"{self.basic_code}/{self.division[:6] if not self.division[6:].strip('0') else self.division}/{self.task_code}"

    @property
    def is_licensing(self) -> bool:
        """Whether 行政许可法 binds it."""
        return self.item_type == LICENSING
