"""An old version of a partner's file comes back.

1 find     the version and all it names
2 stands   it would check today, nothing it rests on has ended, and no other partner's file suffers    else: refused, all findings
3 audit    who brings what back
4 aside    an edit on disk that never went live is copied to a hidden file, not lost
5 write    the files it names, then the file itself, each whole
6 live     it is looked at without waiting, and becomes a new version of its own
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.case.days import day_in_china
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.files.findings import Finding
from gateway.files.reader import MAX_BYTES
from gateway.flows.partner_files.expected import Origin
from gateway.flows.partner_files.go_live import GoingLive
from gateway.flows.partner_files.history import Histories
from gateway.flows.partner_files.keep import ROLLBACK
from gateway.flows.partner_files.put_back import put_back
from gateway.partners.beside import is_content, read_regular
from gateway.partners.load import Loaded
from gateway.partners.schema import Use
from gateway.partners.source import Source
from gateway.store import audit
from gateway.store.disk import on_disk

_DRAFT = "rollback"


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What came back.

    Attributes:
        version: the number it has now; None when it is what runs already.
        file: name in the partners folder.
        aside: where an edit was put that never went live; empty when there was none.
    """

    version: int | None
    file: str
    sha256: str
    aside: str


@dataclass(frozen=True, slots=True)
class RollingBack:
    """Brings versions back, one at a time."""

    going_live: GoingLive

    async def roll_back(self, code: str, number: int, who: str) -> RolledBack:
        """Write a version of a partner's file back and make it live.

        Args:
            who: system user who gave the command.

        Raises:
            GatewayError: VERSION_UNKNOWN; VERSION_NOT_FIT with every finding; PARTNER_FILE_NOT_WRITABLE; STORE_…
        """
        live = self.going_live
        version, source = await Histories(live).version(code, number)
        async with live.lock:
            now = live.clock()
            runs = live.live_of(code)
            name = runs.partner.file.rpartition("/")[2] if runs else version.file
            wrong = await on_disk(lambda: list(self._wrong(code, name, source, now)))
            if wrong:
                raise GatewayError(
                    Reason.VERSION_NOT_FIT, findings=wrong, count=len(wrong), partner=code, version=number
                )
            detail = f"to version={number} file={name} sha256={source.sha256}"
            await live.database.write(
                lambda tx: audit.note(tx, now, f"staff:{who}", "partner.rollback", code, detail=detail)
            )
            live.expected.announce(source.sha256, Origin(ROLLBACK, who))
            try:
                aside = await on_disk(self._write, name, source, runs)
            except GatewayError as error:
                raise GatewayError(
                    Reason.PARTNER_FILE_NOT_WRITABLE, file=name, detail=error.facts.get("detail", error.reason.value)
                ) from error
            done = await live.look_at((name,))
            return RolledBack(done.live.get(code) if done else None, name, source.sha256, aside)

    def _wrong(self, code: str, name: str, source: Source, now: datetime) -> Iterator[FieldFinding]:
        folder = self.going_live.folder
        checked = folder.would_be({name: source}, day_in_china(now))
        shown = folder.shown(name)
        for finding in checked.findings:
            if finding.is_error and finding.file == shown:
                yield _said(finding)
        loaded = checked.good.get(shown)
        if loaded:
            yield from map(_said, _ended(loaded, now))
        yield from self._outside(code, source)

    def _outside(self, code: str, source: Source) -> Iterator[FieldFinding]:
        """Yield files it names that cannot be written back: outside the folder, or another partner rests on another content."""
        folder = self.going_live.folder.folder
        others = [one for one in self.going_live.registry.live.values() if one.partner.code != code]
        for name, content in source.beside.items():
            path = folder / name
            if is_content(path, content):
                continue
            if not path.resolve().is_relative_to(folder.resolve()):
                yield FieldFinding(
                    name,
                    Text(
                        "不在伙伴文件夹内, 内容已和那一版不同",
                        "lies outside the folder and is not what it was in that version",
                    ),
                    Text("自行恢复这个文件, 再试", "restore that file yourself, then try again"),
                )
            for other in others:
                if any((folder / one).resolve() == path.resolve() for one in other.source.beside):
                    yield FieldFinding(
                        name,
                        Text(
                            f"{other.partner.file} 也用它, 用的是现在的内容",
                            f"{other.partner.file} uses it too, as it is now",
                        ),
                        Text("让那一份文件改用另一个文件名, 再试", "let that file name another file, then try again"),
                    )

    def _write(self, name: str, source: Source, runs: Loaded | None) -> str:
        folder = self.going_live.folder.folder
        aside = _put_aside(folder, name, source, runs)
        for beside, content in source.beside.items():
            if not is_content(folder / beside, content):
                put_back(folder / beside, content, _DRAFT)
        put_back(folder / name, source.raw, _DRAFT)
        return aside


def _put_aside(folder: Path, name: str, source: Source, runs: Loaded | None) -> str:
    try:
        there = Source.of(read_regular(folder / name, MAX_BYTES), {})
    except (OSError, ValueError):
        return ""
    if there.raw == source.raw or (runs and runs.source.raw == there.raw):
        return ""
    aside = f".{name}.{there.sha256[:8]}.aside"
    put_back(folder / aside, there.raw, _DRAFT)
    return aside


def _ended(loaded: Loaded, now: datetime) -> Iterator[Finding]:
    """Yield what a version rests on that has ended: nothing of it would be believed, or nothing agreed."""
    partner, tree = loaded.partner, loaded.tree
    if partner.is_sample:
        return
    for use in Use:
        places = [n for n, key in enumerate(partner.keys) if key.use is use]
        if places and not any(partner.keys[n].is_accepted(now) for n in places):
            yield tree.finding(
                ("keys", places[0], "accept_until"),
                Text(
                    "这一版的密钥都已到期, 对方的信封和令牌不会再被接受",
                    "all its keys for this use have ended; nothing the partner signs would be believed",
                ),
                Text(
                    "用登记了新公钥的版本, 或先向对方索取", "use a version with the new public key, or obtain it first"
                ),
            )
    if partner.roots and all(root.not_valid_after_utc < now for root in partner.roots):
        yield tree.finding(
            ("tls", "roots"),
            Text("这一版的根证书都已到期", "all its root certificates have ended"),
            Text("用有新根证书的版本", "use a version with the new root certificate"),
        )
    if all(agreement.valid_to < day_in_china(now) for agreement in partner.agreements):
        yield tree.finding(
            ("agreements", 0, "valid_to"),
            Text("这一版的协议都已到期", "all its agreements have ended"),
            Text("用续签后的版本", "use the version of the renewal"),
        )


def _said(finding: Finding) -> FieldFinding:
    place = f"{finding.file}:{finding.line}: {finding.key}" if finding.key else f"{finding.file}:{finding.line}"
    return FieldFinding(place, finding.problem, finding.fix)
