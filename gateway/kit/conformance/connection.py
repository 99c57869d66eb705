"""Checks of chapter 1: the connection."""

from datetime import timedelta

from cryptography.hazmat.primitives.hashes import SHA256

from gateway.case.errors import GatewayError
from gateway.case.texts import Text
from gateway.kit.conformance.check import Chapter
from gateway.kit.conformance.expectations import must
from gateway.kit.conformance.handshakes import shake_hands, speaks_old, why
from gateway.kit.conformance.minted import claims_for, signed
from gateway.kit.conformance.samples import NOWHERE
from gateway.kit.conformance.session import Session
from gateway.kit.conformance.verdicts import Failed, Skipped
from gateway.kit.conformance.wires import Ended, dialled
from gateway.trust.identity import NOBODY_DENIED, prove_certificate
from gateway.trust.tls import Certified, issue, new_authority
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb

CHAPTER = Chapter(1, Text("连接", "The connection"))
_NOT_OURS = Text(
    "本方证书由局里的机构签发, 没有它的私钥就做不出这张错误的证书",
    "our certificate is of the bureau's authority; without its key this wrong certificate cannot be made",
)
_TLS = Text("检查服务端 TLS 配置", "look at the TLS settings of the server")
_CALLERS = Text(
    "服务端要求客户端证书, 并在握手之后核对其地区、签发机构与日期",
    "demand a client certificate, and check its region, issuer and dates after the handshake",
)


@CHAPTER.check(
    1,
    Text("TLS 1.2 或 1.3, 协商 h2, 证书指明本地区", "TLS 1.2 or 1.3, h2, a certificate that names its region"),
    demand=Text(
        "服务端证书由登记的机构签发, 写有约定的主机名和唯一的 tongban://region/代码",
        "the server's certificate is of the registered authority and holds the host name and one tongban://region/CODE",
    ),
    section="3",
    mend=Text(
        "连接不上: 核对地址、端口和防火墙; 证书不成立: 按第 3 节换发, 并核对测试方登记的根证书与主机名",
        "not reached: check address, port and firewall; not proven: issue the certificate as section 3 says, and compare"
        " root and host name with what the tester registered",
    ),
)
async def _speaks_tls(s: Session) -> None:
    target = s.target
    try:
        shown = await shake_hands(
            target.host, target.port, target.server_name, target.partner.roots, s.identity.certified
        )
    except OSError as error:
        raise Failed(why(error)) from None
    sha256 = shown.certificate.fingerprint(SHA256()).hex()
    s.note(f"{shown.version}, ALPN {shown.protocol}, certificate SHA-256 {sha256}")
    must(shown.protocol == "h2", Text("没有协商出 h2", "ALPN did not choose h2"))
    pem = Certified(shown.certificate, s.identity.certified.private).certificate_pem
    try:
        prove_certificate(pem, s.keys, s.identity.region, s.world.clock(), NOBODY_DENIED)
    except GatewayError as error:
        raise Failed(error.cause) from None


@CHAPTER.check(
    2,
    Text("不再说 TLS 1.1", "TLS 1.1 is spoken no more"),
    demand=Text("只用 TLS 1.2 或 1.3", "TLS 1.2 or 1.3 only"),
    section="3",
    mend=_TLS,
)
async def _forgot_old_tls(s: Session) -> None:
    target = s.target
    chance = (s.world.nonce() + s.world.nonce() + s.world.nonce())[:32]
    try:
        old = await speaks_old(target.host, target.port, target.server_name, chance)
    except OSError as error:
        raise Failed(why(error)) from None
    must(not old, Text("服务端接着按 TLS 1.1 或更老的版本握手", "the server went on in TLS 1.1 or older"))


@CHAPTER.check(
    3,
    Text("没有客户端证书的连接得不到服务", "a connection without a client certificate is not served"),
    demand=Text("双向 TLS", "mutual TLS"),
    section="3",
    mend=_CALLERS,
)
async def _needs_certificate(s: Session) -> None:
    ended = await _call_as(s, None)
    must(ended.code != "OK", Text("没有证书的调用得到了答复", "a call without a certificate was answered"))


@CHAPTER.check(
    4,
    Text("别的机构签发的客户端证书被拒绝", "a client certificate of another authority is refused"),
    demand=Text(
        "客户端证书由登记给该代码的根签发; 未登记的机构什么也证明不了",
        "a client certificate is issued by a root registered for its code; an unregistered authority proves nothing",
    ),
    section="3",
    mend=_CALLERS,
)
async def _refuses_other_authority(s: Session) -> None:
    now = s.world.clock()
    stranger = new_authority(s.identity.region, "conformance stranger", now, 1)
    ended = await _call_as(s, issue(stranger, s.identity.region, [], now, 1, server=False))
    must(ended.code != "OK", Text("别的机构签发的证书被接受了", "a certificate of another authority was accepted"))


@CHAPTER.check(
    5,
    Text("指明别的地区的客户端证书被拒绝", "a client certificate that names another region is refused"),
    demand=Text(
        "证书指明的地区必须是其签发机构登记的那个地区",
        "the region a certificate names is the one its issuer is registered for",
    ),
    section="3",
    mend=_CALLERS,
)
async def _refuses_other_region(s: Session) -> None:
    authority = _own_authority(s)
    ended = await _call_as(s, issue(authority, NOWHERE, [], s.world.clock(), 1, server=False))
    must(
        ended.code != "OK",
        Text("指明别的地区的证书被接受了", "a certificate that names another region was accepted"),
    )


@CHAPTER.check(
    6,
    Text("过期的客户端证书被拒绝", "an expired client certificate is refused"),
    demand=Text("证书必须在有效期内", "a certificate is within its dates"),
    section="3",
    mend=_CALLERS,
)
async def _refuses_expired(s: Session) -> None:
    ended_yesterday = issue(
        _own_authority(s), s.identity.region, [], s.world.clock() - timedelta(days=2), 1, server=False
    )
    ended = await _call_as(s, ended_yesterday)
    must(ended.code != "OK", Text("过期的证书被接受了", "an expired certificate was accepted"))


@CHAPTER.check(
    7,
    Text("没有这个方法: UNIMPLEMENTED, 原因 NOT_SERVED", "a method that is not there: UNIMPLEMENTED with NOT_SERVED"),
    demand=Text(
        "不提供的方法答 UNIMPLEMENTED, 状态详情带 Problem", "a method not served answers UNIMPLEMENTED with a Problem"
    ),
    section="12",
    mend=Text(
        "在 grpc-status-details-bin 里放 google.rpc.Status 和 Problem",
        "put google.rpc.Status with a Problem into grpc-status-details-bin",
    ),
)
async def _names_what_is_not_served(s: Session) -> None:
    ended = await s.wire.ask_unknown("/tongban.exchange.v1.ExchangeService/NoSuchMethod", s.bearing())
    s.note(f"NoSuchMethod → {ended}")
    must(ended.code == "UNIMPLEMENTED", Text(f"得到 {ended}", f"got {ended}"))
    must(ended.reason == "NOT_SERVED", Text("状态详情里没有 NOT_SERVED", "no NOT_SERVED in the status details"))


def _own_authority(s: Session) -> Certified:
    if s.identity.authority is None:
        raise Skipped(_NOT_OURS)
    return s.identity.authority


async def _call_as(s: Session, own: Certified | None) -> Ended:
    """Call with another certificate, and a token that is right for it."""
    async with dialled(s.target.address, s.target.server_name, s.target.partner.roots, own) as wire:
        claims = claims_for(s.identity, s.target.region, int(s.world.clock().timestamp()), s.world.new_id())
        if own is not None:
            claims["cnf"] = {"x5t#S256": own.fingerprint}
        token = signed(s.identity.token_key, claims)
        ended = await wire.ask("DescribeGateway", pb.DescribeGatewayRequest(), s.bearing(token))
    s.note(f"DescribeGateway → {ended}")
    return ended
