"""What the machine must offer before a gateway can start on it: a disk of its own, files, a clock, a store it can read.

Leaves to others: the files people edit, keys, certificates and ports (`readiness`).
"""

import os
import resource
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from gateway.case.texts import Text
from gateway.files.findings import Finding, Severity
from gateway.settings import Settings
from gateway.store.migrating import newer_than_this_program
from gateway.store.sqlite.glance import glance

OPEN_FILES = 1024
"""Fewer and a busy gateway runs out: a connection for each partner each way, each call of a local system, each file moved."""
NOT_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
"""A clock that shows less was never set: this program is younger."""
NETWORK_DISKS = frozenset(
    [
        "9p",
        "afs",
        "ceph",
        "cifs",
        "davfs",
        "fuse.davfs",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "glusterfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
        "vboxsf",
    ]
)
_MOUNTS = Path("/proc/self/mountinfo")


def examine_machine(settings: Settings, now: datetime, mounts: Path = _MOUNTS) -> Iterator[Finding]:
    """Yield what is wrong with the machine.

    Args:
        now: aware UTC.
        mounts: lists what is mounted, proc(5); where it is missing nothing is said about disks.
    """
    yield from _clock(settings, now)
    yield from _disk_kind(settings, mounts)
    yield from _open_files(settings)
    yield from _store(settings)


def _clock(settings: Settings, now: datetime) -> Iterator[Finding]:
    if now < NOT_BEFORE:
        yield Finding(
            str(settings.file),
            0,
            "",
            Text(
                f"系统时钟是 {now:%Y-%m-%d %H:%M}, 没有校准",
                f"the system clock shows {now:%Y-%m-%d %H:%M} UTC: it was never set",
            ),
            Text("启用时间同步: timedatectl set-ntp true", "turn time synchronisation on: timedatectl set-ntp true"),
        )


def _disk_kind(settings: Settings, mounts: Path) -> Iterator[Finding]:
    kind = disk_kind(settings.data, mounts)
    if kind in NETWORK_DISKS:
        yield Finding(
            str(settings.data),
            0,
            "data",
            Text(
                f"数据文件夹在网络文件系统 ({kind}) 上, 数据库会损坏",
                f"it lies on a network file system ({kind}), which breaks the database",
            ),
            Text("把 data 改到本机磁盘", "put `data` on a disk of this machine"),
        )


def disk_kind(folder: Path, mounts: Path = _MOUNTS) -> str:
    """Return the kind of file system a folder lies, or will lie, on; empty when it cannot be told."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists()).resolve()
    best, kind = -1, ""
    for line in lines:
        # proc_pid_mountinfo(5): … (5) mount point … - (9) file system type; spaces are written \\040.
        before, _, after = line.partition(" - ")
        point = before.split()[4].replace("\\040", " ")
        # The later of two mounts at one point is the one that is seen.
        if there.is_relative_to(point) and len(point) >= best:
            best, kind = len(point), after.split()[0]
    return kind


def _open_files(settings: Settings) -> Iterator[Finding]:
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed != resource.RLIM_INFINITY and allowed < OPEN_FILES:
        yield Finding(
            str(settings.file),
            0,
            "",
            Text(f"只能打开 {allowed} 个文件, 忙时不够", f"{allowed} open files are allowed: too few when it is busy"),
            Text(
                f"运行: ulimit -n {OPEN_FILES}, 或在服务里写 LimitNOFILE=65536",
                f"run: ulimit -n {OPEN_FILES}, or write LimitNOFILE=65536 in the service",
            ),
            Severity.WARNING,
        )


def _store(settings: Settings) -> Iterator[Finding]:
    newer = glance(settings.store_file, newer_than_this_program)
    if newer:
        yield Finding(
            str(settings.store_file),
            0,
            "",
            Text(f"数据库已由更新的版本改过 ({newer})", f"a newer program has changed the store ({newer})"),
            Text(
                "装回新版本, 或用升级前的备份恢复",
                "install the newer program again, or restore the backup made before the upgrade",
            ),
        )
    if settings.store_file.exists() and not os.access(settings.store_file, os.W_OK):
        yield Finding(
            str(settings.store_file),
            0,
            "",
            Text("数据库文件不能写", "the store cannot be written"),
            Text(
                f"运行: chown 给运行网关的用户, chmod 600 {settings.store_file}",
                f"run: chown it to the gateway's account, chmod 600 {settings.store_file}",
            ),
        )
