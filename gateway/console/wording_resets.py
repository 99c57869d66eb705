"""Texts about what was done to accounts that may let somebody into them."""

from collections.abc import Mapping

from gateway.case.texts import Text

WORDS_OF_RESETS: Mapping[str, Text] = {
    "resets_own": Text("别人对您账号的操作 (最近三十天)", "What others did to your account (30 days)"),
    "resets_lately": Text("您的账号最近由别人处理过", "Others did something to your account lately"),
    "resets_not_asked": Text("不是您要求的, 马上告诉审计员", "Tell the auditor at once if you did not ask for it"),
    "resets_all": Text(
        "重设和关闭 (最近三十天, 最新 20 条)", "Links, resets and factors turned off (30 days, the newest 20)"
    ),
    "reset_first": Text("建立第一个账号", "the first account"),
    "reset_password": Text("重设密码", "a new password"),
    "reset_sign_in": Text("直接登录", "signing in"),
    "reset_identity": Text("关联统一身份", "an identity of the provider"),
    "resets_whom": Text("账号", "Account"),
    "at_the_machine": Text("网关所在机器", "the gateway's machine"),
    "code_with_password": Text(
        "这个账号开启了第二因素, 重设密码也要它的验证码",
        "this account has a second factor; a new password needs its code too",
    ),
    "apart_made": Text(
        "账号已保存. 审计员的登录链接只能在网关所在机器上开 (三权分立), 运行下面的命令, 把链接交给本人.",
        "The account is saved. Links for an auditor are made at the gateway's machine (separation of powers): run this and give the link to its owner.",
    ),
    "apart_about": Text(
        "审计员的账号: 开启第二因素后才能发重设链接, 用链接时还要本人的验证码; 关闭第二因素或新给审计角色, 会停用该账号的密码和全部登录方式, 只能由网关所在机器重新开链接.",
        "An auditor's account: a link can be made once its second factor is on, and its owner's code is asked for with it. Turning the factor off, or making an account an auditor's, shuts every way into it until a link is made at the gateway's machine.",
    ),
}
