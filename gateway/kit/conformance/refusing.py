"""Checks of chapter 5: what is wrong gets a refusal that can be proven.  Those of what is not believed: `disbelieving`."""

from dataclasses import replace
from datetime import timedelta

from gateway.case.code.numbers import make_case_number
from gateway.case.texts import Text
from gateway.kit.conformance.answers import Answer
from gateway.kit.conformance.disbelieving import CHAPTER, changed_case
from gateway.kit.conformance.envelopes import resealed, seal
from gateway.kit.conformance.expectations import must, must_put_off, must_refuse
from gateway.kit.conformance.samples import NOWHERE
from gateway.kit.conformance.session import Session
from gateway.kit.conformance.verdicts import Failed
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2

UNKNOWN_NUMBER = 97
"""Of an enum value that no version of the format has."""
UNKNOWN_FIELD = b"\xc0\x3e\x01"
"""Field 1000, a varint 1: in no version of the format."""
_REFUSE = Text(
    "永远不会成立的内容以签名回执拒收, 全部问题一次说明",
    "what can never hold for these bytes is refused in a sealed receipt, with everything that is wrong",
)
_READ = Text(
    "先验签, 再整体解析, 未知的值不要默认、丢弃或截断", "verify, then parse; default, drop or cut nothing unknown"
)


def _must_find(answer: Answer, path: str) -> None:
    """Fail unless the refusal names the field that is wrong."""
    found = [finding.path for finding in answer.receipt.refusal.findings] if answer.receipt else []
    if not any(path in one for one in found):
        said = ", ".join(found) or "-"
        raise Failed(Text(f"findings 应指出 {path}, 写的是 {said}", f"findings should name {path} and name {said}"))


@CHAPTER.check(8, Text("没有定义的代码", "a code that is not defined"), demand=_REFUSE, section="16", mend=_READ)
async def _unknown_code(s: Session) -> None:
    def of_tomorrow(wire: exchange_pb2.Envelope) -> None:
        wire.new_case.mode = UNKNOWN_NUMBER  # type: ignore[assignment]

    answer = await changed_case(s, of_tomorrow)
    must_refuse(answer, "UNKNOWN_CODE", "MALFORMED")
    _must_find(answer, "mode")


@CHAPTER.check(
    9,
    Text("代码 0", "code 0"),
    demand=Text("枚举 0 从不发送; 0 或未知拒收", "enum 0 is never sent; zero or unknown is refused"),
    section="16",
    mend=_READ,
)
async def _code_zero(s: Session) -> None:
    def unset(wire: exchange_pb2.Envelope) -> None:
        wire.new_case.ClearField("channel")

    answer = await changed_case(s, unset)
    must_refuse(answer, "UNKNOWN_CODE", "MALFORMED")
    _must_find(answer, "channel")


@CHAPTER.check(
    10, Text("这个版本没有的字段", "a field this version does not have"), demand=_REFUSE, section="16", mend=_READ
)
async def _unknown_field(s: Session) -> None:
    def with_more(wire: exchange_pb2.Envelope) -> None:
        wire.new_case.MergeFromString(UNKNOWN_FIELD)

    must_refuse(await changed_case(s, with_more), "MALFORMED")


@CHAPTER.check(
    11,
    Text("更高的小版本", "a higher minor version"),
    demand=Text("答可重试的 VERSION_NOT_KNOWN, 不出回执", "the retriable VERSION_NOT_KNOWN, and no receipt"),
    section="15",
    mend=Text(
        "exchange_minor 高于本方所知时不判断内容, 等升级",
        "judge nothing of an envelope above your own minor version; an upgrade will",
    ),
)
async def _higher_minor(s: Session) -> None:
    def of_next_year(wire: exchange_pb2.Envelope) -> None:
        wire.exchange_minor = 4_000_000

    must_put_off(await changed_case(s, of_next_year), "VERSION_NOT_KNOWN")


@CHAPTER.check(
    12,
    Text("几处不对, 一次说全", "several mistakes, all told at once"),
    demand=_REFUSE,
    section="9, 16",
    mend=Text("收集全部问题再答复, 不要遇到第一个就停", "collect everything that is wrong; do not stop at the first"),
)
async def _everything_at_once(s: Session) -> None:
    def spoiled(wire: exchange_pb2.Envelope) -> None:
        wire.new_case.origin_number = ""
        wire.new_case.item.name = ""
        wire.new_case.summary = "a\x07b"

    answer = await changed_case(s, spoiled)
    must_refuse(answer, "MALFORMED")
    for path in ("origin_number", "item.name", "summary"):
        _must_find(answer, path)


@CHAPTER.check(
    13,
    Text("签名正确而内容不是信封", "rightly sealed bytes that are no envelope"),
    demand=Text(
        "读不出信封头的不出回执; 不能因此使整个调用失败",
        "what has no readable header gets no receipt, and does not end the whole call",
    ),
    section="8, 9",
    mend=_READ,
)
async def _no_envelope(s: Session) -> None:
    made = s.make(s.new_case())
    answer = await s.deliver_one(resealed(made, seal(b"\xff\xff\xff\xff", [s.identity.seal_key])))
    must(answer.receipt is None and answer.reason == "MALFORMED", Text(f"得到 {answer}", f"got {answer}"))


@CHAPTER.check(
    14,
    Text("已过期的信封", "an envelope past its end"),
    demand=Text("过了 expires_at 的以 EXPIRED 拒收", "after expires_at it is refused with EXPIRED"),
    section="6",
    mend=Text("按本方时钟判断过期, 在查重之后", "judge by your own clock, after looking whether it was seen before"),
)
async def _past_its_end(s: Session) -> None:
    now = s.now

    def of_yesterday(wire: exchange_pb2.Envelope) -> None:
        wire.sealed_at.FromDatetime(now - timedelta(days=1))
        wire.expires_at.FromDatetime(now - timedelta(hours=1))

    must_refuse(await changed_case(s, of_yesterday), "EXPIRED")


@CHAPTER.check(
    15,
    Text("协议之外的事项", "an item outside the agreement"),
    demand=Text("协议清单之外一律拒收", "what the agreement does not list is refused"),
    section="9",
    mend=Text("按事项、方式、方向、两地区划、日期核对协议", "check item, mode, direction, both divisions and the date"),
)
async def _outside_item(s: Session) -> None:
    def another_item(wire: exchange_pb2.Envelope) -> None:
        wire.new_case.item.basic_code = "009999999999"

    must_refuse(await changed_case(s, another_item), "OUTSIDE_AGREEMENT")


@CHAPTER.check(
    16,
    Text("不归对方办理的区划", "a division that is not the gateway's to decide for"),
    demand=Text("办理地在协议范围之外的拒收", "a handler outside the agreed scope is refused"),
    section="9",
    mend=Text("核对办理地区划是否属于本地区和协议范围", "check that the handler's division is yours and in scope"),
)
async def _outside_division(s: Session) -> None:
    def elsewhere(wire: exchange_pb2.Envelope) -> None:
        wire.new_case.handler.division = s.ground.origin_division

    must_refuse(await changed_case(s, elsewhere), "OUTSIDE_AGREEMENT")


@CHAPTER.check(
    17,
    Text("协同编号校验不对, 或是别人的编号", "a co-operation number that does not check, or is another region's"),
    demand=Text("编号须通过校验并含发送方代码", "the number checks and holds the sender's code"),
    section="14",
    mend=Text("按第 14 节的算例核对校验位", "compare the check character with the example of section 14"),
)
async def _wrong_number(s: Session) -> None:
    good = s.new_number()
    wrong_end = good[:-1] + ("0" if good[-1] != "0" else "1")
    for number in (wrong_end, make_case_number(NOWHERE, s.world.clock(), s.world.draw)):
        made = s.make(replace(s.new_case(), number=number))
        answer = await s.deliver_one(made)
        if answer.is_accepted:
            s.keep(made, answer)
        must_refuse(answer, "CASE_NUMBER")
