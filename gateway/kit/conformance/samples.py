"""What the checks send: cases and events that nobody can take for real ones.

The applicant's name says that it is a test, the identity number is a published sample, and every note says what to do
with the case: nothing.
"""

from datetime import datetime, timedelta

from gateway.case import events as ev
from gateway.case.code.identifiers import CertificateKind
from gateway.case.model import (
    Case,
    DeliveryWay,
    Item,
    Material,
    MaterialFile,
    OfficePlace,
    Person,
    ResultDelivery,
)
from gateway.kit.conformance.identity import Ground

NOWHERE = "999999"
"""A gateway code no region has (GB/T 2260), so that nothing made under it can be taken for real."""
NAME = "测试用例勿办"
NOTICE = "【对接测试】合格性测试用办件，请勿办理；测试结束时自动撤回。Conformance test, do not process."
FORM = '{"说明":"对接测试","金额":12.50,"流水号":90071992547409931234}'
SAMPLE_NUMBER = "422801199001010018"
WITHDRAWN_BECAUSE = "合格性测试结束"
_OFFICE = "对接测试窗口"


def sample_case(
    ground: Ground, number: str, origin_number: str, now: datetime, materials: tuple[Material, ...] = ()
) -> Case:
    """Return a test case under a co-operation number."""
    return Case(
        number=number,
        origin_number=origin_number,
        item=Item(ground.basic_code, ground.item.name),
        mode=ground.mode,
        applicant=Person(NAME, CertificateKind.RESIDENT_ID, SAMPLE_NUMBER),
        form_json=FORM,
        origin=OfficePlace(ground.origin_division, organisation=_OFFICE),
        handler=OfficePlace(ground.handler_division),
        delivery=ResultDelivery(DeliveryWay.ORIGIN_WINDOW),
        received_at_window=now - timedelta(minutes=1),
        summary=NOTICE,
        materials=materials,
    )


def sample_event(
    ground: Ground, event_id: str, happening: ev.Happening, now: datetime, reason: str = "对接测试"
) -> ev.Event:
    """Return an event of the testers' window."""
    actor = ev.Actor(_OFFICE, ground.origin_division, "TEST", _OFFICE)
    return ev.Event(event_id, actor, now - timedelta(seconds=1), now, happening, reason)


def sample_note(ground: Ground, event_id: str, now: datetime) -> ev.Event:
    """Return a note that says what it is for."""
    return sample_event(ground, event_id, ev.Note(NOTICE), now)


def sample_file(sha256: str, size: int) -> Material:
    """Return a material that is a file of this digest and size."""
    return Material("test-1", "对接测试文件", MaterialFile(sha256, size, "application/octet-stream", "test.bin"))
