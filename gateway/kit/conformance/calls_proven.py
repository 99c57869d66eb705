"""Checks of chapter 2: who calls, proven by a token."""

from typing import Any

from gateway.case.texts import Text
from gateway.kit.conformance.check import Chapter
from gateway.kit.conformance.expectations import must, must_refuse_call
from gateway.kit.conformance.minted import claims_for, signed, signed_with_public_key, unsigned
from gateway.kit.conformance.samples import NOWHERE
from gateway.kit.conformance.session import Session
from gateway.trust.keys import new_key
from gateway.trust.suites import KeyUse

CHAPTER = Chapter(2, Text("令牌", "Tokens"))
UNAUTHENTICATED = "UNAUTHENTICATED"
LEEWAY = 30
_MEND = Text("按第 4 节的次序逐项核对令牌", "check the token item by item in the order of section 4")
_ORDER = Text(
    "令牌逐项核对, 第一个不符的告诉对方, 各有各的原因",
    "a token is checked item by item, the first that fails is told, each with a reason of its own",
)


def _claims(s: Session, **changes: Any) -> dict[str, Any]:
    second = int(s.world.clock().timestamp())
    return claims_for(s.identity, s.target.region, second, s.world.new_id()) | changes


async def _refused(s: Session, token: str, *reasons: str) -> None:
    must_refuse_call(await s.describe(s.bearing(token)), UNAUTHENTICATED, reasons)


@CHAPTER.check(
    1,
    Text("没有令牌", "no token"),
    demand=Text("每次调用都带一个令牌", "every call carries one token"),
    section="4",
    mend=_MEND,
)
async def _none_at_all(s: Session) -> None:
    must_refuse_call(await s.describe(()), UNAUTHENTICATED, ["TOKEN_MISSING"])


@CHAPTER.check(
    2,
    Text("两个 authorization", "two authorization entries"),
    demand=Text("恰好一个 authorization", "exactly one authorization entry"),
    section="4",
    mend=_MEND,
)
async def _two_of_them(s: Session) -> None:
    ended = await s.describe((*s.bearing(), *s.bearing()))
    must_refuse_call(ended, UNAUTHENTICATED, ["TOKEN_MALFORMED", "TOKEN_MISSING"])


@CHAPTER.check(
    3,
    Text("不是 JWT, 或超过 4096 个字符", "no JWT, or more than 4096 characters"),
    demand=_ORDER,
    section="4",
    mend=_MEND,
)
async def _not_readable(s: Session) -> None:
    await _refused(s, "not-a-token", "TOKEN_MALFORMED")
    await _refused(s, signed(s.identity.token_key, _claims(s, jti="x" * 5000)), "TOKEN_MALFORMED")


@CHAPTER.check(
    4,
    Text("算法 none, 或以公钥作口令的 HS256", "algorithm none, or HS256 with the public key as its secret"),
    demand=Text("算法由登记的密钥决定, 不由令牌决定", "the algorithm is the registered key's, never the token's"),
    section="4",
    mend=_MEND,
)
async def _other_algorithm(s: Session) -> None:
    key, claims = s.identity.token_key, _claims(s)
    await _refused(s, unsigned(key, claims), "TOKEN_ALGORITHM", "TOKEN_MALFORMED")
    await _refused(s, signed_with_public_key(key, claims), "TOKEN_ALGORITHM")


@CHAPTER.check(
    5,
    Text("签发者是别的地区", "issued in the name of another region"),
    demand=Text("iss 与证书是同一地区", "iss and certificate are one region"),
    section="4",
    mend=_MEND,
)
async def _other_issuer(s: Session) -> None:
    token = signed(s.identity.token_key, _claims(s, iss=f"tongban:{NOWHERE}"))
    await _refused(s, token, "TOKEN_REGION")
    await _refused(s, signed(s.identity.token_key, _claims(s, iss="https://example.invalid")), "TOKEN_ISSUER")


@CHAPTER.check(
    6,
    Text("没有登记的密钥", "a key nobody registered"),
    demand=_ORDER,
    section="4",
    mend=_MEND,
)
async def _unknown_key(s: Session) -> None:
    stranger = new_key(KeyUse.TOKEN, s.identity.token_key.suite, now=s.world.clock())
    await _refused(s, signed(stranger, _claims(s)), "TOKEN_KEY_UNKNOWN")


@CHAPTER.check(
    7,
    Text("用签封密钥签的令牌", "a token signed with a seal key"),
    demand=Text("一把密钥只有一种用途", "a key has one use"),
    section="2",
    mend=_MEND,
)
async def _key_of_other_use(s: Session) -> None:
    await _refused(s, signed(s.identity.seal_key, _claims(s)), "TOKEN_KEY_USE")


@CHAPTER.check(
    8,
    Text("签名不对", "a wrong signature"),
    demand=_ORDER,
    section="4",
    mend=_MEND,
)
async def _wrong_signature(s: Session) -> None:
    stranger = new_key(KeyUse.TOKEN, s.identity.token_key.suite, now=s.world.clock())
    await _refused(s, signed(stranger, _claims(s), kid=s.identity.token_key.kid), "TOKEN_SIGNATURE")


@CHAPTER.check(
    9,
    Text("收件方是别的网关", "for another gateway"),
    demand=Text("aud 是被叫网关的代码", "aud is the code of the gateway that is called"),
    section="4",
    mend=_MEND,
)
async def _other_audience(s: Session) -> None:
    await _refused(s, signed(s.identity.token_key, _claims(s, aud=f"tongban:{NOWHERE}")), "TOKEN_AUDIENCE")
    both = [f"tongban:{s.target.region}", f"tongban:{NOWHERE}"]
    await _refused(s, signed(s.identity.token_key, _claims(s, aud=both)), "TOKEN_AUDIENCE")


@CHAPTER.check(
    10,
    Text("过期, 或还没有开始", "expired, or not begun"),
    demand=Text(
        "过期与未到开始时间的令牌被拒绝, 换一个新令牌可再试",
        "a token past its end or before its beginning is refused, retriable with a new one",
    ),
    section="4",
    mend=_MEND,
)
async def _out_of_time(s: Session) -> None:
    second = int(s.world.clock().timestamp())
    past = _claims(s, iat=second - 400, nbf=second - 400, exp=second - 100)
    await _refused(s, signed(s.identity.token_key, past), "TOKEN_EXPIRED")
    future = _claims(s, iat=second + 120, nbf=second + 120, exp=second + 400)
    await _refused(s, signed(s.identity.token_key, future), "TOKEN_NOT_YET_VALID")


@CHAPTER.check(
    11,
    Text("时钟相差 25 秒以内照常", "clocks 25 seconds apart do no harm"),
    demand=Text("30 秒以内的时钟差不算错", "30 s of difference between the clocks are forgiven"),
    section="4",
    mend=Text(
        "核对时间时留 30 秒余地; 两边时钟与授时服务器同步", "allow for 30 s; keep clocks in step with a time server"
    ),
)
async def _clocks_apart(s: Session) -> None:
    second = int(s.world.clock().timestamp()) + LEEWAY - 5
    ended = await s.describe(
        s.bearing(signed(s.identity.token_key, _claims(s, iat=second, nbf=second, exp=second + 300)))
    )
    must(ended.code == "OK", Text(f"得到 {ended}", f"got {ended}"))


@CHAPTER.check(
    12,
    Text("有效期超过 300 秒", "a life of more than 300 seconds"),
    demand=Text("exp 至多在 iat 之后 300 秒", "exp is at most 300 s after iat"),
    section="4",
    mend=_MEND,
)
async def _too_long_a_life(s: Session) -> None:
    second = int(s.world.clock().timestamp())
    await _refused(s, signed(s.identity.token_key, _claims(s, exp=second + 3600)), "TOKEN_LIFETIME")


@CHAPTER.check(
    13,
    Text("没有绑定在这张证书上", "not bound to this certificate"),
    demand=Text("cnf 是这个连接的客户端证书", "cnf names the client certificate of this connection"),
    section="4",
    mend=_MEND,
)
async def _not_bound(s: Session) -> None:
    of_nothing = {"x5t#S256": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"}
    await _refused(s, signed(s.identity.token_key, _claims(s, cnf=of_nothing)), "TOKEN_NOT_BOUND")
    await _refused(s, signed(s.identity.token_key, _claims(s, cnf=None)), "TOKEN_NOT_BOUND")


@CHAPTER.check(
    14,
    Text("用过的令牌过期后重放", "a token that was believed, again after its end"),
    demand=Text(
        "在有效期内可以反复使用, 过期后不再被采信",
        "a token may be used again while it lives, and is not believed after its end",
    ),
    section="4",
    mend=Text(
        "缓存验证结果时, 也要记住它到何时为止", "whoever remembers that a token was right has to remember until when"
    ),
    waits=True,
)
async def _replayed_late(s: Session) -> None:
    second = int(s.world.clock().timestamp())
    life = 10
    token = signed(s.identity.token_key, _claims(s, iat=second, nbf=second, exp=second + life))
    for _ in range(2):
        ended = await s.describe(s.bearing(token))
        must(ended.code == "OK", Text(f"有效期内得到 {ended}", f"while it lived: {ended}"))
    await s.world.sleep(life + LEEWAY + 2)
    await _refused(s, token, "TOKEN_EXPIRED")
