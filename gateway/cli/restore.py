"""`tongban restore`: a gateway from a backup, with what cannot come back said in plain words; and how its catching up stands."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.case.texts import Text
from gateway.cli.backup import pace, passphrase_of, progress
from gateway.cli.moments import moment
from gateway.cli.options import home_option, json_option, lang_option, settings_of, speaking
from gateway.cli.speech import Speaker

if TYPE_CHECKING:
    from gateway.flows.restored.restore import RestoredHome
    from gateway.settings import Settings


@click.command()
@click.argument("source", required=False, type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="备份中密钥的口令所在的文件, 0600 / file with the passphrase of the keys, mode 0600.",
)
@click.option("--status", is_flag=True, help="恢复之后与各地区核对到哪里 / how far it has caught up with partners.")
@click.option(
    "--give-up", metavar="CODE", default="", help="不再等某地区, 直接往来 / end the catching up with a partner."
)
@click.option("--reason", default="", help="--give-up 的理由, 记入审计 / why, for the audit.")
@home_option
@json_option
@lang_option
@speaking
def restore(
    speaker: Speaker,
    source: Path | None,
    passphrase_file: Path | None,
    status: bool,
    give_up: str,
    reason: str,
    home: Path,
) -> None:
    """由备份恢复网关到 --home / restore a gateway from a backup into --home.

    不会覆盖任何已有数据. 恢复后启动时, 网关先与各地区核对恢复点之后的往来, 再收发新内容.
    """
    if give_up:
        _give_up(speaker, settings_of(home, speaker), give_up, reason)
    elif status:
        _status(speaker, settings_of(home, speaker))
    elif source is None:
        raise click.UsageError(_WHICH.say(speaker.lang))
    else:
        _restore(speaker, source, home, passphrase_file)


def _restore(speaker: Speaker, source: Path, home: Path, passphrase_file: Path | None) -> None:
    from gateway.app.world import new_uuid7
    from gateway.flows.restored import restore as flow
    from gateway.flows.restored.manifest import read_manifest
    from gateway.settings import load_divisions

    now = datetime.now(UTC)
    with_keys = read_manifest(source).with_keys and not (home / "keys").exists()
    passphrase = passphrase_of(passphrase_file, speaker, confirm=False) if with_keys else None
    with progress(speaker) as tell:
        done = flow.restore(
            source,
            home.absolute(),
            passphrase=passphrase,
            divisions=load_divisions(),
            new_id=new_uuid7(),
            now=now,
            pace=pace(full_speed=True),
            tell=tell,
        )
    _said(speaker, done, now)


def _said(speaker: Speaker, done: "RestoredHome", now: datetime) -> None:
    since = done.manifest.made_at
    partners = _partners(done.settings, now)
    if speaker.as_json:
        speaker.document(
            {
                "home": str(done.settings.home),
                "window": {"from": since.isoformat(), "to": now.isoformat()},
                "partners": partners,
                "kept": [str(path) for path in done.kept],
                "keys": done.keys_there,
            }
        )
        return
    facts = {
        "home": done.settings.home,
        "since": moment(since.isoformat()),
        "now": moment(now.isoformat()),
        "partners": "、".join(partners),
    }
    speaker.say(_RESTORED.format(**facts, cases=done.manifest.cases))
    speaker.say(_WINDOW.format(**facts))
    speaker.say((_ASKED if partners else _NOBODY).format(**facts))
    for path in done.kept:
        speaker.note(_KEPT.format(file=path))
    if not done.keys_there:
        speaker.note(_NO_KEYS.format(folder=done.settings.keys))


def _partners(settings: "Settings", now: datetime) -> list[str]:
    from gateway.case.days import day_in_china
    from gateway.partners.check import check_folder
    from gateway.partners.redirects import Redirects
    from gateway.partners.registry import Registry
    from gateway.settings import load_divisions

    divisions = load_divisions()
    registry = Registry(divisions)
    redirects = Redirects.packaged()
    registry.reload(check_folder(settings.partners, divisions, settings.region, day_in_china(now), redirects))
    return [partner.code for partner in registry.current() if not partner.is_sample]


def _status(speaker: Speaker, settings: "Settings") -> None:
    from gateway.store import incarnation
    from gateway.store.sqlite.copying import read_store

    life = read_store(settings.store_file, incarnation.life)
    if life is None or life.backup_at is None:
        speaker.document({"restored": False}) if speaker.as_json else speaker.say(_NEVER)
        return
    caught = {
        row.partner: row for row in read_store(settings.store_file, lambda tx: incarnation.caught_up(tx, life.id))
    }
    codes = sorted({*_partners(settings, datetime.now(UTC)), *caught})
    if speaker.as_json:
        speaker.document(
            {
                "restored": True,
                "backup_at": life.backup_at.isoformat(),
                "partners": {
                    code: {"outcome": caught[code].outcome, "taken_back": caught[code].taken_back}
                    if code in caught
                    else {"outcome": "waiting", "taken_back": 0}
                    for code in codes
                },
            }
        )
        return
    speaker.say(_SINCE.format(at=moment(life.backup_at.isoformat())))
    lines = [
        (
            code,
            _OUTCOMES[caught[code].outcome if code in caught else ""].say(speaker.lang),
            str(caught[code].taken_back),
        )
        if code in caught
        else (code, _OUTCOMES[""].say(speaker.lang), "")
        for code in codes
    ]
    speaker.table((_PARTNER, _HOW, _COUNT), lines, empty=_NOBODY)


def _give_up(speaker: Speaker, settings: "Settings", code: str, reason: str) -> None:
    from gateway.store import audit, incarnation
    from gateway.store.database import Transaction
    from gateway.store.sqlite.copying import write_store

    if not reason.strip():
        raise click.UsageError(_WHY.say(speaker.lang))
    now = datetime.now(UTC)

    def end(tx: Transaction) -> bool:
        life = incarnation.life(tx)
        if life is None or life.backup_at is None:
            return False
        done = incarnation.note_caught_up(tx, life.id, code, incarnation.ENDED, 0, now)
        if done:
            audit.note(tx, now, "staff:*", "partner.catch_up_ended", code, detail=reason.strip()[:200])
        return done

    speaker.say((_ENDED if write_store(settings.store_file, end) else _NOTHING).format(code=code))


_WHICH = Text("写明由哪个备份恢复", "say which backup to restore")
_WHY = Text("用 --reason 写明理由", "say why with --reason")
_RESTORED = Text(
    "已恢复到 {home}: 截至 {since} 的 {cases} 件办件",
    "restored into {home}: {cases} cases as of {since}",
)
_WINDOW = Text(
    "从 {since} 到 {now} 之间, 已经交给对方地区的办件和事件会从对方取回; 还没有交给对方的 (本地系统已得到 202 的也在内) 找不回来."
    " 请让各本地系统把这段时间的办件用原编号原内容重新提交一遍: 已取回的不会重复, 丢失的会重新建立; 这段时间做过而对方没有收到的环节请重做.",
    "between {since} and {now}: cases and events that had been handed over come back from the partners; what had not been,"
    " even where a local system got its 202, cannot come back.  Have every local system submit its cases of that time once"
    " more, same number and same content: what came back is not doubled, what is lost is made again; acts the other side never"
    " got have to be done again.",
)
_ASKED = Text(
    "启动后先向这些地区核对并取回: {partners}; 核对完成前不向其发新内容, 也不接收其新内容. 进度: tongban restore --status",
    "at the start these partners are asked first: {partners}; until each is done nothing new is sent to it or taken from it."
    "  Progress: tongban restore --status",
)
_NOBODY = Text("没有需要核对的地区", "there is no partner to ask")
_KEPT = Text("{file} 已存在, 保持不变", "{file} was there already and stays as it is")
_NO_KEYS = Text(
    "密钥不在 {folder}: 启动之前把另行保存的 keys/ 放进去",
    "there are no keys in {folder}: put them there before the start",
)
_NEVER = Text("这个网关不是由备份恢复的", "this gateway was not restored from a backup")
_SINCE = Text("由 {at} 的备份恢复", "restored from a backup of {at}")
_OUTCOMES = {
    "": Text("待核对", "waiting"),
    "done": Text("已核对", "caught up"),
    "ended": Text("已由运维放弃核对", "ended by an operator"),
}
_PARTNER = Text("地区", "partner")
_HOW = Text("核对", "caught up")
_COUNT = Text("取回信封", "envelopes back")
_ENDED = Text(
    "已放弃与 {code} 的核对; 运行中的网关在半分钟内开始与其正常往来. 恢复点之后与其往来的办件可能不一致, 请人工核对.",
    "the catching up with {code} is ended; a running gateway goes on with it within half a minute.  Cases exchanged with it"
    " after the backup may differ and have to be compared by hand.",
)
_NOTHING = Text("与 {code} 没有待核对的内容", "there is nothing to catch up with {code}")
