"""Checks of chapter 4: a case is taken in once, and its receipt is proof."""

from datetime import timedelta

from gateway.case.texts import Text
from gateway.kit.conformance import receipts
from gateway.kit.conformance.check import Chapter
from gateway.kit.conformance.envelopes import Made, resealed, seal
from gateway.kit.conformance.expectations import must, must_accept, must_refuse, must_reject
from gateway.kit.conformance.session import OpenedCase, Session
from gateway.trust.keys import new_key
from gateway.trust.suites import KeyUse
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2

CHAPTER = Chapter(4, Text("接收与回执", "Taking in, and receipts"))
_FIRST = Text(
    "同一 (发送方, 信封编号) 同样的载荷, 永远答复第一次的整批回执, 一个字节不差",
    "the same (sender, envelope id) with the same payload gets the whole batch of its first receipt, byte for byte, for ever",
)
_KEEP = Text(
    "在接收的同一个事务里按 (发送方, 信封编号) 查; 存下签好的批次, 重复时原样发回",
    "look (sender, envelope id) up in the transaction that takes in; keep the sealed batch and send it again as it is",
)


@CHAPTER.check(
    1,
    Text("接收一件新办件, 版本号 1", "a new case is taken in as version 1"),
    demand=Text(
        "办件落盘后才答复; 办理地给新办件 case_version 1",
        "answered when the case is on disk; the handler gives a new case case_version 1",
    ),
    section="7, 8",
    mend=Text(
        "看拒收原因; 常见: 事项不在协议内、清单未发布该事项、伙伴文件暂停",
        "read the refusal: often the item is outside the agreement or not published, or the partner is paused",
    ),
)
async def _takes_in(s: Session) -> None:
    made = s.make(s.new_case())
    answer = await s.deliver_one(made)
    if not answer.is_accepted:
        s.no_case(str(answer))
    must_accept(answer)
    s.share(s.keep(made, answer))
    version = answer.receipt.case_version if answer.receipt and answer.receipt.HasField("case_version") else None
    must(version == 1, Text(f"回执的版本号是 {version}", f"the receipt has version {version}"))


@CHAPTER.check(
    2,
    Text("回执可以证明", "the receipt proves"),
    demand=Text(
        "签封类型、登记的密钥、签名、签发与接收地区、载荷摘要都对",
        "payload type, a registered key, the signature, issuer, sender and payload digest are right",
    ),
    section="5, 8",
    mend=Text("按第 17.3 节的算例核对每一步", "compare each step with the worked example of section 17.3"),
)
async def _receipt_proves(s: Session) -> None:
    case = await s.shared_case()
    batch = receipts.prove(
        case.answer.batch,
        issuer=s.target.region,
        sender=s.identity.region,
        keys=s.keys.keys_of(s.target.region),
        now=s.world.clock(),
    )
    receipts.match(batch, s.payloads)


@CHAPTER.check(
    3, Text("重复发送得到同一批回执", "sent again, it gets the same batch"), demand=_FIRST, section="8", mend=_KEEP
)
async def _same_again(s: Session) -> None:
    case = await s.shared_case()
    again = await s.deliver_one(case.opening)
    must(
        again.batch == case.answer.batch,
        Text(f"第二次的答复不同: {again}", f"the second answer is another one: {again}"),
    )


@CHAPTER.check(
    4,
    Text("重复的和新的混在一次调用里", "repeated and new ones in one call"),
    demand=Text(
        "每个信封按请求次序各有一条答复; 重复的指向它的第一批, 新的在新的一批",
        "one answer per envelope in the order of the request; a repeat points at its first batch, the new are in a new one",
    ),
    section="8",
    mend=_KEEP,
)
async def _same_among_new(s: Session) -> None:
    case = await s.shared_case()
    new = s.make_note(case)
    answers = await s.deliver(case.opening, new)
    s.count(case, answers[1])
    must(
        answers[0].batch == case.answer.batch,
        Text(f"重复的得到 {answers[0]}", f"the repeat got {answers[0]}"),
    )
    must_accept(answers[1])
    must(
        answers[1].batch != answers[0].batch,
        Text("新的回执混在旧批次里", "the new receipt is said to be in the old batch"),
    )


@CHAPTER.check(
    5,
    Text("同一编号换了内容", "the same id with another payload"),
    demand=Text(
        "答 ENVELOPE_ID_CONFLICT, 不出回执, 不入库, 告警", "ENVELOPE_ID_CONFLICT: no receipt, nothing stored, alarmed"
    ),
    section="6, 8",
    mend=Text("比对已存的载荷摘要", "compare the payload's digest with the one that was stored"),
)
async def _same_id_other_payload(s: Session) -> None:
    case = await s.shared_case()
    known = case.opening.envelope_id

    def takes_known_id(wire: exchange_pb2.Envelope) -> None:
        wire.envelope_id = known

    answer = await s.deliver_one(s.make_note(case, change=takes_known_id))
    must_reject(answer, "ENVELOPE_ID_CONFLICT")


@CHAPTER.check(
    6,
    Text("过期之后重复, 仍得第一次的回执", "repeated after its end, it still gets its first receipt"),
    demand=Text("先查是否见过, 再看是否过期", "seen before? comes before expired?"),
    section="8",
    mend=_KEEP,
    waits=True,
)
async def _same_after_expiry(s: Session) -> None:
    case = await s.shared_case()
    made = s.make_note(case, life=timedelta(seconds=8))
    first = await s.send_event(case, made)
    must_accept(first)
    await s.world.sleep(10)
    again = await s.deliver_one(made)
    must(again.batch == first.batch, Text(f"过期后得到 {again}", f"after its end it got {again}"))


@CHAPTER.check(
    7,
    Text("同一办件装在另一个信封里再来", "the same case in another envelope"),
    demand=Text(
        "答 ALREADY_HELD, 写明第一个信封; 不会出现两件", "ALREADY_HELD, naming the first envelope; never a second case"
    ),
    section="6",
    mend=Text(
        "协同编号唯一索引; 拒收回执里写出第一个信封",
        "a unique index on the co-operation number; name the first envelope",
    ),
)
async def _same_case_again(s: Session) -> None:
    case = await s.shared_case()
    answer = await s.deliver_one(s.make(s.new_case(number=case.number)))
    must_refuse(answer, "ALREADY_HELD")
    named = answer.receipt.refusal.facts.get("envelope_id", "") if answer.receipt else ""
    must(named == case.opening.envelope_id, Text(f"指的是 {named or '无'}", f"it names {named or 'none'}"))


@CHAPTER.check(
    8,
    Text("同一事件装在另一个信封里再来", "the same event in another envelope"),
    demand=Text(
        "答 ALREADY_HELD, 写明第一个信封; 事件只发生一次",
        "ALREADY_HELD, naming the first envelope; the event happens once",
    ),
    section="6",
    mend=Text("事件编号也要去重", "know events by their own id as well"),
)
async def _same_event_again(s: Session) -> None:
    case = await s.shared_case()
    event_id = s.world.new_id()
    first = s.make_note(case, event_id=event_id)
    must_accept(await s.send_event(case, first))
    again = await s.send_event(case, s.make_note(case, event_id=event_id))
    must_refuse(again, "ALREADY_HELD")
    named = again.receipt.refusal.facts.get("envelope_id", "") if again.receipt else ""
    must(named == first.envelope_id, Text(f"指的是 {named or '无'}", f"it names {named or 'none'}"))


@CHAPTER.check(
    9,
    Text("换密钥期间的两个签名", "two signatures, as while a key is changed"),
    demand=Text(
        "未登记的密钥编号忽略不计; 登记的那个成立即可", "unknown key ids are ignored; the registered one has to prove"
    ),
    section="2, 5",
    mend=Text("不要因为一个不认识的密钥编号拒收整个信封", "do not refuse an envelope for one key id you do not know"),
)
async def _second_signature(s: Session) -> None:
    case = await s.shared_case()
    made = s.make_note(case)
    next_key = new_key(KeyUse.SEAL, s.identity.seal_key.suite, now=s.world.clock())
    must_accept(await s.send_event(case, resealed(made, seal(made.payload, [next_key, s.identity.seal_key]))))


@CHAPTER.check(
    10,
    Text("一个坏的不连累同一次调用里的其他", "a bad one costs the others of its call nothing"),
    demand=Text("每个信封单独答复", "each envelope is answered on its own"),
    section="8",
    mend=Text("逐个验签、逐个答复, 不要整批失败", "verify and answer one by one; do not fail the call"),
)
async def _bad_among_good(s: Session) -> None:
    case = await s.shared_case()
    bad = _broken(s, case)
    good = s.make_note(case)
    answers = await s.deliver(bad, good)
    s.count(case, answers[1])
    must(answers[0].receipt is None, Text("签名不对的得到了回执", "what is not authentic got a receipt"))
    must_accept(answers[1])


def _broken(s: Session, case: OpenedCase) -> Made:
    made = s.make_note(case)
    sealed = exchange_pb2.SealedEnvelope.FromString(made.sealed.SerializeToString())
    sealed.signatures[0].sig = s.identity.seal_key.sign(b"something else")
    return resealed(made, sealed)
