"""docs/errors.md: one heading per reason, from `gateway.case.reasons`."""

from collections import Counter

from gateway.case.reasons import ROWS, Answer, Family, Place, Reason, Row
from gateway.case.reasons.allowances import ALLOWANCES
from gateway.case.reasons.callers import CALLERS
from gateway.case.reasons.console import CONSOLE
from gateway.case.reasons.items import ITEMS
from gateway.case.reasons.keys import KEYS
from gateway.case.reasons.local import LOCAL
from gateway.case.reasons.materials import MATERIALS
from gateway.case.reasons.papers import PAPERS
from gateway.case.reasons.partner_files import PARTNER_FILES
from gateway.case.reasons.providers import PROVIDERS
from gateway.case.reasons.queue import QUEUE
from gateway.case.reasons.restoring import RESTORING
from gateway.case.reasons.routing import ROUTING
from gateway.case.reasons.seals import SEALS
from gateway.case.reasons.standing import STANDING
from gateway.case.reasons.transfer import TRANSFER

CHAPTERS: tuple[tuple[str, dict[Reason, Row]], ...] = (
    ("谁在调用 / Who is calling", CALLERS),
    ("签名与密钥 / Seals and keys", SEALS),
    ("密钥与证书 / Keys and certificates", KEYS),
    ("界限 / Bounds", ALLOWANCES),
    ("信封与材料的递送 / Handing over envelopes and materials", TRANSFER),
    ("材料 / Materials", MATERIALS),
    ("待发队列 / The queue", QUEUE),
    ("维护与对账 / Maintenance and reconciliation", STANDING),
    ("伙伴文件的版本 / Versions of partner files", PARTNER_FILES),
    ("备份与恢复 / Backup and restore", RESTORING),
    ("找到对方地区 / Finding the partner", ROUTING),
    ("事项、证照与公开查询 / Items, licences and public enquiries", ITEMS),
    ("本地系统与配置 / Local systems and configuration", LOCAL),
    ("控制台 / The console", CONSOLE),
    ("文书 / Notices", PAPERS),
    ("统一身份认证 / Signing in at an identity provider", PROVIDERS),
)
ANSWERS = {
    Answer.RETRIABLE: "可重试 retriable",
    Answer.FINAL: "终局 final",
    Answer.PERSON: "需人工 needs a person",
}
PLACES = {
    Place.LOCAL: "本地系统与本网关之间 between a local system and this gateway",
    Place.OURS: "本网关内部 inside the gateway that answers",
    Place.PEERING: "两个网关之间 between the two gateways",
    Place.THEIRS: "对方网关 at the other region's gateway",
}
FAMILIES = {
    Family.MALFORMED: "格式不对 malformed",
    Family.UNAUTHENTICATED: "身份未证明 unauthenticated",
    Family.FORBIDDEN: "不允许 forbidden",
    Family.UNKNOWN: "没有 unknown",
    Family.CONFLICT: "冲突 conflict",
    Family.STALE: "已过时 stale",
    Family.UNPROCESSABLE: "内容不成立 unprocessable",
    Family.TOO_LARGE: "太大 too large",
    Family.NOT_SERVED: "不提供 not served",
    Family.BUSY: "繁忙 busy",
    Family.UNAVAILABLE: "暂不可用 unavailable",
    Family.INTERNAL: "内部 internal",
}


def picture() -> str:
    """The four places on one line, each with how many reasons arise there."""
    count = Counter(row.place for row in ROWS.values())
    return "\n".join(
        (
            "```mermaid",
            "flowchart LR",
            '    system["本地系统<br/>local system"]',
            f'    ours["本网关 this gateway<br/>OURS: {count[Place.OURS]}"]',
            f'    theirs["对方网关 the other gateway<br/>THEIRS: {count[Place.THEIRS]}"]',
            f'    system <-->|"LOCAL: {count[Place.LOCAL]}"| ours',
            f'    ours <-->|"PEERING: {count[Place.PEERING]}"| theirs',
            "```",
        )
    )


def catalogue() -> str:
    """Every reason under its own heading, chapter by chapter."""
    sections = []
    for title, rows in CHAPTERS:
        sections.append(f"## {title}")
        sections += [_section(reason, row) for reason, row in rows.items()]
    return "\n\n".join(sections)


PARTS = {"picture": picture, "catalogue": catalogue}


def _section(reason: Reason, row: Row) -> str:
    return "\n".join(
        (
            f"### {reason.value}",
            "",
            f"{row.cause.zh}。{_sentence(row.cause.en)}",
            "",
            f"- 怎么办 / fix: {row.fix.zh}。{_sentence(row.fix.en)}",
            f"- 答复 / answer: {ANSWERS[row.answer]}",
            f"- 位置 / place: `{row.place.name}` {PLACES[row.place]}",
            f"- 类别 / family: {FAMILIES[row.family]}",
        )
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
