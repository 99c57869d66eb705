"""Checks of chapter 3: what the gateway says about itself."""

from datetime import timedelta

from gateway.case.errors import GatewayError
from gateway.case.texts import Text
from gateway.kit.conformance.check import Chapter
from gateway.kit.conformance.expectations import must
from gateway.kit.conformance.session import Session
from gateway.kit.conformance.verdicts import Failed, Skipped
from gateway.partners.mirror import agreements_fingerprint
from gateway.peering import bounds
from gateway.wire.description import description_from_wire
from gateway.wire.gen.tongban.exchange.v1 import gateway_pb2

CHAPTER = Chapter(3, Text("自述", "Description"))
NEEDED = ("DescribeGateway", "DeliverEnvelopes", "GetReceipts", "GetEnvelopes")
"""Without these no case can be brought to its end."""
APART = timedelta(seconds=30)
_TIMES = 15
"""Seconds apart, in which what was written down about earlier calls has to show."""
_MEND = Text(
    "按第 12、13 节填写 DescribeGateway 的答复", "fill the answer of DescribeGateway as sections 12 and 13 say"
)
_UNREACHED = Text(
    "连接不上, 或握手之后被断开: 对方可能没有放入测试方的伙伴文件, 或登记的根证书不是测试方的",
    "not reached, or broken off after the handshake: it may lack the tester's partner file, or know another root",
)


def _described(s: Session) -> gateway_pb2.Description:
    if s.described is None:
        raise Skipped(Text("对方没有自述, 见 3.1", "the gateway did not describe itself, see 3.1"))
    return s.described


@CHAPTER.check(
    1,
    Text("自述读得通, 说的是本地区", "the description reads, and is of this region"),
    demand=Text(
        "地区、限度、特性、时间、incarnation、standing 都在", "region, limits, features, time, incarnation, standing"
    ),
    section="12",
    mend=_MEND,
)
async def _describes_itself(s: Session) -> None:
    ended = await s.describe()
    must(ended.code != "UNAVAILABLE", _UNREACHED)
    must(ended.code == "OK", Text(f"得到 {ended}", f"got {ended}"))
    description = ended.response.description
    try:
        read = description_from_wire(description)
    except GatewayError as error:
        paths = ", ".join(finding.path for finding in error.findings)
        raise Failed(Text(f"这些项不对: {paths}", f"these fields are wrong: {paths}")) from None
    s.described = description
    s.note(f"{read.software or '?'}, minor {read.exchange_minor}, features {', '.join(read.features)}")
    must(
        read.region == s.target.region,
        Text(f"自称 {read.region}, 应为 {s.target.region}", f"it calls itself {read.region}, not {s.target.region}"),
    )


@CHAPTER.check(
    2,
    Text("列出所提供的方法", "the methods it serves are listed"),
    demand=Text(
        "方法在 features 里写作 rpc/名称; 发送方只用列出的",
        "methods stand in features as rpc/NAME; a sender uses nothing else",
    ),
    section="12",
    mend=_MEND,
)
async def _lists_methods(s: Session) -> None:
    features = set(_described(s).features)
    missing = [rpc for rpc in NEEDED if f"rpc/{rpc}" not in features]
    must(not missing, Text(f"没有列出 {', '.join(missing)}", f"it does not list {', '.join(missing)}"))


@CHAPTER.check(
    3,
    Text("限度都有, 且不超过格式的上限", "its limits are there, and none is above the format's"),
    demand=Text(
        "limits 是对方须遵守的界限; 0 或过大都没有意义", "limits bind the sender; zero or too much mean nothing"
    ),
    section="13",
    mend=_MEND,
)
async def _tells_limits(s: Session) -> None:
    limits = _described(s).limits
    most = {
        "envelope_bytes": bounds.ENVELOPE_BYTES,
        "batch_bytes": bounds.BATCH_BYTES,
        "batch_envelopes": bounds.MOST_ENVELOPES,
        "put_bytes": bounds.PUT_BYTES,
        "material_bytes": 2 << 30,
        "envelopes_per_minute": 600_000,
    }
    told = {name: getattr(limits, name) for name in most}
    s.note(", ".join(f"{name} {value}" for name, value in told.items()))
    wrong = [f"{name} {value}" for name, value in told.items() if not 0 < value <= most[name]]
    must(not wrong, Text(f"不可能的限度: {', '.join(wrong)}", f"impossible limits: {', '.join(wrong)}"))
    life = limits.envelope_life.ToTimedelta()
    must(
        timedelta(hours=1) <= life <= timedelta(days=90),
        Text(f"信封有效期 {life}", f"the life of an envelope is {life}"),
    )


@CHAPTER.check(
    4,
    Text("两边时钟相差不超过 30 秒", "clocks are no more than 30 seconds apart"),
    demand=Text("自述里的时间供调用方看时差", "the time in the description shows the caller the difference"),
    section="12",
    mend=Text("两台机器都与授时服务器同步", "keep both machines in step with a time server"),
)
async def _keeps_time(s: Session) -> None:
    ended = await s.describe()
    must(ended.code == "OK", Text(f"得到 {ended}", f"got {ended}"))
    apart = ended.response.description.time.ToDatetime(s.now.tzinfo) - s.world.clock()
    s.note(f"their clock minus ours: {apart.total_seconds():.1f} s")
    must(abs(apart) <= APART, Text(f"相差 {apart.total_seconds():.0f} 秒", f"{apart.total_seconds():.0f} s apart"))


@CHAPTER.check(
    5,
    Text("incarnation 不无故改变", "the incarnation does not change by itself"),
    demand=Text(
        "incarnation 只在由备份恢复之后改变, 对方据此补齐往来",
        "the incarnation changes only after a restore; partners catch up when it does",
    ),
    section="12",
    mend=Text(
        "把 incarnation 存在库里, 不要每次启动或每次调用都新取", "keep it in the store; make none at a start or a call"
    ),
)
async def _keeps_its_life(s: Session) -> None:
    first = _described(s).incarnation
    again = (await s.describe()).response
    second = again.description.incarnation if again else ""
    must(first == second != "", Text(f"先 {first} 后 {second}", f"first {first}, then {second}"))


@CHAPTER.check(
    6,
    Text("告诉调用方它怎样看待对方", "it tells how it sees the caller"),
    demand=Text("standing 写明上次联系", "standing tells the last contact"),
    section="12",
    mend=_MEND,
)
async def _tells_standing(s: Session) -> None:
    # What was written down about earlier calls may come a moment later, so it may be asked several times.
    for _ in range(_TIMES):
        ended = await s.describe()
        must(ended.code == "OK", Text(f"得到 {ended}", f"got {ended}"))
        if ended.response.description.standing.HasField("last_contact"):
            return
        await s.world.sleep(1.0)
    raise Failed(Text("standing.last_contact 没有填写", "standing.last_contact is not there"))


@CHAPTER.check(
    7,
    Text("两边读出的协议相同", "both sides read the same agreement"),
    demand=Text(
        "协议指纹与本方按自己伙伴文件算出的相等",
        "its fingerprint of the agreement equals ours, of our own partner file",
    ),
    section="12",
    mend=Text(
        "两边逐项核对协议: 文号、日期、范围、事项、方式、方向、权限、时限; 见 docs/partner-file.md “互为镜像”",
        "compare the agreement term by term; docs/partner-file.md says how both files mirror each other",
    ),
)
async def _agrees(s: Session) -> None:
    theirs = _described(s).agreement_fingerprint
    if not theirs:
        raise Skipped(Text("对方没有计算协议指纹", "it computes no fingerprint"))
    ours = agreements_fingerprint(s.target.partner.agreements, ours=s.identity.region, theirs=s.target.region)
    s.note(f"ours {ours.hex()[:16]}…, theirs {theirs.hex()[:16]}…")
    must(ours == theirs, Text("两边的协议指纹不同", "the fingerprints of the agreement differ"))
