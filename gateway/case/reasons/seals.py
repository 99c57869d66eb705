"""Reasons for which a seal is not believed, or a key cannot be used."""

from gateway.case.reasons.row import Answer, Family, Place, Row
from gateway.case.reasons.word import Reason
from gateway.case.texts import Text

SEALS: dict[Reason, Row] = {
    Reason.PAYLOAD_TYPE: Row(
        Family.MALFORMED,
        Answer.PERSON,
        Place.PEERING,
        Text("签名内容的类型不对: 应为 {expected}", "wrong payload type: expected {expected}"),
        Text("按 docs/exchange-format.md 填写 payload_type", "set payload_type as docs/exchange-format.md says"),
    ),
    Reason.MALFORMED_SEAL: Row(
        Family.MALFORMED,
        Answer.PERSON,
        Place.PEERING,
        Text("签名个数应为 1 至 4", "there must be 1 to 4 signatures"),
        Text("按 docs/exchange-format.md 的“签名”一节签名", "seal as docs/exchange-format.md, section Signing, says"),
    ),
    Reason.SEAL_SIGNATURE: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text("信封签名不正确", "the envelope's signature is wrong"),
        Text(
            "核对签名所用字节 (DSSE PAE) 与登记的公钥",
            "check the signed bytes (DSSE PAE) and the registered public key",
        ),
    ),
    Reason.SEAL_KEY_UNKNOWN: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text("签名所用密钥都没有在发送方的伙伴文件中登记", "none of the signing keys is registered for the sender"),
        Text(
            "请对方告知新公钥并核对指纹, 再写入伙伴文件 keys",
            "obtain the new public key, compare its fingerprint, add it to keys of the partner file",
        ),
    ),
    Reason.SEAL_KEY_USE: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text("信封用了登记为其他用途的密钥签名", "the envelope was signed with a key registered for another use"),
        Text("用 use: seal 的密钥签名", "sign envelopes with a key registered as use: seal"),
    ),
    Reason.SEAL_KEY_EXPIRED: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text("签名所用密钥已过接受期限", "the signing key is past its acceptance date"),
        Text("请对方用当前密钥重新签封", "have the other side seal again with its current key"),
    ),
    Reason.SENDER_NOT_CALLER: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text(
            "信封写明的发送方不是本次连接证明的地区 {caller}",
            "the envelope's declared sender is not the proven caller {caller}",
        ),
        Text("每个地区只能递送自己签封的信封", "a region delivers only envelopes it sealed itself"),
    ),
    Reason.WRONG_RECIPIENT: Row(
        Family.FORBIDDEN,
        Answer.PERSON,
        Place.PEERING,
        Text("信封是写给其他地区的", "the envelope is addressed to another region"),
        Text(
            "检查对方的路由: 本网关只收写给 {expected} 的信封",
            "check the sender's routing: this gateway takes only envelopes for {expected}",
        ),
    ),
    Reason.ENVELOPE_ID_CONFLICT: Row(
        Family.CONFLICT,
        Answer.PERSON,
        Place.PEERING,
        Text("同一信封编号、不同内容: 已拒收并告警", "same envelope id, another payload: refused and alarmed"),
        Text(
            "每个信封用新的编号; 重发须发送完全相同的字节",
            "use a new id for every envelope; a retry sends exactly the same bytes",
        ),
    ),
    Reason.KEY_FILE_OPEN: Row(
        Family.INTERNAL,
        Answer.PERSON,
        Place.OURS,
        Text("密钥文件 {file} 可被他人读取", "key file {file} can be read by others"),
        Text("运行: {command}", "run: {command}"),
    ),
    Reason.KEY_FILE_MISSING: Row(
        Family.INTERNAL,
        Answer.PERSON,
        Place.OURS,
        Text("缺少密钥文件 {file}", "key file {file} is missing"),
        Text("运行: {command}", "run: {command}"),
    ),
    Reason.KEY_NOT_IN_FORCE: Row(
        Family.INTERNAL,
        Answer.PERSON,
        Place.OURS,
        Text(
            "按本机时间 {now}, 没有可用的 {use} 密钥: 最新的一把自 {valid_from} 起, 签到 {seal_until}",
            "by our clock ({now}) no {use} key may be used: the newest one signs from {valid_from} to {seal_until}",
        ),
        Text(
            "先核对本机时间 (chrony、NTP); 时间无误的, 运行: {command}",
            "check this machine's clock first (chrony, NTP); if it is right, run: {command}",
        ),
    ),
    Reason.KEY_SUITE_UNAVAILABLE: Row(
        Family.INTERNAL,
        Answer.PERSON,
        Place.OURS,
        Text("本程序没有签名套件 {suite}", "signature suite {suite} is not available in this program"),
        Text("改用 EdDSA 或 ES256", "use EdDSA or ES256"),
    ),
    Reason.KEY_USE_MIXED: Row(
        Family.INTERNAL,
        Answer.PERSON,
        Place.OURS,
        Text("同一密钥不能既签封又签令牌: {file}", "one key cannot both seal and sign tokens: {file}"),
        Text(
            "为两种用途分别生成密钥: tongban keys new --use seal|token",
            "make one key per use: tongban keys new --use seal|token",
        ),
    ),
    Reason.VAULT_KEY_UNKNOWN: Row(
        Family.INTERNAL,
        Answer.PERSON,
        Place.OURS,
        Text("加密数据所用的存储密钥不在密钥文件中", "the storage key of an encrypted record is not in the key file"),
        Text("从备份恢复存储密钥文件", "restore the storage key file from backup"),
    ),
    Reason.VAULT_TAMPERED: Row(
        Family.INTERNAL,
        Answer.PERSON,
        Place.OURS,
        Text("加密数据被改动或放错了位置", "an encrypted record was altered or moved"),
        Text("停止使用该库, 从备份恢复并查明原因", "stop using this store, restore from backup and find out why"),
    ),
}
