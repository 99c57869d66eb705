"""What a simulated partner says about what happens, as values: a command prints them, a test reads them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.case.texts import Text


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened.

    Attributes:
        at: aware UTC.
        what: stable word for scripts.
        facts: such as the case number; never anything personal.
    """

    at: datetime
    what: str
    facts: Mapping[str, str] = field(default_factory=dict)

    def sentence(self) -> Text:
        """Return it for people."""
        return _SENTENCES[self.what].format(**self.facts)


Tell = Callable[..., None]
"""Told a word and its facts by keyword."""


def teller(clock: Callable[[], datetime], hear: Callable[[Happened], None]) -> Tell:
    """Return what notes that something happened, and passes it on."""

    def tell(what: str, **facts: object) -> None:
        hear(Happened(clock(), what, {name: str(fact) for name, fact in facts.items()}))

    return tell


_SENTENCES: Mapping[str, Text] = {
    "listening": Text("{region} 在 {address} 等对方来连", "{region} listens on {address}"),
    "called": Text("对方调用 {rpc}", "the other side calls {rpc}"),
    "delayed": Text("{rpc}: 拖延 {seconds} 秒", "{rpc}: held up for {seconds} s"),
    "hanging": Text("{rpc}: 不再应答", "{rpc}: nothing is answered any more"),
    "cut": Text("{rpc}: 中途断开", "{rpc}: cut off in the middle"),
    "refused": Text("{rpc}: 拒绝, {reason}", "{rpc}: refused with {reason}"),
    "case": Text("收到办件 {case}", "case {case} came"),
    "event": Text("办件 {case}: 对方 {kind}", "case {case}: {kind} of the other side"),
    "receipt": Text("办件 {case}: 对方已回执 {note}", "case {case}: receipted by the other side {note}"),
    "acted": Text("办件 {case}: 本方 {act}", "case {case}: we {act}"),
    "not_acted": Text("{act} 做不了, {reason} {case}", "{act} is not possible, {reason} {case}"),
    "lied": Text("信封 {envelope}: 回执做了手脚, {lie}", "envelope {envelope}: the receipt lies, {lie}"),
    "turned_down": Text("信封 {envelope}: 以 {reason} 拒收", "envelope {envelope}: refused with {reason}"),
    "sent": Text("向 {partner} 发出 {count} 个信封: {answers}", "{count} envelopes sent to {partner}: {answers}"),
    "sent_twice": Text("同一批发了两遍: {answers}", "the same batch was sent twice: {answers}"),
    "sent_anew": Text("事件 {event} 换信封再发: {answers}", "event {event} again in a new envelope: {answers}"),
    "sent_early": Text("{count} 个信封倒着发出", "{count} envelopes sent the wrong way round"),
    "put_off": Text("压下一个信封, 等后面的先发", "one envelope is held back until a later one is there"),
    "submitted": Text("交办 {case} 给 {partner}", "case {case} submitted to {partner}"),
    "away": Text("离线 {seconds} 秒", "away for {seconds} s"),
    "restored": Text("由开始时的备份恢复, 世代已变", "restored from the backup of the beginning; a new incarnation"),
    "back": Text("回来了", "back again"),
    "failed": Text("模拟出错: {error}", "the simulation failed: {error}"),
}
