"""Checks of chapter 8: asking again for receipts and envelopes, comparing days, reading items."""

import hashlib
from datetime import date

from gateway.case.days import day_in_china
from gateway.case.errors import GatewayError
from gateway.case.texts import Text
from gateway.kit.conformance.check import Chapter
from gateway.kit.conformance.expectations import must, must_accept, must_refuse, must_refuse_call
from gateway.kit.conformance.session import Session
from gateway.kit.conformance.verdicts import Failed, Skipped
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb
from gateway.wire.item_pages import page_from_wire
from gateway.wire.reconcile import Line, held_from_wire

CHAPTER = Chapter(8, Text("询问", "Asking"))
MOST_PAGES = 100
_MEND = Text("按第 12 节答复", "answer as section 12 says")


@CHAPTER.check(
    1,
    Text("GetReceipts 给出第一次的整批回执", "GetReceipts gives the batch of the first receipt"),
    demand=Text("回执可随时再要, 一个字节不差", "a receipt may be asked for again, byte for byte"),
    section="9, 12",
    mend=_MEND,
    needs=("rpc/GetReceipts",),
)
async def _receipts_again(s: Session) -> None:
    case = await s.shared_case()
    ended = await s.ask("GetReceipts", pb.GetReceiptsRequest(envelope_ids=[case.opening.envelope_id]))
    must(ended.code == "OK", Text(f"得到 {ended}", f"got {ended}"))
    batches = [one.SerializeToString(deterministic=True) for one in ended.response.receipt_batches]
    must(batches == [case.answer.batch], Text("不是第一次的那批", "it is not the batch of the first receipt"))
    must(not ended.response.never_seen_ids, Text("说没见过", "it says it was never seen"))


@CHAPTER.check(
    2,
    Text("“没见过”是承诺", "never seen is a promise"),
    demand=Text("说了没见过的, 之后以 DECLARED_NEVER_SEEN 拒收", "from then on it is refused with DECLARED_NEVER_SEEN"),
    section="9, 12",
    mend=Text("把答过“没见过”的编号记下来", "write down the ids that were called never seen"),
    needs=("rpc/GetReceipts",),
)
async def _never_seen(s: Session) -> None:
    made = s.make(s.new_case())
    ended = await s.ask("GetReceipts", pb.GetReceiptsRequest(envelope_ids=[made.envelope_id]))
    must(ended.code == "OK", Text(f"得到 {ended}", f"got {ended}"))
    must(
        list(ended.response.never_seen_ids) == [made.envelope_id],
        Text("没有说没见过", "it does not say that it was never seen"),
    )
    answer = await s.deliver_one(made)
    if answer.is_accepted:
        s.keep(made, answer)
    must_refuse(answer, "DECLARED_NEVER_SEEN")


@CHAPTER.check(
    3,
    Text("一次问 65 个", "65 ids in one question"),
    demand=Text("至多 64 个, 否则 BATCH_TOO_LARGE", "at most 64, else BATCH_TOO_LARGE"),
    section="13",
    mend=_MEND,
    needs=("rpc/GetReceipts",),
)
async def _too_many_ids(s: Session) -> None:
    ended = await s.ask("GetReceipts", pb.GetReceiptsRequest(envelope_ids=[s.world.new_id() for _ in range(65)]))
    must_refuse_call(ended, "INVALID_ARGUMENT", ["BATCH_TOO_LARGE", "MALFORMED"])


@CHAPTER.check(
    4,
    Text("GetEnvelopes 给回我们签的原样字节", "GetEnvelopes gives back the bytes we sealed"),
    demand=Text("按编号, 或按 (办件, 发送方, 起始号) 依次", "by id, or by (case, sender, from sequence) in order"),
    section="12",
    mend=Text("保存签封的原样字节至少 35 天", "keep the sealed bytes as they came, 35 days at the least"),
    needs=("rpc/GetEnvelopes",),
)
async def _envelopes_again(s: Session) -> None:
    case = await s.open_case()
    note = s.make_note(case)
    must_accept(await s.send_event(case, note))
    ended = await s.ask(
        "GetEnvelopes", pb.GetEnvelopesRequest(by_ids=pb.EnvelopeIds(envelope_ids=[case.opening.envelope_id]))
    )
    must(ended.code == "OK", Text(f"得到 {ended}", f"got {ended}"))
    must(list(ended.response.envelopes) == [case.opening.sealed], Text("按编号给的不是原样", "by id: other bytes"))
    by_case = pb.CaseSequence(case_id=case.number, sender_region=s.identity.region, from_sequence=1)
    ended = await s.ask("GetEnvelopes", pb.GetEnvelopesRequest(by_case=by_case))
    must(ended.code == "OK", Text(f"得到 {ended}", f"got {ended}"))
    must(
        list(ended.response.envelopes) == [case.opening.sealed, note.sealed],
        Text("按办件给的不是原样依次", "by case: other bytes, or out of order"),
    )


@CHAPTER.check(
    5,
    Text("别人的办件不给看", "a case of others is not shown"),
    demand=Text("只给办件的双方: NOT_A_PARTY", "only for the two parties: NOT_A_PARTY"),
    section="12",
    mend=_MEND,
    needs=("rpc/GetEnvelopes",),
)
async def _not_a_party(s: Session) -> None:
    by_case = pb.CaseSequence(case_id=s.new_number(), sender_region=s.identity.region, from_sequence=1)
    ended = await s.ask("GetEnvelopes", pb.GetEnvelopesRequest(by_case=by_case))
    must_refuse_call(ended, "PERMISSION_DENIED", ["NOT_A_PARTY"])


@CHAPTER.check(
    6,
    Text("对账: 当天的条目、条数和摘要", "comparing the day: lines, count and digest"),
    demand=Text(
        "SHA-256 覆盖排好序的 “编号 摘要 结果” 各行; 本次测试的每个信封都在内",
        "SHA-256 over the sorted lines “id digest outcome”; every envelope of this run is among them",
    ),
    section="12",
    mend=_MEND,
    needs=("rpc/Reconcile",),
)
async def _compares_days(s: Session) -> None:
    await s.shared_case()
    held: set[str] = set()
    for day in sorted({*s.days, day_in_china(s.now)}):
        held |= await _lines_of(s, day)
    ours = {str(Line(envelope_id, digest.hex(), s.outcomes[envelope_id])) for envelope_id, digest in s.sent.items()}
    lacking = sorted(ours - held)
    s.note(f"{len(held)} lines at the other side, {len(ours)} of this run")
    must(
        not lacking,
        Text(
            f"缺 {len(lacking)} 行或结果不同, 如 {lacking[:1]}",
            f"{len(lacking)} lines are missing or differ: {lacking[:1]}",
        ),
    )


async def _lines_of(s: Session, day: date) -> set[str]:
    lines: list[str] = []
    token = ""
    for _ in range(MOST_PAGES):
        request = pb.ReconcileRequest(
            day=day.isoformat(), direction=pb.RECONCILE_DIRECTION_FROM_CALLER, with_ids=True, page_token=token
        )
        ended = await s.ask("Reconcile", request)
        must(ended.code == "OK", Text(f"得到 {ended}", f"got {ended}"))
        try:
            page = held_from_wire(ended.response)
        except GatewayError as error:
            raise Failed(error.cause) from None
        lines += map(str, page.lines)
        token = page.next_page_token
        if not token:
            digest = hashlib.sha256("".join(f"{line}\n" for line in sorted(lines)).encode()).digest()
            right = (page.count, page.digest) == (len(lines), digest)
            must(right, Text("条数或摘要与所列各行不符", "count or digest is not that of the lines"))
            return set(lines)
    raise Failed(Text("页没有尽头", "the pages have no end"))


@CHAPTER.check(
    7,
    Text("事项清单读得通", "the list of items reads"),
    demand=Text("GetItems 一页接一页, 到一个版本为止", "GetItems page after page, all at one version"),
    section="12",
    mend=_MEND,
    needs=("rpc/GetItems",),
)
async def _items_read(s: Session) -> None:
    token, versions, count = "", set(), 0
    for _ in range(MOST_PAGES):
        ended = await s.ask("GetItems", pb.GetItemsRequest(since_items_version=0, page_token=token))
        must(ended.code == "OK", Text(f"得到 {ended}", f"got {ended}"))
        try:
            page = page_from_wire(ended.response)
        except GatewayError as error:
            raise Failed(error.cause) from None
        keys = ", ".join(one.key for one in page.broken[:5])
        must(not keys, Text(f"读不通的定义: {keys}", f"definitions that do not read: {keys}"))
        versions.add(ended.response.items_version)
        count += len(ended.response.items)
        token = ended.response.next_page_token
        if not token:
            s.note(f"{count} definitions, version {versions}")
            must(len(versions) == 1, Text("各页版本不同", "the pages are of several versions"))
            return
    raise Failed(Text("页没有尽头", "the pages have no end"))


@CHAPTER.check(
    8,
    Text("没有可取的, 到时就答", "nothing to collect: it answers in time"),
    demand=Text("CollectEnvelopes 至多等所要求的秒数", "CollectEnvelopes waits no longer than it was asked to"),
    section="11",
    mend=Text("长轮询要有上限", "bound the long poll"),
    needs=("rpc/CollectEnvelopes",),
)
async def _collects_nothing(s: Session) -> None:
    request = pb.CollectEnvelopesRequest(max_envelopes=0, wait_seconds=1)
    ended = await s.ask("CollectEnvelopes", request)
    if ended.reason == "NOT_SERVED":
        raise Skipped(Text("对方登记的是由它递送, 不由本方来取", "its partner file says that it delivers to us"))
    must(ended.code == "OK", Text(f"得到 {ended}", f"got {ended}"))
