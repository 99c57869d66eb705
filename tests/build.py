"""Values that are right by default; a test overrides the one thing it is about by keyword.

The sample case: a resident of 利川 asks at a window in 黔江 for a social-security card; every person is synthetic.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from gateway.case import events as ev
from gateway.case import kinds, model
from gateway.case.code.identifiers import CertificateKind
from gateway.case.code.numbers import make_case_number
from gateway.case.errors import FieldFinding
from gateway.case.item import definition as items
from gateway.case.item.codes import ExerciseLevel
from gateway.case.reasons import Answer, Place, Reason
from gateway.case.texts import Text
from gateway.wire import envelope as wire

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
"""10:00 on a Tuesday in Asia/Shanghai."""

ENSHI = "422800"
QIANJIANG = "500114"
XIANGXI = "433100"
LICHUAN = "422802"
USCC = "11422800MB0T00015R"
BASIC_CODE = "002014020000"

FORM = '{"持卡人姓名":"向小满","换领原因":"损坏","金额":12.50,"流水号":90071992547409931234,"附注":[]}'
"""A form with a number beyond 2^53 and one whose last zero counts."""


def an_id(n: int = 1) -> str:
    """The n-th sample id: a UUIDv7 in text form; a greater n sorts later."""
    head = f"{0x019AB0000000 + n:012x}"
    return f"{head[:8]}-{head[8:]}-7000-8000-{n:012x}"


def a_case_number(n: int = 1, gateway: str = QIANJIANG, now: datetime = NOW) -> str:
    """The n-th sample co-operation number of a gateway, with its check character."""
    halves = list(divmod(n, 31**6))
    return make_case_number(gateway, now, lambda _: halves.pop(0))


def a_digest(content: bytes = b"a sample file") -> str:
    """SHA-256 of the content, 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def an_item(**changes: Any) -> model.Item:
    """社会保障卡申领, with its national basic code only."""
    return replace(model.Item(basic_code=BASIC_CODE, name="社会保障卡申领、补领、换领、换发"), **changes)


def a_person(**changes: Any) -> model.Person:
    """A resident with a valid synthetic identity number."""
    person = model.Person(
        "向小满", CertificateKind.RESIDENT_ID, "422801199001010026", "13900000000", "利川市东城街道示例路 1 号"
    )
    return replace(person, **changes)


def an_organisation(**changes: Any) -> model.Organisation:
    """A company with a valid sample USCC and its legal representative."""
    return replace(model.Organisation("利川示例茶业有限公司", "91370406L24894136J", a_person()), **changes)


def an_agent(**changes: Any) -> model.Agent:
    """Somebody who acts for the applicant, with a power of attorney."""
    agent = model.Agent(a_person(name="覃远山", certificate_number="422801199001010018"), "m2")
    return replace(agent, **changes)


def a_contact(**changes: Any) -> model.Contact:
    """Somebody staff may call."""
    return replace(model.Contact("田晓禾", "0718-0000000"), **changes)


def a_file(content: bytes = b"a sample file", **changes: Any) -> model.MaterialFile:
    """An electronic file with this content."""
    return replace(model.MaterialFile(a_digest(content), len(content), "image/jpeg", "照片.jpg"), **changes)


def a_licence(**changes: Any) -> model.LicenceReference:
    """An electronic licence that was looked up and found in force."""
    licence = model.LicenceReference(
        "1.2.156.3005.2.11422800MB0T00015R001.11422800MB0T00015R.20230000001.001.R",
        "11422800MB0T00015R001",
        "向小满",
        "社会保障卡换领",
        model.LicenceCheck.VALID,
        NOW,
    )
    return replace(licence, **changes)


def a_paper(**changes: Any) -> model.Paper:
    """One original, kept at the window."""
    return replace(model.Paper(originals=1, copies=0), **changes)


def a_material(material_id: str = "m1", form: model.MaterialForm | None = None, **changes: Any) -> model.Material:
    """A material; an electronic file unless another form is given."""
    return replace(model.Material(material_id, "一寸免冠照片", form or a_file(), "A001"), **changes)


def a_place(division: str = "500114000000", **changes: Any) -> model.OfficePlace:
    """The window that took the application."""
    place = model.OfficePlace(division, "黔江区政务服务中心", "11440232MB2D06811W", "跨省通办窗口", "QJ0012")
    return replace(place, **changes)


def a_delivery(**changes: Any) -> model.ResultDelivery:
    """By mail to the applicant."""
    delivery = model.ResultDelivery(model.DeliveryWay.MAIL, "向小满", "13900000000", "重庆市黔江区示例街 8 号")
    return replace(delivery, **changes)


def a_case(number: str | None = None, **changes: Any) -> model.Case:
    """黔江 takes an application that 利川 decides: a person, a form, a file, a licence and a paper."""
    case = model.Case(
        number=number or a_case_number(),
        origin_number="QJ-2026-000001",
        item=an_item(),
        mode=model.Mode.ENTRUSTED,
        applicant=a_person(),
        form_json=FORM,
        origin=a_place(),
        handler=model.OfficePlace("422802000000"),
        delivery=a_delivery(),
        received_at_window=NOW - timedelta(minutes=5),
        summary="社会保障卡损坏换领",
        contacts=(a_contact(),),
        materials=(a_material("m1"), a_material("m2", a_licence()), a_material("m3", a_paper())),
    )
    return replace(case, **changes)


def a_definition(**changes: Any) -> items.ItemDefinition:
    """社会保障卡, as 恩施州 demands it: one photograph, a form with a reason, ten working days."""
    definition = items.ItemDefinition(
        basic_code=BASIC_CODE,
        name="社会保障卡申领、补领、换领、换发",
        division=ENSHI,
        version=1,
        item_type=BASIC_CODE[2:4],
        exercise_level=ExerciseLevel.PREFECTURE,
        case_type=items.CaseType.PROMISED,
        valid_from=date(2026, 1, 1),
        acceptance_levels=(ExerciseLevel.PREFECTURE, ExerciseLevel.COUNTY, ExerciseLevel.TOWN),
        service_objects=(items.ServiceObject.PERSON,),
        legal_bases=("《社会保险法》第五十八条",),
        modes=(model.Mode.ONLINE, model.Mode.ENTRUSTED, model.Mode.JOINT),
        ways=(items.Way.WINDOW, items.Way.WEB),
        online_depth=4,
        materials=(
            items.ItemMaterial(
                "A001", "一寸免冠照片", shape=items.MaterialShape.ELECTRONIC, standard="近六个月内, 白底"
            ),
        ),
        steps=(
            items.ItemStep(kinds.StepKind.ACCEPTANCE, "受理", items.TimeLimit(1)),
            items.ItemStep(kinds.StepKind.DECISION, "决定", items.TimeLimit(5)),
        ),
        legal_limit=items.TimeLimit(20),
        promised_limit=items.TimeLimit(10),
        visits=0,
        result_name="社会保障卡",
        result_kind=kinds.ResultKind.CERTIFICATE,
        office_hours="工作日 9:00-17:00",
        sample=True,
    )
    return replace(definition, **changes)


def a_full_definition(**changes: Any) -> items.ItemDefinition:
    """Every field differs from its default."""
    full = a_definition(
        task_code="114228000114400000300" + "0" * 10,
        handling_items=(items.HandlingItem("1" * 33, "申领"), items.HandlingItem("2" * 33)),
        local_catalog_code="511Z07001006",
        local_task_code="511Z07001006-1",
        department="恩施州人力资源和社会保障局",
        state=items.ItemState.PAUSED,
        acceptance_limit=items.TimeLimit(4, items.TimeUnit.HOUR),
        special_procedures=tuple(kinds.SuspensionKind),
        form_schema='{"type":"object"}',
        visits=1,
        visits_reason="核验原件",
        fee_charged=True,
        fee_basis="工本费 20 元",
        result_licence_type_code="1" * 21,
    )
    return replace(full, **changes)


def an_actor(**changes: Any) -> ev.Actor:
    """A handler's clerk in 利川."""
    return replace(ev.Actor("牟青", "422802000000", "LC0034", "利川市人力资源和社会保障局", USCC), **changes)


def a_document(**changes: Any) -> ev.Document:
    """The notice of acceptance, as a file."""
    document = ev.Document(
        kinds.DocumentKind.ACCEPTANCE_NOTICE,
        "受理通知书",
        "利人社受〔2026〕00123号",
        a_file(b"a notice", media_type="application/pdf", file_name="受理通知书.pdf"),
        date(2026, 11, 24),
    )
    return replace(document, **changes)


def a_deadline(**changes: Any) -> ev.Deadline:
    """The promised limit, in twenty days."""
    return replace(ev.Deadline(kinds.Clock.PROMISED, NOW + timedelta(days=20), "2026-CN-1"), **changes)


def a_requirement(**changes: Any) -> ev.Requirement:
    """A better photograph is asked for."""
    return replace(ev.Requirement("r1", "请重新提交近六个月内的一寸免冠照片", "m1", "A001"), **changes)


HAPPENINGS: dict[type[ev.Happening], Callable[[], ev.Happening]] = {
    ev.ReceivedByHandler: lambda: ev.ReceivedByHandler("LC20261124-17"),
    ev.Accepted: lambda: ev.Accepted("利人社受〔2026〕00123号", "LC20261124-17", date(2026, 12, 22)),
    ev.NotAccepted: lambda: ev.NotAccepted("《社会保险法》第五十八条", "恩施州人力资源和社会保障局"),
    ev.SupplementRequested: lambda: ev.SupplementRequested((a_requirement(),), NOW + timedelta(days=10)),
    ev.Supplemented: lambda: ev.Supplemented((a_material("m1", a_file(b"a better photo"), version=2),), FORM, ("r1",)),
    ev.StepDone: lambda: ev.StepDone(kinds.StepKind.REVIEW, "审核", NOW - timedelta(hours=1), NOW, "材料齐全"),
    ev.Suspended: lambda: ev.Suspended(kinds.SuspensionKind.APPRAISAL, 15, "利人社特〔2026〕3号"),
    ev.Resumed: lambda: ev.Resumed("鉴定合格"),
    ev.Extended: lambda: ev.Extended(10, "局长 冉明", "利人社延〔2026〕2号"),
    ev.Decided: lambda: ev.Decided(
        kinds.Decision.GRANTED,
        "利人社许〔2026〕00017号",
        kinds.ResultKind.CERTIFICATE,
        "社会保障卡",
        "A00000001",
        date(2026, 11, 24),
        date(2036, 11, 23),
    ),
    ev.Returned: lambda: ev.Returned(supplement_overdue=True),
    ev.Voided: ev.Voided,
    ev.Withdrawn: ev.Withdrawn,
    ev.ResultSent: lambda: ev.ResultSent(model.DeliveryWay.MAIL, "邮政特快专递", "1000000000001"),
    ev.Delivered: lambda: ev.Delivered(
        model.DeliveryWay.ORIGIN_WINDOW, "向小满", CertificateKind.RESIDENT_ID, "422801199001010026"
    ),
    ev.Evaluated: lambda: ev.Evaluated(kinds.Satisfaction.VERY_SATISFIED, kinds.Satisfaction.SATISFIED),
    ev.Note: lambda: ev.Note("请确认照片是否清晰"),
    ev.Referred: lambda: ev.Referred("湖北省人力资源和社会保障厅"),
    ev.HandledOffline: lambda: ev.HandledOffline(an_id(9)),
    ev.DeadlinePassed: lambda: ev.DeadlinePassed(kinds.Clock.NOTICE, NOW - timedelta(days=1)),
}
"""One right value of every kind of event."""


def a_happening(kind: type[ev.Happening], **changes: Any) -> ev.Happening:
    """A right value of this kind of event."""
    return replace(HAPPENINGS[kind](), **changes)


def an_event(happening: ev.Happening | type[ev.Happening] = ev.ReceivedByHandler, **changes: Any) -> ev.Event:
    """An event of this kind (or with this happening), with a reason, by the handler's clerk."""
    event = ev.Event(
        event_id=an_id(100),
        actor=an_actor(),
        occurred_at=NOW - timedelta(seconds=30),
        recorded_at=NOW,
        happening=a_happening(happening) if isinstance(happening, type) else happening,
        reason="按规定办理",
    )
    return replace(event, **changes)


def a_correction(happening: ev.Happening | type[ev.Happening] = ev.StepDone, **changes: Any) -> ev.Event:
    """An event that corrects the sample event."""
    correction = {"event_id": an_id(101), "corrects": an_id(100), "data_version": 2, "reason": "环节名称写错"}
    return an_event(happening, **{**correction, **changes})


def an_envelope(body: model.Case | ev.Event | None = None, **changes: Any) -> wire.Envelope:
    """黔江's envelope for 恩施州: the sample case, or the given body."""
    body = body or a_case()
    envelope = wire.Envelope(
        envelope_id=an_id(1000),
        sender=QIANJIANG,
        recipient=ENSHI,
        case_id=body.number if isinstance(body, model.Case) else a_case_number(),
        sequence=1 if isinstance(body, model.Case) else 2,
        sealed_at=NOW,
        expires_at=NOW + timedelta(days=15),
        body=body,
    )
    return replace(envelope, **changes)


def a_problem(**changes: Any) -> wire.Problem:
    """A case outside the agreement, refused for good."""
    problem = wire.Problem(
        reason=Reason.OUTSIDE_AGREEMENT.value,
        answer=Answer.FINAL,
        place=Place.THEIRS,
        cause=Text("不在协议范围内: 事项未约定", "outside the agreement: item not agreed"),
        fix=Text("核对双方的协议文件", "compare both sides' agreement files"),
        facts={"item": BASIC_CODE},
        findings=(a_finding(),),
    )
    return replace(problem, **changes)


def a_finding(path: str = "new_case.item.basic_code", **changes: Any) -> FieldFinding:
    """One thing wrong with what was sent."""
    finding = FieldFinding(
        path, Text("协议没有约定这个事项", "not agreed"), Text("先修订协议", "amend the agreement first")
    )
    return replace(finding, **changes)


def a_receipt(**changes: Any) -> wire.Receipt:
    """The sample envelope was accepted."""
    return replace(
        wire.Receipt(an_id(1000), hashlib.sha256(b"a payload").digest(), wire.Outcome.ACCEPTED, NOW), **changes
    )


def a_refusal(**changes: Any) -> wire.Receipt:
    """Another envelope was refused."""
    return a_receipt(**{"envelope_id": an_id(1001), "outcome": wire.Outcome.REFUSED, "refusal": a_problem(), **changes})


def a_log_head(**changes: Any) -> wire.LogHead:
    """The head of an evidence log with 42 entries."""
    return replace(wire.LogHead(an_id(7), 42, hashlib.sha256(b"root").digest()), **changes)


def a_batch(*receipts: wire.Receipt, **changes: Any) -> wire.ReceiptBatch:
    """恩施州's receipts for 黔江; the accepted sample receipt when none is given."""
    return replace(wire.ReceiptBatch(an_id(2000), ENSHI, QIANJIANG, NOW, receipts or (a_receipt(),)), **changes)


def an_answer(**changes: Any) -> wire.EnvelopeAnswer:
    """The receipt is in the first batch."""
    return replace(wire.EnvelopeAnswer(an_id(1000), receipt_batch_index=0), **changes)


def a_sealed(payload: bytes = b"a payload", **changes: Any) -> wire.Sealed:
    """Bytes with a signature that proves nothing."""
    kind = "application/vnd.tongban.exchange.v1.envelope+protobuf"
    return replace(wire.Sealed(payload, kind, (wire.Signature(b"\x01" * 64, "a-key-id"),)), **changes)
