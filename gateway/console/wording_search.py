"""Texts of searching, saved views and the audit."""

from collections.abc import Mapping

from gateway.case.texts import Text

WORDS_OF_SEARCH: Mapping[str, Text] = {
    "within": Text("最近", "Lately"),
    "within_days": Text("天内收件", "days"),
    "found_count": Text("共", "Found:"),
    "found_more": Text("超过", "more than"),
    "found_at_least": Text("至少", "at least"),
    "found_cases": Text("件", "cases"),
    "reached": Text(
        "已查到这个收件时间, 更早的还没有查:",
        "Looked through back to this moment; what was taken in before it was not looked at yet:",
    ),
    "look_further": Text("继续查更早的", "Look further back"),
    "views": Text("保存的视图", "Saved views"),
    "view_name": Text("视图名称", "Name of the view"),
    "view_name_hint": Text("最多 20 个字, 不要写姓名", "20 characters at the most, no name of a person"),
    "save_view": Text("保存为视图", "Save as a view"),
    "save_view_about": Text(
        "视图保存事项、地区、状态和日期. 编号、姓名和证件号码不保存: 它们指向具体的人, 视图会一直留在库里.",
        "A view keeps item, region, state and days. Numbers of cases, names and certificate numbers are left out: they are about"
        " one person, and a view stays in the store.",
    ),
    "rename": Text("改名", "Rename"),
    "remove_view": Text("删除视图", "Remove the view"),
    "manage_view": Text("改名或删除", "Rename or remove"),
    "view_saved": Text("视图已保存", "The view is saved"),
    "view_removed": Text("视图已删除", "The view is removed"),
    "audit_people": Text("所有人员", "Everybody"),
    "audit_everything": Text("全部 (含系统和地区)", "Everything (systems and regions too)"),
    "audit_address": Text("从哪里", "From where"),
    "audit_act_name": Text("做了什么 (中文)", "What, in words"),
    "audit_act_hint": Text("以点结尾按前缀筛选, 如 material.", "a dot at the end filters by beginning, as material."),
    "audit_bounded": Text(
        "只翻看了 50,000 行, 更早的用“更早”继续, 或填写对象、人员.",
        "50,000 rows were looked through; go on with “Older”, or name a subject or a person.",
    ),
    "audit_verify": Text("核验审计", "Verify the audit"),
    "audit_verify_about": Text(
        "审计行每分钟封存一次, 前后相连, 用本网关的密钥作印. 核验时从现有的行重新计算. 抄下链头, 下次核验时填入, 可以发现整段被删.",
        "Rows are sealed every minute, each seal resting on the one before, with this gateway's key. To verify, all is made again"
        " from the rows as they are. Write the head down and give it next time: that shows when an end was cut off.",
    ),
    "verify_since": Text("从哪天起 (不填为最早)", "Since which day (empty: the first)"),
    "verify_head": Text("以前抄下的链头 (可不填)", "Head that was written down (optional)"),
    "verified_nothing": Text(
        "没有已封存的行可核验; 每分钟封存一次, 请稍后再试.",
        "No sealed rows to verify; they are sealed every minute, so try again shortly.",
    ),
    "verified_holds": Text("审计完整, 没有改动", "The audit is whole; nothing was altered"),
    "verified_broken": Text("审计被改动过", "The audit was altered"),
    "verified_what_now": Text(
        "保留数据文件和日志原样, 通知安全管理员和主管; 对照备份和导出的审计.",
        "Leave store and logs as they are, tell the security officer and management; compare with backups and exports.",
    ),
    "verified_rows": Text("核验的行", "Rows verified"),
    "verified_seals": Text("封印", "Seals"),
    "verified_span": Text("封存时间", "Sealed between"),
    "verified_head": Text("链头 (请抄下)", "Head (write it down)"),
    "verified_unsealed": Text("还没有封存的行", "Rows not sealed yet"),
    "verified_more": Text("还有没核验的: 从更晚的一天再核验", "There is more: verify again since a later day"),
    "verified_known": Text("填写的链头在链上", "The head you gave is in the chain"),
    "verified_not_known": Text("填写的链头不在所核验的链上", "The head you gave is not in what was verified"),
    "verified_wrong": Text("不符之处", "What does not fit"),
    "positions": Text("序号", "Positions"),
    "why": Text("原因", "Why"),
}
