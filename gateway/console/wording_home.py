"""Texts of the home page: what waits for somebody, in numbers."""

from collections.abc import Mapping

from gateway.case.texts import Text

WORDS_OF_HOME: Mapping[str, Text] = {
    "home_window": Text("窗口: 我的收件", "Window: taken in here"),
    "home_handler": Text("审批: 我的办件", "Handler: decided here"),
    "home_operations": Text("运维", "Operations"),
    "home_accounts": Text("账号与链接", "Accounts and links"),
    "home_audit": Text("审计", "Audit"),
    "home_drafts": Text("没有提交的收件", "Not sent yet"),
    "home_week": Text("一周内到期, 其中已超期 {late}", "due within a week; of them overdue: {late}"),
    "home_partners": Text("联系不上或有问题的伙伴", "Partners away or with a problem"),
    "home_partners_of": Text("另有 {yellow} 个要留意, 共 {all} 个", "{yellow} more to look at, of {all}"),
    "home_failures": Text("停发的信封", "Envelopes kept back"),
    "home_causes": Text("{count} 种原因", "causes: {count}"),
    "home_partner_files": Text("伙伴文件的问题", "Findings in partner files"),
    "home_system_files": Text("本地系统文件的问题", "Findings in files of systems"),
    "home_notice_files": Text("文书用语文件的问题", "Findings in wordings of notices"),
    "notice_files_about": Text(
        "有错误的文件不生效, 照用改动前的; 改好后几秒内生效, 不用重启.",
        "A file with an error does not count, what was in force before does; once it is mended it counts within seconds.",
    ),
    "home_keys": Text("快到期的密钥和证书", "Keys and certificates near their end"),
    "home_keys_first": Text("最早的还有 {days} 天", "days left to the first: {days}"),
    "home_keys_announced": Text("等决定的对方密钥", "Keys of partners to be decided"),
    "home_days": Text("对账差异未说明的天数", "Days that differ, unexplained"),
    "home_unclaimed": Text("没有系统认领的办件", "Cases no system claimed"),
    "home_locked": Text("已锁定的账号", "Locked accounts"),
    "home_links": Text("还没用的一次性链接", "One-time links not used yet"),
    "home_links_of": Text("24 小时内有效", "good for 24 hours at most"),
    "home_bare": Text("没有第二因素的账号", "Accounts without a second factor"),
    "home_bare_of": Text("共 {all} 个账号在用", "of {all} in use"),
    "home_sealed": Text("还没封存的审计行", "Rows not sealed yet"),
    "home_sealed_at": Text("上次封存 {at}", "last sealed {at}"),
    "home_sealed_never": Text("还没有封存过", "never sealed yet"),
    "home_verified": Text("上次核验", "Last verification"),
    "home_verified_holds": Text("相符", "holds"),
    "home_verified_broken": Text("不相符", "does not hold"),
    "home_verified_never": Text("没有核验过", "never verified"),
    "home_refused": Text("今天被拒绝的访问", "Refused today: pages and cases"),
    "home_sign_ins": Text("今天失败的登录", "Refused today: signing in"),
}
