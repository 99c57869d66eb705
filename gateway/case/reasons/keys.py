"""Reasons that have to do with keys and certificates: denied ones, announced ones, those an operator puts in place."""

from gateway.case.reasons.row import Answer, Family, Place, Row
from gateway.case.reasons.word import Reason
from gateway.case.texts import Text

_DENIED = Text(
    "请对方换用新密钥; 如属误列, 从 revoked.yaml 中移出",
    "have the other side use another key; if it was listed by mistake, take it off revoked.yaml",
)

KEYS: dict[Reason, Row] = {
    Reason.SEAL_KEY_DENIED: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text("签名所用密钥已列入拒绝名单", "the signing key is on the deny list"),
        _DENIED,
    ),
    Reason.TOKEN_KEY_DENIED: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text("令牌所用密钥已列入拒绝名单", "the key of the token is on the deny list"),
        _DENIED,
    ),
    Reason.KEY_FOLDER_OPEN: Row(
        Family.INTERNAL,
        Answer.PERSON,
        Place.OURS,
        Text("密钥文件夹 {file} 可被他人进入", "others may enter the folder of keys {file}"),
        Text("运行: {command}", "run: {command}"),
    ),
    Reason.KEY_NOT_ANNOUNCED: Row(
        Family.UNKNOWN,
        Answer.FINAL,
        Place.OURS,
        Text("{partner} 没有等待核对的密钥 {kid}", "{partner} has no announced key {kid} that waits to be decided"),
        Text("运行 tongban keys announced 查看", "see what waits with tongban keys announced"),
    ),
    Reason.PARTNER_FILE_NOT_EDITED: Row(
        Family.UNPROCESSABLE,
        Answer.PERSON,
        Place.OURS,
        Text("不能自动写入 {file}: {detail}", "{file} cannot be changed by itself: {detail}"),
        Text(
            "照 tongban keys announced --json 给出的内容手工加到 keys 之下",
            "add what tongban keys announced --json prints under `keys` by hand",
        ),
    ),
    Reason.CERTIFICATE_NOT_FIT: Row(
        Family.UNPROCESSABLE,
        Answer.PERSON,
        Place.OURS,
        Text(
            "证书 {file} 不能使用, 有 {count} 处问题; 没有改动",
            "certificate {file} cannot be used, {count} problems; nothing was changed",
        ),
        Text("请证书机构按申请重新签发", "have the authority issue it anew for the request"),
    ),
}
