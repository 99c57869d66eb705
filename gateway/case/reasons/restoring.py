"""Backup, restore, and catching up with partners afterwards."""

from gateway.case.reasons.row import Answer, Family, Place, Row
from gateway.case.reasons.word import Reason
from gateway.case.texts import Text

RESTORING: dict[Reason, Row] = {
    Reason.CATCHING_UP: Row(
        Family.UNAVAILABLE,
        Answer.RETRIABLE,
        Place.OURS,
        Text(
            "本网关由备份恢复, 正在与 {partner} 核对恢复点之后的往来, 核对完成前不向其发出也不接收新内容",
            "this gateway was restored from a backup and is catching up with {partner}; until that is done nothing new is"
            " sent to it or taken from it",
        ),
        Text(
            "稍后原样再试; 对方长期联系不上时, 由运维决定是否放弃核对 (见 docs/backup.md)",
            "try the same again later; if that partner cannot be reached for long, an operator may end the catching up"
            " (docs/backup.md)",
        ),
    ),
    Reason.BACKUP_TARGET: Row(
        Family.CONFLICT,
        Answer.PERSON,
        Place.OURS,
        Text(
            "备份目标 {folder} 已存在或无法建立 ({detail})", "the target {folder} exists or cannot be made ({detail})"
        ),
        Text("换一个还不存在的文件夹名", "name a folder that does not exist yet"),
    ),
    Reason.BACKUP_BROKEN: Row(
        Family.UNPROCESSABLE,
        Answer.PERSON,
        Place.OURS,
        Text("备份 {folder} 不完整或被改动: {detail}", "the backup {folder} is incomplete or was altered: {detail}"),
        Text("换用另一份备份", "use another backup"),
    ),
    Reason.BACKUP_LOCKED: Row(
        Family.UNPROCESSABLE,
        Answer.PERSON,
        Place.OURS,
        Text("备份中的密钥打不开", "the keys in the backup do not open"),
        Text("核对口令", "check the passphrase"),
    ),
    Reason.RESTORE_TARGET: Row(
        Family.CONFLICT,
        Answer.PERSON,
        Place.OURS,
        Text("{folder} 里已有网关的数据, 不会覆盖", "{folder} holds a gateway's data already; nothing is overwritten"),
        Text(
            "恢复到新的文件夹; 要用原文件夹, 先把其中的数据文件夹移走",
            "restore into a new folder; to use this one, move its data folder away first",
        ),
    ),
}
