"""Reasons people meet when they sign in through an identity provider (统一身份认证)."""

from gateway.case.reasons.row import Answer, Family, Place, Row
from gateway.case.reasons.word import Reason
from gateway.case.texts import Text

PROVIDERS: dict[Reason, Row] = {
    Reason.PROVIDER_OFF: Row(
        Family.UNKNOWN,
        Answer.FINAL,
        Place.LOCAL,
        Text("这里没有接入统一身份认证", "no identity provider is connected here"),
        Text("用登录名和密码登录", "sign in with login and password"),
    ),
    Reason.PROVIDER_AWAY: Row(
        Family.UNAVAILABLE,
        Answer.RETRIABLE,
        Place.LOCAL,
        Text("统一身份认证平台没有正常应答 ({why})", "the identity provider does not answer as it should ({why})"),
        Text(
            "稍后再试, 或用登录名和密码登录; 一直如此请联系认证平台的管理单位",
            "try again later, or sign in with login and password; if it stays so, ask whoever runs the provider",
        ),
    ),
    Reason.PROVIDER_ODD: Row(
        Family.UNAVAILABLE,
        Answer.PERSON,
        Place.LOCAL,
        Text(
            "统一身份认证平台的应答不可信 ({why}), 没有登录",
            "what the identity provider answered cannot be trusted ({why}); nobody was signed in",
        ),
        Text(
            "用登录名和密码登录; 请运维人员按 docs/console-oidc.md 核对 console.oidc 和认证平台的配置",
            "sign in with login and password; an operator compares console.oidc with the provider's settings"
            " (docs/console-oidc.md)",
        ),
    ),
    Reason.PROVIDER_REFUSED: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.LOCAL,
        Text("统一身份认证平台没有完成登录 ({why})", "the identity provider did not sign you in ({why})"),
        Text(
            "重新登录; 被拒绝时请联系认证平台的管理单位",
            "sign in again; if it refuses you, ask whoever runs the provider",
        ),
    ),
    Reason.PROVIDER_ATTEMPT_OVER: Row(
        Family.CONFLICT,
        Answer.PERSON,
        Place.LOCAL,
        Text(
            "这次登录不是在本浏览器里开始的, 或已超过 10 分钟, 或已用过",
            "this sign-in was not begun in this browser, took more than 10 minutes, or was used already",
        ),
        Text(
            "回到登录页重新开始; 每次都这样时, 检查打开控制台用的地址是否就是 console.oidc.return_to",
            "begin again at the page to sign in; if it happens each time, see whether the console is opened at the address"
            " in console.oidc.return_to",
        ),
    ),
    Reason.PROVIDER_NOT_LINKED: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.LOCAL,
        Text(
            "您在统一身份认证平台的身份没有关联本系统的在用账号",
            "no open account here is linked to who you are at the identity provider",
        ),
        Text("请安全管理员为您的账号发一次性关联链接", "ask the security officer for a one-time link for your account"),
    ),
    Reason.PROVIDER_LINKED_ELSEWHERE: Row(
        Family.CONFLICT,
        Answer.PERSON,
        Place.LOCAL,
        Text("这个身份已关联另一个账号", "this identity is linked to another account already"),
        Text(
            "请安全管理员先在那个账号上解除关联",
            "a security officer unlinks it at that account first",
        ),
    ),
    Reason.PROVIDER_OTHER_LOGIN: Row(
        Family.CONFLICT,
        Answer.PERSON,
        Place.LOCAL,
        Text(
            "您在统一身份认证平台的登录名与要关联的账号不一致, 没有关联",
            "your login at the identity provider is not that of the account; nothing was linked",
        ),
        Text(
            "确认链接是发给您本人的, 并且在认证平台用的是自己的账号",
            "make sure that the link is meant for you, and that you signed in there as yourself",
        ),
    ),
}
