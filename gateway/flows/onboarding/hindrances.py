"""What hinders the way to a partner, in words: what it means, on which side to look, what to do.  One row per kind."""

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256

from gateway.case.texts import Text
from gateway.flows.onboarding.steps import Fault, Step, failed
from gateway.flows.onboarding.way import Hindered, Hindrance, Seen
from gateway.partners.partner import Partner
from gateway.partners.schema import Endpoint
from gateway.trust.tls import Certified


@dataclass(frozen=True, slots=True)
class _Row:
    said: Text
    fault: Fault
    fix: Text


_ROWS: Mapping[Hindrance, _Row] = {
    Hindrance.NAME_UNKNOWN: _Row(
        Text("域名 {host} 无法解析", "the name {host} is not found"),
        Fault.NETWORK,
        Text(
            "在本机运行 getent hosts {host}; 核对伙伴文件 endpoints 的写法; 内网域名请网络管理员在 DNS 中添加",
            "run getent hosts {host} on this machine; check endpoints of the partner file; have the name added to the DNS",
        ),
    ),
    Hindrance.NO_ROUTE: _Row(
        Text("{address} 网络不通", "{address}: no route"),
        Fault.NETWORK,
        Text(
            "请网络管理员开通到 {address} 的路由 (政务外网)", "have the route to {address} opened (government network)"
        ),
    ),
    Hindrance.REFUSED: _Row(
        Text("{address} 拒绝连接: 机器在, 端口上没有程序", "{address} refuses: the machine is there, nobody listens"),
        Fault.THEIRS,
        Text(
            "请对方确认网关在运行 (tongban serve)、监听端口是 {port}, 且监听的不是 127.0.0.1",
            "have them make sure that the gateway runs (tongban serve) and listens on {port}, and not on 127.0.0.1 alone",
        ),
    ),
    Hindrance.SILENT: _Row(
        Text("{address} 没有任何回应 (超过时限)", "{address} does not answer at all within the bound"),
        Fault.NETWORK,
        Text(
            "多半是防火墙: 请两地网络管理员放行本机到 {address} 的 TCP; 也可能对方机器停机",
            "most likely a firewall: have TCP to {address} allowed at both ends; or their machine is down",
        ),
    ),
    Hindrance.NOT_TLS: _Row(
        Text("{address} 上的程序不讲 TLS", "what answers at {address} does not speak TLS"),
        Fault.THEIRS,
        Text(
            "核对端口是不是对方网关的 peering.listen; 对方前面若有代理, 应原样转发 TCP, 不得拆开 TLS",
            "check that the port is their peering.listen; a proxy in front must pass TCP on and not end TLS",
        ),
    ),
    Hindrance.HANDSHAKE: _Row(
        Text("{address} TLS 握手中断", "the TLS handshake with {address} broke off"),
        Fault.THEIRS,
        Text(
            "请对方查看网关日志; 确认前面没有拆开 TLS 的设备, 且支持 TLS 1.2 以上",
            "have them look at their log, make sure that no device ends TLS in front, and that TLS 1.2 or later is spoken",
        ),
    ),
    Hindrance.OTHER_ISSUER: _Row(
        Text(
            "{address} 的证书不是登记的机构签发的{seen}",
            "the certificate at {address} was not issued by the registered authority{seen}",
        ),
        Fault.BOTH,
        Text(
            "电话核对对方证书机构的 SHA-256; 对方换了机构就请其重新 invite, 本方 add --replace; 核对不上不要继续: 可能连到了别人",
            "compare the SHA-256 of their authority by telephone; if it changed have them invite again and add it with --replace;"
            " if it does not fit, stop: somebody else may be answering",
        ),
    ),
    Hindrance.OTHER_NAME: _Row(
        Text("{address} 的证书上没有 {name}{seen}", "the certificate at {address} does not carry {name}{seen}"),
        Fault.BOTH,
        Text(
            "证书上的名字正确时, 本方把它写进 endpoints 的 server_name; 否则请对方换含有 {name} 的证书",
            "if the name in the certificate is right write it as server_name; otherwise have them use one with {name}",
        ),
    ),
    Hindrance.OUT_OF_DATE: _Row(
        Text("{address} 的证书不在有效期内{seen}", "the certificate at {address} is out of date{seen}"),
        Fault.THEIRS,
        Text(
            "请对方换发证书 (tongban keys certificate); 也核对两边时钟",
            "have them renew it (tongban keys certificate); compare the clocks as well",
        ),
    ),
    Hindrance.NOT_PROVEN: _Row(
        Text(
            "{address} 的证书不能证明是 {code}: {detail}",
            "the certificate at {address} does not prove {code}: {detail}",
        ),
        Fault.THEIRS,
        Text(
            "请对方换用写明 tongban://region/{code} 的证书; 或核对 tls.pinned",
            "have them use a certificate that names tongban://region/{code}; or check tls.pinned",
        ),
    ),
}


def step_of(key: str, found: Hindered, endpoint: Endpoint, partner: Partner, own: Certified) -> Step:
    """Return the step that ended at this hindrance."""
    row = _ROWS[found.what]
    facts: dict[str, object] = {
        "host": endpoint.host,
        "port": endpoint.port,
        "address": endpoint.address,
        "name": endpoint.expected_name,
        "code": partner.code,
        "detail": found.detail or Text("", ""),
        "seen": _seen(found.seen, found.what),
    }
    return failed(key, row.said.format(**facts), row.fault, row.fix.format(**facts))


def _seen(seen: Seen | None, what: Hindrance) -> Text:
    if seen is None:
        return Text("", "")
    match what:
        case Hindrance.OTHER_NAME:
            names = ", ".join(seen.names[:5]) or "-"
            return Text(f"; 上面有: {names}", f"; it has: {names}")
        case Hindrance.OUT_OF_DATE:
            since, until = (f"{at:%Y-%m-%d %H:%M} UTC" for at in (seen.since, seen.until))
            return Text(f" ({since} 至 {until})", f" ({since} to {until})")
        case _:
            return Text(f"; 签发者自称 {seen.issuer}", f"; its issuer calls itself {seen.issuer}")


def authority_hint(own: Certified) -> str:
    """Return the issuer and SHA-256 of our own certificate, for people who compare."""
    certificate = own.certificate
    return f"{certificate.issuer.rfc4514_string()}; SHA-256 {certificate.fingerprint(SHA256()).hex()}"
