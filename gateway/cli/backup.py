"""`tongban backup`: a backup of a gateway that goes on working, and the check of one."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.case.texts import Text
from gateway.cli.moments import moment
from gateway.cli.options import home_option, json_option, lang_option, settings_of, speaking
from gateway.cli.speech import Speaker

if TYPE_CHECKING:
    from gateway.flows.restored.backup import Tell
    from gateway.flows.restored.manifest import Manifest
    from gateway.settings import Settings
    from gateway.store.pace import Pace

SHARE = 0.5
"""Of the disk's time a backup takes of a working gateway."""
POLITE = 10
"""Added to the niceness of the process: a gateway that works gets the processor first."""


@click.command()
@click.argument("target", type=click.Path(path_type=Path, file_okay=False))
@click.option("--check", is_flag=True, help="只核对已有的备份 / check an existing backup.")
@click.option("--with-keys", is_flag=True, help="连同密钥, 用口令加密 / with the keys, encrypted under a passphrase.")
@click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="口令所在的文件, 0600; 不给则询问 / file with the passphrase, mode 0600; asked for otherwise.",
)
@click.option("--copy", is_flag=True, help="材料不做硬链接, 一律复制 / copy materials, make no hard links.")
@click.option(
    "--full-speed", is_flag=True, help="不让出磁盘和处理器 / do not rest, and take the processor as any other."
)
@home_option
@json_option
@lang_option
@speaking
def backup(
    speaker: Speaker,
    target: Path,
    check: bool,
    with_keys: bool,
    passphrase_file: Path | None,
    copy: bool,
    full_speed: bool,
    home: Path,
) -> None:
    """备份网关, 运行中也可以 / back a gateway up while it works.

    TARGET 是还不存在的文件夹; 要么完整出现, 要么不出现. 默认不含密钥: 没有 keys/ 里的密钥, 备份打不开.
    """
    from gateway.app.opening import software
    from gateway.app.world import new_uuid7
    from gateway.flows.restored.backup import Backup, check_backup, make_backup

    rhythm = pace(full_speed=full_speed)
    if not full_speed:
        os.nice(POLITE)
    if check:
        with progress(speaker) as tell:
            _said(speaker, target, check_backup(target, pace=rhythm, tell=tell), checked=True)
        return
    settings = settings_of(home, speaker)
    locked = _locked(settings, speaker, passphrase_file) if with_keys else None
    plan = Backup(settings, settings.software or software(), locked, link=not copy)
    with progress(speaker) as tell:
        made = make_backup(plan, target.absolute(), now=datetime.now(UTC), new_id=new_uuid7(), pace=rhythm, tell=tell)
    _said(speaker, target, made, checked=False)


def pace(*, full_speed: bool) -> "Pace":
    """Return how much of the disk's time is taken."""
    from gateway.store.pace import Pace

    return Pace(1.0 if full_speed else SHARE, time.sleep, time.monotonic)


@contextmanager
def progress(speaker: Speaker) -> "Iterator[Tell]":
    """Show on standard error how far a step is, where that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress, TaskID

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as shown:
        tasks: dict[str, TaskID] = {}

        def tell(step: str, done: int, of: int) -> None:
            if step not in tasks:
                tasks[step] = shown.add_task(_STEPS[step].say(speaker.lang), total=of)
            shown.update(tasks[step], completed=done, total=of)

        yield tell


def passphrase_of(file: Path | None, speaker: Speaker, *, confirm: bool) -> str:
    """Return the passphrase from a file that nobody else can read, or ask for it.

    Raises:
        GatewayError: KEY_FILE_OPEN.
    """
    if file is not None:
        from gateway.trust.secret_files import read_secret

        return read_secret(file, "").decode("utf-8").strip()
    return str(click.prompt(_PASSPHRASE.say(speaker.lang), hide_input=True, confirmation_prompt=confirm, err=True))


def _locked(settings: "Settings", speaker: Speaker, file: Path | None) -> bytes:
    from gateway.trust.locked_files import SHORTEST_PASSPHRASE, lock

    passphrase = passphrase_of(file, speaker, confirm=True)
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise click.UsageError(_SHORT.format(least=SHORTEST_PASSPHRASE).say(speaker.lang))
    files: dict[str, bytes] = {}
    for path in sorted({*settings.keys.rglob("*"), settings.vault}):
        if not path.is_file():
            continue
        if not path.is_relative_to(settings.home):
            speaker.note(_OUTSIDE.format(file=path))
            continue
        files[path.relative_to(settings.home).as_posix()] = path.read_bytes()
    return lock(files, passphrase, os.urandom(28))


def _said(speaker: Speaker, folder: Path, manifest: "Manifest", *, checked: bool) -> None:
    size = sum(entry.bytes for entry in manifest.files)
    if speaker.as_json:
        speaker.document(facts_of(folder, manifest) | {"checked": checked})
        return
    facts = {
        "folder": folder,
        "region": f"{manifest.name} ({manifest.region})",
        "at": moment(manifest.made_at.isoformat()),
        "cases": manifest.cases,
        "owed": manifest.owed,
        "files": len(manifest.files),
        "mib": round(size / 1024**2, 1),
    }
    speaker.say((_CHECKED if checked else _MADE).format(**facts))
    speaker.say(_WITH_KEYS if manifest.with_keys else _NO_KEYS)
    if manifest.missing:
        speaker.note(_MISSING.format(count=len(manifest.missing)))


def facts_of(folder: Path, manifest: "Manifest") -> dict[str, Any]:
    """Return what scripts learn of a backup."""
    return {
        "folder": str(folder),
        "region": manifest.region,
        "made_at": manifest.made_at.isoformat(),
        "incarnation": manifest.incarnation,
        "schema": manifest.migrations[-1] if manifest.migrations else "",
        "cases": manifest.cases,
        "owed": manifest.owed,
        "files": len(manifest.files),
        "bytes": sum(entry.bytes for entry in manifest.files),
        "missing_materials": len(manifest.missing),
        "with_keys": manifest.with_keys,
    }


_STEPS = {
    "store": Text("数据库", "store"),
    "materials": Text("材料", "materials"),
    "check": Text("核对", "checking"),
}
_PASSPHRASE = Text("备份密钥的口令", "passphrase of the keys in the backup")
_SHORT = Text("口令至少 {least} 个字符", "a passphrase has at least {least} characters")
_OUTSIDE = Text(
    "{file} 不在网关文件夹内, 没有放进备份", "{file} lies outside the gateway's folder and is not in the backup"
)
_MADE = Text(
    "已备份到 {folder}: {region}, 截至 {at}, 办件 {cases} 件, 待送信封 {owed} 个, 文件 {files} 个, {mib} MiB",
    "backed up to {folder}: {region} as of {at}, {cases} cases, {owed} envelopes owed, {files} files, {mib} MiB",
)
_CHECKED = Text(
    "备份完好: {folder}: {region}, 截至 {at}, 办件 {cases} 件, 待送信封 {owed} 个, 文件 {files} 个, {mib} MiB",
    "the backup is whole: {folder}: {region} as of {at}, {cases} cases, {owed} envelopes owed, {files} files, {mib} MiB",
)
_WITH_KEYS = Text("密钥在内, 已用口令加密", "the keys are in it, encrypted under the passphrase")
_NO_KEYS = Text(
    "不含密钥: 请另行妥善保存 keys/ 文件夹, 没有它备份打不开",
    "the keys are not in it: keep the folder keys/ elsewhere; without it the backup cannot be opened",
)
_MISSING = Text(
    "数据库提到的 {count} 份材料不在磁盘上, 没有备份",
    "{count} materials that the store names are not on the disk and not in the backup",
)
