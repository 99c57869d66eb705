"""What people did, in words: the acts of the audit as an auditor reads them; one that has no words is shown as it is."""

from collections.abc import Mapping

from gateway.case.lifecycle import EVENT_NAMES
from gateway.case.texts import Text

ACT_NAMES: Mapping[str, Text] = {
    "page.opened": Text("打开页面", "opened a page"),
    "page.refused": Text("打开被拒绝", "was refused a page"),
    "console.sign_in": Text("登录", "signed in"),
    "console.sign_out": Text("退出", "signed out"),
    "console.link": Text("发一次性链接", "made a one-time link"),
    "console.password_chosen": Text("设置密码", "chose a password"),
    "console.second_factor": Text("开启第二因素", "turned the second factor on"),
    "console.second_factor_dropped": Text("关闭第二因素", "turned a second factor off"),
    "console.account_shut": Text("停用账号的全部登录方式", "shut an account"),
    "console.person_added": Text("建立账号", "made an account"),
    "console.person_changed": Text("修改账号", "changed an account"),
    "console.session_ended": Text("结束会话", "ended a session"),
    "console.identity_linked": Text("关联统一身份", "linked an identity"),
    "console.identity_unlinked": Text("解除统一身份", "unlinked an identity"),
    "case.viewed": Text("查看办件", "viewed a case"),
    "case.unmasked": Text("查看完整信息", "saw personal data in full"),
    "case.searched": Text("查询办件", "searched cases"),
    "case.exported": Text("导出办件", "exported cases"),
    "case.submit": Text("收件并转出", "took a case in"),
    "case.claim": Text("认领办件", "claimed a case"),
    "material.viewed": Text("查看材料", "viewed a file"),
    "material.downloaded": Text("下载材料", "downloaded a file"),
    "material.uploaded": Text("上传材料", "uploaded a file"),
    "document.shown": Text("打开文书或凭证", "opened a document"),
    "view.saved": Text("保存视图", "saved a view"),
    "view.renamed": Text("视图改名", "renamed a view"),
    "view.removed": Text("删除视图", "removed a view"),
    "audit.exported": Text("导出审计", "exported the audit"),
    "audit.verified": Text("核验审计", "verified the audit"),
    "partner.asked": Text("询问伙伴", "asked a partner"),
    "partner.test": Text("开始测试连接", "began a connection test"),
    "partner.tested": Text("测试连接", "tested a connection"),
    "partner.rollback": Text("恢复伙伴文件", "brought a partner file back"),
    "keys.approved": Text("批准密钥", "approved keys"),
    "keys.rejected": Text("拒绝密钥", "rejected keys"),
    "day.reconciled": Text("对账", "compared a day"),
    "partner.invited": Text("邀请伙伴", "invited a partner"),
    "partner.added": Text("加入伙伴", "added a partner"),
    "document.printed": Text("打印文书", "printed a document"),
    "notice.worded": Text("文书用语改动生效", "put an edited wording of a notice in force"),
    "licence.looked_up": Text("查询电子证照", "looked a licence up"),
    "day.explained": Text("说明对账差异", "explained a day"),
    "maintenance.announce": Text("公告维护", "announced maintenance"),
    "maintenance.end": Text("结束维护", "ended maintenance"),
    "queue.hold": Text("暂停发送", "held messages"),
    "queue.release": Text("放行", "released messages"),
    "queue.retry": Text("重试", "tried messages again"),
    "queue.fail": Text("终止发送", "ended messages"),
    "queue.redirect": Text("改送", "sent messages elsewhere"),
}
OUTCOME_NAMES: Mapping[str, Text] = {
    "done": Text("成功", "done"),
    "refused": Text("被拒绝", "refused"),
    "begun": Text("已开始", "begun"),
    "passed": Text("通过", "passed"),
    "failed": Text("没有通过", "failed"),
    "holds": Text("相符", "holds"),
    "broken": Text("不相符", "does not hold"),
    "HTTP_403": Text("没有权限", "no right to it"),
    "HTTP_404": Text("没有这个页面或办件", "no such page or case"),
}
"""How an act ended; numbers, reasons and words of registers have no name and stand as they are."""
WAYS_IN: Mapping[str, Text] = {
    "password": Text("密码", "password"),
    "code": Text("密码和验证码", "password and code"),
    "link": Text("一次性链接", "one-time link"),
    "provider": Text("统一身份认证", "identity provider"),
    "locked": Text("账号已锁定", "the account is locked"),
}
"""How somebody signed in, or why they did not."""
_EVENTS = {kind.__name__: name for kind, name in EVENT_NAMES.items()}


def act_name(act: str) -> Text:
    """Return an act in words."""
    verb, _, event = act.rpartition(".")
    if verb in ("case.act", "case.correct") and event in _EVENTS:
        name = _EVENTS[event]
        return name if verb == "case.act" else Text(f"更正: {name.zh}", f"corrected: {name.en}")
    return ACT_NAMES.get(act) or Text(act, act)


def outcome_name(outcome: str) -> Text:
    """Return how an act ended in words."""
    return OUTCOME_NAMES.get(outcome) or Text(outcome, outcome)


def detail_name(act: str, detail: str) -> Text:
    """Return what a row says beside, in words where it is one of few."""
    return (WAYS_IN.get(detail) if act == "console.sign_in" else None) or Text(detail, detail)
