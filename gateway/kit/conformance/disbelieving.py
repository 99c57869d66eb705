"""Checks of chapter 5: what is not believed gets no receipt.  Those of what is refused stand in `refusing`."""

from gateway.case.texts import Text
from gateway.kit.conformance.answers import Answer
from gateway.kit.conformance.check import Chapter
from gateway.kit.conformance.envelopes import Change, resealed, seal
from gateway.kit.conformance.expectations import must_reject
from gateway.kit.conformance.samples import NOWHERE
from gateway.kit.conformance.session import Session
from gateway.trust.dsse import RECEIPTS_PAYLOAD
from gateway.trust.keys import new_key
from gateway.trust.suites import KeyUse
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2

CHAPTER = Chapter(5, Text("不采信与拒收", "Not believed, and refused"))
_REJECT = Text(
    "不真实的信封不出回执、不入库, 并告警; 不可重试",
    "what is not authentic gets no receipt, is not stored, and alarms; it is not retriable",
)
_VERIFY = Text(
    "按第 5 节六步验签, 再比对四处地区名", "verify in the six steps of section 5, then compare the four names"
)


async def changed_case(s: Session, change: Change) -> Answer:
    """Deliver a new case that was changed before it was sealed; an accepted one is withdrawn at the end."""
    made = s.make(s.new_case(), change=change)
    answer = await s.deliver_one(made)
    if answer.is_accepted:
        s.keep(made, answer)
    return answer


@CHAPTER.check(
    1, Text("给别的地区的信封", "an envelope for another region"), demand=_REJECT, section="6, 9", mend=_VERIFY
)
async def _wrong_recipient(s: Session) -> None:
    def to_another(wire: exchange_pb2.Envelope) -> None:
        wire.recipient_region = NOWHERE

    must_reject(await changed_case(s, to_another), "WRONG_RECIPIENT")


@CHAPTER.check(
    2,
    Text("以别的地区名义签发的信封", "an envelope in the name of another region"),
    demand=Text("签名者、发送方、证书、令牌是同一地区", "signer, sender, certificate and token are one region"),
    section="5",
    mend=_VERIFY,
)
async def _wrong_sender(s: Session) -> None:
    def from_another(wire: exchange_pb2.Envelope) -> None:
        wire.sender_region = NOWHERE

    must_reject(await changed_case(s, from_another), "SENDER_NOT_CALLER")


@CHAPTER.check(
    3,
    Text("签名不对; 内容在签名之后被改", "a wrong signature; a payload changed after sealing"),
    demand=_REJECT,
    section="5",
    mend=_VERIFY,
)
async def _wrong_signature(s: Session) -> None:
    made = s.make(s.new_case())
    sealed = exchange_pb2.SealedEnvelope.FromString(made.sealed.SerializeToString())
    sealed.signatures[0].sig = s.identity.seal_key.sign(b"something else")
    must_reject(await s.deliver_one(resealed(made, sealed)), "SEAL_SIGNATURE")
    sealed = exchange_pb2.SealedEnvelope.FromString(made.sealed.SerializeToString())
    sealed.payload = s.make(s.new_case()).payload
    must_reject(await s.deliver_one(resealed(made, sealed)), "SEAL_SIGNATURE")


@CHAPTER.check(
    4,
    Text("没有登记的签封密钥", "a seal key nobody registered"),
    demand=_REJECT,
    section="5",
    mend=_VERIFY,
)
async def _unknown_key(s: Session) -> None:
    stranger = new_key(KeyUse.SEAL, s.identity.seal_key.suite, now=s.world.clock())
    made = s.make(s.new_case())
    must_reject(await s.deliver_one(resealed(made, seal(made.payload, [stranger]))), "SEAL_KEY_UNKNOWN")


@CHAPTER.check(
    5,
    Text("用令牌密钥签封", "sealed with a token key"),
    demand=Text("一把密钥只有一种用途", "a key has one use"),
    section="2",
    mend=_VERIFY,
)
async def _key_of_other_use(s: Session) -> None:
    made = s.make(s.new_case())
    must_reject(await s.deliver_one(resealed(made, seal(made.payload, [s.identity.token_key]))), "SEAL_KEY_USE")


@CHAPTER.check(
    6,
    Text("签封类型不是信封", "another payload type"),
    demand=Text("先看 payload_type 是否是此处应有的那种", "payload_type is checked first and is the one of this place"),
    section="5",
    mend=_VERIFY,
)
async def _wrong_type(s: Session) -> None:
    made = s.make(s.new_case())
    sealed = seal(made.payload, [s.identity.seal_key], RECEIPTS_PAYLOAD)
    must_reject(await s.deliver_one(resealed(made, sealed)), "PAYLOAD_TYPE")


@CHAPTER.check(
    7,
    Text("没有签名, 或多于四个", "no signature, or more than four"),
    demand=Text("1 至 4 个签名", "1 to 4 signatures"),
    section="5, 13",
    mend=_VERIFY,
)
async def _wrong_count(s: Session) -> None:
    made = s.make(s.new_case())
    for count in (0, 5):
        keys = [s.identity.seal_key] * count
        must_reject(await s.deliver_one(resealed(made, seal(made.payload, keys))), "MALFORMED_SEAL")
