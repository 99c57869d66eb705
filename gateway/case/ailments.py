"""What can be wrong with a gateway as a whole: words, weight, cause and next step.  docs/health.md has a row for each.

Leaves to others: finding out (`flows.check_health`) and telling (`local.health`, the health service of gRPC).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from gateway.case.texts import Text


class Weight(Enum):
    """What follows from it."""

    RED = "red"
    """The gateway is not ready: it must not be given work."""
    YELLOW = "yellow"
    """It works; somebody should look."""
    NOTE = "note"
    """It works, and somebody should plan for it."""


class Ailment(Enum):
    """One thing that can be wrong; its value is the name in answers, logs and metrics."""

    STARTING = "starting"
    STOPPING = "stopping"
    STORE = "store"
    EVIDENCE = "evidence"
    DISK = "disk"
    SEAL_KEY = "seal_key"
    TOKEN_KEY = "token_key"
    CERTIFICATE = "certificate"
    LOOPS = "loops"
    DELIVERY = "delivery"
    CLOCK = "clock"
    CLOCK_DIFFERS = "clock_differs"
    PARTNER_CLOCKS = "partner_clocks"
    CATCHING_UP = "catching_up"
    PARTNERS_AWAY = "partners_away"
    QUEUES_OLD = "queues_old"
    UNCLAIMED = "unclaimed"
    RECONCILIATION = "reconciliation"
    SEAL_KEY_ENDS = "seal_key_ends"
    TOKEN_KEY_ENDS = "token_key_ends"
    CERTIFICATE_ENDS = "certificate_ends"
    AUTHORITY = "authority"
    AUTHORITY_ENDS = "authority_ends"
    FILES_REFUSED = "files_refused"
    RESTART_DUE = "restart_due"
    KEYS_ANNOUNCED = "keys_announced"
    KEYS_DOUBTFUL = "keys_doubtful"


@dataclass(frozen=True, slots=True)
class Row:
    """What one ailment means; the texts name facts in braces."""

    weight: Weight
    cause: Text
    fix: Text


_NEW_KEY = Text(
    "tongban keys rotate 生成下一把密钥, 自动向伙伴公布, 到时启用; 不必重启",
    "make the next one with tongban keys rotate: it is announced to partners and used in time; nothing is restarted",
)
_NO_KEY = Text(
    "先核对本机时间 (chrony、NTP); 时间无误的, tongban keys new --in-days 0 生成新密钥, 请各伙伴登记",
    "check this machine's clock first (chrony, NTP); if it is right, make a new one with tongban keys new --in-days 0 and"
    " have every partner register it",
)
_NEW_CERTIFICATE = Text(
    "自建机构: tongban keys certificate; 市州机构: tongban keys request, 再 install-certificate; 不必重启",
    "own authority: tongban keys certificate; the bureau's: tongban keys request, then install-certificate; no restart",
)

_NEW_AUTHORITY = Text(
    "先请各伙伴在 tls.roots 登记新机构, 再用 tongban keys install-certificate --authority 换证书",
    "have every partner add the new authority to tls.roots, then tongban keys install-certificate --authority",
)

ROWS: Mapping[Ailment, Row] = {
    Ailment.STARTING: Row(
        Weight.RED,
        Text("正在启动, 还没有检查过", "it is starting and was not examined yet"),
        Text("等待片刻", "wait a moment"),
    ),
    Ailment.STOPPING: Row(
        Weight.RED,
        Text("正在停止", "it is stopping"),
        Text("把请求转给别处, 或等它重新启动", "wait for its next start"),
    ),
    Ailment.STORE: Row(
        Weight.RED,
        Text("数据库写不进去, 不再收件", "the store cannot be written; nothing is taken in"),
        Text(
            "检查磁盘空间、权限和磁盘故障; 恢复后自动继续",
            "check disk space, permissions and faults; it goes on by itself",
        ),
    ),
    Ailment.EVIDENCE: Row(
        Weight.RED,
        Text(
            "存证或审计写不进去 ({error}), 不再收件",
            "evidence or audit cannot be written ({error}); nothing is taken in",
        ),
        Text("检查存储密钥和数据库是否完好", "check the storage key and the database"),
    ),
    Ailment.DISK: Row(
        Weight.RED,
        Text("磁盘只剩 {free} 字节, 少于 {least}", "{free} bytes of the disk are free, fewer than {least}"),
        Text("清理或扩充磁盘; 下限是 limits.least_free_disk", "free or add space; the bound is limits.least_free_disk"),
    ),
    Ailment.SEAL_KEY: Row(Weight.RED, Text("没有可用的签名密钥", "no seal key may be used now"), _NO_KEY),
    Ailment.TOKEN_KEY: Row(Weight.RED, Text("令牌密钥不在有效期内", "the token key is not in force now"), _NO_KEY),
    Ailment.CERTIFICATE: Row(
        Weight.RED, Text("本方证书不在有效期内", "our certificate is not valid now"), _NEW_CERTIFICATE
    ),
    Ailment.LOOPS: Row(
        Weight.RED,
        Text("后台循环停了或卡住: {loops}", "loops are dead, stuck or failing: {loops}"),
        Text("看日志 worker.failed, 重启网关", "look for worker.failed in the log, restart the gateway"),
    ),
    Ailment.DELIVERY: Row(
        Weight.RED,
        Text("对方没有故障, 信封却递送不出去: {partners}", "partners are well, envelopes do not leave: {partners}"),
        Text("看日志 worker.failed, 重启网关", "look for worker.failed in the log, restart the gateway"),
    ),
    Ailment.CLOCK: Row(
        Weight.RED,
        Text(
            "系统时间刚跳变过, 一小时内不按时间作不可挽回的事",
            "the clock jumped; for an hour nothing final happens by time",
        ),
        Text("检查时间同步 (chrony、NTP)", "check the time service (chrony, NTP)"),
    ),
    Ailment.CLOCK_DIFFERS: Row(
        Weight.RED,
        Text(
            "本机时间与伙伴相差约 {minutes} 分钟 (正数为本机偏快): {partners}; 在此期间不按时间作不可挽回的事",
            "our clock differs from that of partners by some {minutes} minutes (+: ours is ahead): {partners}; meanwhile"
            " nothing final happens by time",
        ),
        Text(
            "核对本机时间和时间同步 (chrony、NTP); 本机无误的, 请这些伙伴校时",
            "check this machine's time and its time service (chrony, NTP); if it is right, ask these partners to set theirs",
        ),
    ),
    Ailment.PARTNER_CLOCKS: Row(
        Weight.YELLOW,
        Text(
            "{count} 个伙伴的时钟与本机相差 10 分钟以上: {partners}",
            "the clocks of {count} partners differ from ours by more than 10 minutes: {partners}",
        ),
        Text("请对方校时", "ask them to set their clocks"),
    ),
    Ailment.CATCHING_UP: Row(
        Weight.YELLOW,
        Text(
            "由备份恢复, 正在与 {count} 个伙伴核对恢复点之后的往来, 核对完成前不向其收发新内容: {partners}",
            "restored from a backup; {count} partners are still caught up with, and nothing new goes to them or comes"
            " from them before: {partners}",
        ),
        Text(
            "等待核对完成; 有伙伴长期联系不上的, tongban restore --give-up 不再等它 (见 docs/backup.md)",
            "wait; tongban restore --give-up ends it with a partner that stays away (docs/backup.md)",
        ),
    ),
    Ailment.PARTNERS_AWAY: Row(
        Weight.YELLOW,
        Text("{count} 个伙伴连不上: {partners}", "{count} partners are away: {partners}"),
        Text("网关会自动重试; tongban queue list 看原因", "it is tried again; tongban queue list tells why"),
    ),
    Ailment.QUEUES_OLD: Row(
        Weight.YELLOW,
        Text("有信封等了一小时以上: {partners}", "envelopes have waited for more than an hour: {partners}"),
        Text("tongban queue list 看原因", "tongban queue list tells why"),
    ),
    Ailment.UNCLAIMED: Row(
        Weight.YELLOW,
        Text("{count} 条来件一小时没有系统认领", "{count} news have been claimed by no system for an hour"),
        Text("核对系统文件的 receives, 或由窗口签收", "check `receives` in the files of systems, or let a window sign"),
    ),
    Ailment.RECONCILIATION: Row(
        Weight.YELLOW,
        Text(
            "与 {count} 个伙伴的对账有未说明的差异: {partners}",
            "days compared with {count} partners differ and nobody has explained it: {partners}",
        ),
        Text(
            "tongban reconcile list 查看, 与对方核实后补救, 或用 tongban reconcile explain 说明原因",
            "see tongban reconcile list; mend it with the other side, or say why with tongban reconcile explain",
        ),
    ),
    Ailment.SEAL_KEY_ENDS: Row(
        Weight.YELLOW, Text("签名密钥还有 {days} 天到期", "the seal key ends in {days} days"), _NEW_KEY
    ),
    Ailment.TOKEN_KEY_ENDS: Row(
        Weight.YELLOW, Text("令牌密钥还有 {days} 天到期", "the token key ends in {days} days"), _NEW_KEY
    ),
    Ailment.CERTIFICATE_ENDS: Row(
        Weight.YELLOW, Text("本方证书还有 {days} 天到期", "our certificate ends in {days} days"), _NEW_CERTIFICATE
    ),
    Ailment.AUTHORITY: Row(
        Weight.RED, Text("签发本方证书的机构已到期", "the authority of our certificate has ended"), _NEW_AUTHORITY
    ),
    Ailment.AUTHORITY_ENDS: Row(
        Weight.YELLOW,
        Text("签发本方证书的机构还有 {days} 天到期", "the authority of our certificate ends in {days} days"),
        _NEW_AUTHORITY,
    ),
    Ailment.FILES_REFUSED: Row(
        Weight.YELLOW,
        Text(
            "磁盘上的密钥、证书或拒绝名单不能使用, 仍用此前的: {files}",
            "keys, certificate or deny list on disk cannot be used, those before are: {files}",
        ),
        Text("tongban check 看问题", "tongban check tells what is wrong"),
    ),
    Ailment.RESTART_DUE: Row(
        Weight.YELLOW,
        Text("启动之后改过, 重启后才生效: {files}", "edited since the start, in force after a restart: {files}"),
        Text("tongban check 核对, 没有问题再重启", "look with tongban check, then restart"),
    ),
    Ailment.KEYS_ANNOUNCED: Row(
        Weight.YELLOW,
        Text(
            "{count} 个伙伴公布了新密钥, 等待核对: {partners}",
            "{count} partners announced new keys that wait to be compared: {partners}",
        ),
        Text(
            "tongban keys announced 查看, 电话核对后采信", "see tongban keys announced, compare by telephone, approve"
        ),
    ),
    Ailment.KEYS_DOUBTFUL: Row(
        Weight.YELLOW,
        Text(
            "{count} 个伙伴公布的密钥没有得到证明, 或与已核对的不同: {partners}",
            "{count} partners announce keys that are not proven, or not as they were decided: {partners}",
        ),
        Text(
            "不要采信; tongban keys announced 查看, 电话核实",
            "do not believe them; see tongban keys announced and call",
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Found:
    """An ailment that was found; never holds anything personal.

    Attributes:
        facts: what its texts name.
        weight: that of its row, unless it is told long before it matters.
    """

    ailment: Ailment
    facts: Mapping[str, object] = field(default_factory=dict)
    weight: Weight | None = None

    @property
    def weighs(self) -> Weight:
        """What follows from it."""
        return self.weight or ROWS[self.ailment].weight

    @property
    def cause(self) -> Text:
        """What is wrong."""
        return ROWS[self.ailment].cause.format(**self.facts)

    @property
    def fix(self) -> Text:
        """What to do next."""
        return ROWS[self.ailment].fix


@dataclass(frozen=True, slots=True)
class Checkup:
    """What is known of the gateway's health.

    Attributes:
        found: what is wrong, the gravest first, each with the moment since when it is known.
        examined_at: when it was last looked at as a whole; None before the first time.
    """

    found: tuple[tuple[Found, datetime], ...]
    examined_at: datetime | None = None

    @property
    def is_ready(self) -> bool:
        """Whether the gateway may be given work."""
        return not self.of_weight(Weight.RED)

    def of_weight(self, weight: Weight) -> tuple[Found, ...]:
        """Return what was found of one weight."""
        return tuple(one for one, _ in self.found if one.weighs is weight)
