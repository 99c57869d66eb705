"""Reasons an operator meets at the versions of partner files."""

from gateway.case.reasons.row import Answer, Family, Place, Row
from gateway.case.reasons.word import Reason
from gateway.case.texts import Text

PARTNER_FILES: dict[Reason, Row] = {
    Reason.VERSION_UNKNOWN: Row(
        Family.UNKNOWN,
        Answer.FINAL,
        Place.OURS,
        Text("没有伙伴 {partner} 的第 {version} 版", "there is no version {version} of partner {partner}"),
        Text(
            "运行 tongban partners history {partner} 查看有哪些版本",
            "see which there are with tongban partners history {partner}",
        ),
    ),
    Reason.VERSION_NOT_FIT: Row(
        Family.UNPROCESSABLE,
        Answer.PERSON,
        Place.OURS,
        Text(
            "伙伴 {partner} 的第 {version} 版今天不能再用, 有 {count} 处问题; 没有改动",
            "version {version} of partner {partner} does not stand today, {count} problems; nothing was changed",
        ),
        Text("选另一版, 或照着它改现在的文件", "choose another version, or edit the file by its example"),
    ),
    Reason.PRIVATE_KEY_IN_FILE: Row(
        Family.UNPROCESSABLE,
        Answer.PERSON,
        Place.OURS,
        Text("{file} 里有私钥, 不显示也不留存", "a private key stands in {file}; it is neither shown nor kept"),
        Text("立即删除并作废这把密钥", "delete it at once and revoke the key"),
    ),
    Reason.PARTNER_FILE_NOT_WRITABLE: Row(
        Family.UNAVAILABLE,
        Answer.PERSON,
        Place.OURS,
        Text("写不了 {file}: {detail}", "{file} cannot be written: {detail}"),
        Text(
            "让运行网关的用户可以写伙伴文件夹, 检查磁盘; 原文件没有变",
            "let the account of the gateway write to the partners folder, check the disk; the file is as it was",
        ),
    ),
}
