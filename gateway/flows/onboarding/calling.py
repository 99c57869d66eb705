"""What the first call tells about us: whether the partner accepts our certificate and our token, and why not."""

from collections.abc import Mapping
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.reasons import ROWS, Place, Reason
from gateway.case.texts import Text
from gateway.flows.onboarding.hindrances import authority_hint
from gateway.flows.onboarding.steps import Fault, Step, failed, passed, warned
from gateway.partners.partner import Partner
from gateway.trust.tls import Certified, is_valid_at, region_named_by

ACCEPTED = passed("our_certificate", Text("对方接受了本方证书", "they accepted our certificate"))
BELIEVED = passed("token", Text("对方接受了本方令牌", "they accepted our token"))
_NOT_KNOWN = Text(
    "请对方确认有本地区的伙伴文件 (status: active), tls.roots 是本方机构: 本方运行 tongban partners invite, 对方运行 tongban partners add",
    "have them make sure that they have a partner file for us (status: active) with our authority in tls.roots: run tongban partners"
    " invite here and tongban partners add there",
)
_CLOCKS = Text(
    "两边都核对时钟 (timedatectl, NTP); 允许相差 30 秒",
    "compare both clocks (timedatectl, NTP); 30 seconds apart are allowed",
)
_OF_CLOCK = {
    Reason.TOKEN_EXPIRED: Text(
        "对方认为本方令牌已过期: 对方时钟比本方快", "they hold our token to have ended: their clock is ahead of ours"
    ),
    Reason.TOKEN_NOT_YET_VALID: Text(
        "对方认为本方令牌尚未生效: 对方时钟比本方慢",
        "they hold our token not to be valid yet: their clock is behind ours",
    ),
}


def judge_own_certificate(own: Certified, region: str, now: datetime) -> Step | None:
    """Return what is wrong with our certificate, found without asking anybody; None when it may be shown."""
    certificate = own.certificate
    renew = Text("运行 tongban keys certificate", "run tongban keys certificate")
    if not is_valid_at(certificate, now):
        since, until = (f"{at:%Y-%m-%d}" for at in (certificate.not_valid_before_utc, certificate.not_valid_after_utc))
        said = Text(f"本方证书只在 {since} 至 {until} 有效", f"our certificate is valid from {since} to {until} only")
        return failed("our_certificate", said, Fault.OURS, renew)
    try:
        named = region_named_by(certificate)
    except GatewayError as error:
        return failed("our_certificate", error.cause, Fault.OURS, renew)
    if named != region:
        said = Text(f"本方证书写的是 {named}, 不是 {region}", f"our certificate names {named} and not {region}")
        return failed("our_certificate", said, Fault.OURS, renew)
    return None


def after_describe(error: GatewayError, partner: Partner, own: Certified) -> Mapping[str, Step]:
    """Return how far a call got that failed: the step it failed at, and those before it that went well."""
    word = str(error.facts.get("reason", ""))
    if error.reason is Reason.PARTNER_UNREACHABLE:
        return _at_certificate(
            Text(
                "握手之后对方断开: 不接受本方证书",
                "they broke off after the handshake: our certificate is not accepted",
            ),
            own,
        )
    if error.reason is Reason.PARTNER_REJECTED_US and word.startswith(("CERTIFICATE_", "PARTNER_UNKNOWN")):
        return _at_certificate(_their_words(word), own)
    if error.reason in _OF_CLOCK:
        return _at_token(_OF_CLOCK[error.reason], Fault.BOTH, _CLOCKS)
    if error.reason is Reason.PARTNER_REJECTED_US:
        return _at_token(_their_words(word), Fault.THEIRS, _fix_of(word))
    if error.row.place is Place.OURS:
        return _at_token(error.cause, Fault.OURS, error.fix)
    if error.retriable and error.reason not in (Reason.PARTNER_SLOW, Reason.PARTNER_FAILED):
        return _at_description(warned("description", error.cause, Fault.THEIRS, error.fix))
    fault = Fault.NETWORK if error.reason is Reason.PARTNER_SLOW else Fault.THEIRS
    return _at_description(failed("description", error.cause, fault, error.fix))


def _at_certificate(said: Text, own: Certified) -> Mapping[str, Step]:
    hint = authority_hint(own)
    shown = Text(f"{said.zh} (本方证书: {hint})", f"{said.en} (our certificate: {hint})")
    return {"our_certificate": failed("our_certificate", shown, Fault.THEIRS, _NOT_KNOWN)}


def _at_token(said: Text, fault: Fault, fix: Text) -> Mapping[str, Step]:
    return {"our_certificate": ACCEPTED, "token": failed("token", said, fault, fix)}


def _at_description(step: Step) -> Mapping[str, Step]:
    return {"our_certificate": ACCEPTED, "token": BELIEVED, "description": step}


def _their_words(word: str) -> Text:
    return Text(f"对方回答 {word}", f"they answer {word}")


def _fix_of(word: str) -> Text:
    try:
        return ROWS[Reason(word)].fix
    except ValueError:
        return Text("请对方查看网关日志", "have them look at their log")
