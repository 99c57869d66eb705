"""Reasons for which a caller is not believed."""

from gateway.case.reasons.row import Answer, Family, Place, Row
from gateway.case.reasons.word import Reason
from gateway.case.texts import Text

CALLERS: dict[Reason, Row] = {
    Reason.CERTIFICATE_MISSING: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text("对方没有出示客户端证书", "the caller presented no client certificate"),
        Text(
            "请对方在网关设置中配置由其登记的证书机构签发的证书",
            "have the caller configure a certificate issued by its registered authority",
        ),
    ),
    Reason.CERTIFICATE_REGION: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text(
            "证书没有指明唯一的地区, 或指明的地区不是 {expected}",
            "the certificate does not name exactly one region, or not {expected}",
        ),
        Text(
            "请对方换用写明 tongban://region/ 本地区代码的证书",
            "have the other side use a certificate that names tongban://region/ and its own code",
        ),
    ),
    Reason.CERTIFICATE_ISSUER: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text(
            "证书指明地区 {region}, 但不是该地区登记的证书机构签发的",
            "the certificate names region {region} but was not issued by that region's registered authority",
        ),
        Text(
            "核对伙伴文件 tls.roots; 如对方更换了证书机构, 电话核对指纹后更新",
            "check tls.roots of the partner file; if the authority changed, compare fingerprints by telephone and update it",
        ),
    ),
    Reason.CERTIFICATE_EXPIRED: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text(
            "证书不在有效期内 ({not_before} 至 {not_after})",
            "the certificate is outside its validity ({not_before} to {not_after})",
        ),
        Text("请证书所属一方换发证书, 并核对两边时钟", "have the owner renew the certificate, and compare both clocks"),
    ),
    Reason.CERTIFICATE_DENIED: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text("证书或其地区已被本方列入拒绝名单", "the certificate, or its region, is on this side's deny list"),
        Text(
            "如属误列, 由运维从拒绝名单 (revoked.yaml) 中移出; 否则请对方换发证书",
            "if listed by mistake, take it off the deny list (revoked.yaml); otherwise have the other side renew it",
        ),
    ),
    Reason.PARTNER_UNKNOWN: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text("没有地区 {region} 的伙伴文件", "there is no partner file for region {region}"),
        Text(
            "签订协议后在 partners/ 中添加该地区的文件",
            "add a file for that region to partners/ once an agreement exists",
        ),
    ),
    Reason.TOKEN_MISSING: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text("调用没有携带令牌", "the call carries no token"),
        Text("在 authorization 元数据中放入 Bearer 令牌", "send a Bearer token in the authorization metadata"),
    ),
    Reason.TOKEN_MALFORMED: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text("令牌无法读取: {detail}", "the token cannot be read: {detail}"),
        Text(
            "按 docs/exchange-format.md 的“令牌”一节生成令牌",
            "make the token as docs/exchange-format.md, section Tokens, says",
        ),
    ),
    Reason.TOKEN_ALGORITHM: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text("令牌的签名算法不被接受", "the token's algorithm is not accepted"),
        Text(
            "只用登记密钥的算法 (EdDSA 或 ES256) 签发令牌",
            "sign tokens with the registered key's algorithm only (EdDSA or ES256)",
        ),
    ),
    Reason.TOKEN_KEY_UNKNOWN: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text("令牌所用密钥 (kid) 没有在伙伴文件中登记", "the token's key (kid) is not registered in the partner file"),
        Text(
            "请对方告知新公钥并核对指纹, 再写入伙伴文件 keys",
            "obtain the new public key, compare its fingerprint, add it to keys of the partner file",
        ),
    ),
    Reason.TOKEN_KEY_USE: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text("令牌用了登记为其他用途的密钥", "the token was signed with a key registered for another use"),
        Text("用 use: token 的密钥签发令牌", "sign tokens with a key registered as use: token"),
    ),
    Reason.TOKEN_KEY_EXPIRED: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text("令牌所用密钥已过接受期限", "the key of the token is past its acceptance date"),
        Text(
            "请对方改用当前密钥, 或更新伙伴文件 accept_until",
            "have the other side use its current key, or extend accept_until",
        ),
    ),
    Reason.TOKEN_SIGNATURE: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text("令牌签名不正确", "the token's signature is wrong"),
        Text("核对双方登记的公钥是否一致", "compare the public key registered on both sides"),
    ),
    Reason.TOKEN_AUDIENCE: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text("令牌不是发给本地区的", "the token is meant for another audience"),
        Text(
            "aud 应为 tongban: 加本地区代码 {expected}",
            "aud must be tongban: followed by this region's code, {expected}",
        ),
    ),
    Reason.TOKEN_ISSUER: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text("令牌的签发者不正确", "the token's issuer is wrong"),
        Text("iss 应为 tongban: 加发送方地区代码", "iss must be tongban: followed by the caller's code"),
    ),
    Reason.TOKEN_REGION: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text("令牌与证书指明的地区不同", "token and certificate name different regions"),
        Text("令牌与证书须属于同一地区", "use token and certificate of the same region"),
    ),
    Reason.TOKEN_EXPIRED: Row(
        Family.UNAUTHENTICATED,
        Answer.RETRIABLE,
        Place.PEERING,
        Text("令牌已过期 (允许时差 {leeway} 秒)", "the token has expired (leeway {leeway} s)"),
        Text("换新令牌再试; 仍然如此则核对两边时钟", "try again with a new token; if it persists compare both clocks"),
    ),
    Reason.TOKEN_NOT_YET_VALID: Row(
        Family.UNAUTHENTICATED,
        Answer.RETRIABLE,
        Place.PEERING,
        Text("令牌尚未生效 (允许时差 {leeway} 秒)", "the token is not valid yet (leeway {leeway} s)"),
        Text("核对两边时钟, 稍后再试", "compare both clocks and try again"),
    ),
    Reason.TOKEN_LIFETIME: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text("令牌有效期超过 5 分钟", "the token lives longer than 5 minutes"),
        Text("签发不超过 5 分钟的令牌", "issue tokens that live at most 5 minutes"),
    ),
    Reason.TOKEN_NOT_BOUND: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.PEERING,
        Text("令牌没有绑定到所出示的证书", "the token is not bound to the presented certificate"),
        Text(
            "cnf.x5t#S256 应为所出示证书的 SHA-256 指纹 (RFC 8705 3.1)",
            "cnf.x5t#S256 must be the SHA-256 thumbprint of the presented certificate (RFC 8705 3.1)",
        ),
    ),
    Reason.TIME_AHEAD: Row(
        Family.UNAVAILABLE,
        Answer.RETRIABLE,
        Place.PEERING,
        Text("{field} 写的时间还没有到", "{field} states a time that has not come yet"),
        Text(
            "核对发送方网关的时钟 (NTP); 时间到后会自动接收",
            "check the clock of the sending gateway (NTP); it is taken in once that time has come",
        ),
    ),
}
