"""Texts of signing in through an identity provider, and of whose identity is linked to an account."""

from collections.abc import Mapping

from gateway.case.texts import Text

PROVIDER_WORDS: Mapping[str, Text] = {
    "provider_sign_in": Text("用{label}登录", "Sign in with {label}"),
    "provider_or": Text("或用本系统的登录名和密码", "or with a login and password of this system"),
    "provider_welcome": Text("已登录", "Signed in"),
    "provider_going_on": Text("正在进入; 没有自动跳转时请点“继续”.", "Going on; if nothing happens, use Continue."),
    "provider_problem": Text("没有登录", "Not signed in"),
    "provider_side": Text("在哪一侧", "Where"),
    "provider_side_theirs": Text("认证平台一侧", "at the identity provider"),
    "provider_side_ours": Text("本系统一侧", "in this system"),
    "provider_side_between": Text("本系统与认证平台之间", "between this system and the identity provider"),
    "provider_again": Text("重新登录", "Sign in again"),
    "provider_signed_out": Text("已退出本系统", "Signed out of this system"),
    "provider_signing_out_there": Text(
        "正在同时退出认证平台; 没有自动跳转时请点下面的链接.",
        "Signing out of the identity provider as well; if nothing happens, use the link.",
    ),
    "provider_sign_out_there": Text("退出认证平台", "Sign out of the identity provider"),
    "provider_still_there": Text(
        "认证平台上可能仍是登录状态, 共用电脑请关闭浏览器.",
        "You may still be signed in at the identity provider; on a shared computer close the browser.",
    ),
    "identity": Text("统一身份认证", "Identity provider"),
    "identity_linked": Text("已关联", "Linked"),
    "identity_not_linked": Text("未关联", "Not linked"),
    "identity_about": Text(
        "关联后本人可从认证平台登录; 角色仍由这里决定. 把链接交给本人, 由其在认证平台登录一次即完成关联.",
        "Once it is linked, its owner may sign in there; roles stay with us. Hand the link to the owner: signing in there once links it.",
    ),
    "identity_make_link": Text("发一次性关联链接", "One-time link to link it"),
    "identity_unlink": Text("解除关联", "Unlink"),
    "identity_subject": Text("认证平台的用户标识 (sub)", "Subject at the provider (sub)"),
    "identity_subject_hint": Text(
        "也可照认证平台管理页面直接填写; 只保存它的加密摘要",
        "or give it as the provider's own pages show it; only a keyed hash is kept",
    ),
    "identity_link": Text("关联", "Link"),
    "identity_link_made": Text(
        "把下面的链接交给账号本人, 24 小时内有效, 只能用一次. 打开后在认证平台登录, 即与此账号关联.",
        "Give this link to the owner of the account; it is good once, within 24 hours. Signing in at the provider with it links the account.",
    ),
    "identity_binding": Text("关联到账号", "Link to the account"),
    "identity_binding_about": Text(
        "继续后请以您本人的身份在认证平台登录. 这不是您的账号时, 请不要继续.",
        "Go on and sign in at the provider as yourself. If this account is not yours, do not go on.",
    ),
}
