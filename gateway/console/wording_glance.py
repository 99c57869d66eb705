"""Texts of what operators see at a glance: the map of regions, connection tests, maintenance, steps against limits."""

from collections.abc import Mapping

from gateway.case.texts import Text

WORDS_OF_GLANCE: Mapping[str, Text] = {
    "map": Text("地图", "Map"),
    "map_about": Text(
        "每格一个省, 颜色和记号是其中最差的一个; 点省份看它的地区.",
        "A square is a province, with the light of its worst region; choose one to see its regions.",
    ),
    "all_regions": Text("全部地区, 最需要处理的在前", "Every region, those that need somebody first"),
    "regions_of": Text("{name}: {count} 个地区", "{name}: {count} regions"),
    "map_to_mend": Text("处要改", "to mend"),
    "trial_begun": Text("开始", "Begun"),
    "trial_progress": Text("第 {done} 步, 共 {count} 步", "step {done} of {count}"),
    "trial_now": Text("正在试", "being tried"),
    "trial_waits": Text("等待", "waits"),
    "trial_reload": Text("看进展", "See how far it is"),
    "trial_again": Text("再测一次", "Test again"),
    "trial_under_way": Text("正在测试", "Under way"),
    "maintenance": Text("维护", "Maintenance"),
    "maintenance_about": Text(
        "公告后各伙伴在下次联系时得知, 维护期间不再发来, 到时自动继续; 本地系统照常递交, 我方待发的照常发出.",
        "Partners learn it at their next contact and send nothing until it is over. Local systems go on handing over, and what we owe"
        " still leaves.",
    ),
    "maintenance_on": Text("维护进行中", "Maintenance goes on"),
    "maintenance_planned": Text("已公告的维护", "Maintenance is announced"),
    "maintenance_none": Text("没有进行中或已公告的维护", "No maintenance goes on or is announced"),
    "maintenance_new": Text("公告维护", "Announce maintenance"),
    "maintenance_instead": Text("新的公告代替现在的公告.", "What is announced now gives way to the new announcement."),
    "maintenance_from": Text("开始", "From"),
    "maintenance_from_hint": Text("北京时间, 如 2026-11-30 22:00; 不填为现在", "Beijing time; empty: now"),
    "maintenance_until": Text("结束", "Until"),
    "maintenance_until_hint": Text("北京时间, 7 天之内", "Beijing time, within 7 days"),
    "maintenance_why": Text("原因 (中文)", "Why (in Chinese)"),
    "maintenance_why_en": Text("原因 (英文)", "Why (in English)"),
    "maintenance_why_hint": Text("各伙伴会看到; 不要写个人信息", "partners read it; nothing personal"),
    "maintenance_why_en_hint": Text("不填则同中文", "empty: as in Chinese"),
    "maintenance_announce": Text("公告", "Announce"),
    "maintenance_end": Text("现在结束", "End it now"),
    "maintenance_withdraw": Text("撤回公告", "Withdraw it"),
    "maintenance_before": Text("以前的公告", "Announced before"),
    "maintenance_ended_at": Text("提前结束于", "Ended early at"),
    "over_by_day": Text("办结或终止", "over"),
    "how_over": Text("怎样结束的", "How cases ended"),
    "steps": Text("各环节用时与限时", "Steps against their limits"),
    "steps_about": Text(
        "用时占限时的百分比, 按工作日历扣除节假日和暂停; 100 % 为限时到期. 粗条为中位数, 细条为九成不超过. 只统计最新的 5,000 件.",
        "Time taken as a share of the limit, days off and pauses left out; at 100 % it runs out. The thick bar is the median,"
        " the thin one what nine of ten took at the most. Of the newest 5,000 cases.",
    ),
    "step_name": Text("环节", "Step"),
    "step_done": Text("办件数", "Cases"),
    "step_used": Text("用时 (中位)", "Took (median)"),
    "step_share": Text("占限时 (中位)", "Of the limit (median)"),
    "step_most": Text("占限时 (九成不超过)", "Of the limit (nine of ten)"),
    "step_late": Text("超时", "Late"),
    "steps_cell": Text(
        "各环节: 用时中位数, 占限时百分比, 超时件数", "Steps: median time, share of the limit, how many were late"
    ),
    "late_count": Text("超 {count}", "{count} late"),
    "chart_days": Text(
        "近 30 天: 我方收件 {ours}, 我方办理 {theirs}, 办结或终止 {over}",
        "Last 30 days: {ours} taken in here, {theirs} decided here, {over} over",
    ),
    "chart_steps": Text(
        "各环节占限时的百分比, 数字见下表", "Each step as a share of its limit; the table below has the numbers"
    ),
    "invite": Text("生成介绍文件", "Introduce ourselves"),
    "invite_about": Text(
        "给另一个地区的签名文件, 内容全部公开: 名称、地址、公钥、证书机构、联系人和拟签的协议 (取自已有的伙伴文件或草稿). 14 天内有效.",
        "A signed file for another region; everything in it is public: name, addresses, public keys, authority, contacts and the"
        " agreements we propose, from the partner's present file or our draft. Good for 14 days.",
    ),
    "invite_to": Text("给哪个地区 (六位代码)", "For which region (six digits)"),
    "invite_make": Text("生成", "Make it"),
    "invite_made": Text("介绍文件已生成", "The introduction is made"),
    "invite_take": Text("下载文件", "Take the file"),
    "invite_read_out": Text(
        "把文件发给对方, 再打电话读出这 8 组数字. 不要把数字和文件一起发.",
        "Send the file, then telephone and read these 8 groups out. Do not send the digits along with it.",
    ),
    "invite_until": Text("有效期至", "Good until"),
    "invite_agreements": Text("协议份数", "Agreements"),
    "invite_no_agreement": Text(
        "没有已有文件和草稿: 不带协议, 由对方提出", "neither a file nor a draft: the proposal is left to them"
    ),
    "add_partner": Text("读入介绍文件", "Add a partner"),
    "add_about": Text(
        "读入对方生成的介绍文件, 先看全部问题和协议对照, 电话核对数字后才写入伙伴文件并立即生效.",
        "Read the introduction another region made. Everything found and both agreements are shown first; the partner file is written"
        " and live once the digits were compared by telephone.",
    ),
    "add_file": Text("介绍文件", "Introduction"),
    "add_read": Text("读入并检查", "Read and check"),
    "add_from": Text("对方是谁", "Who it is"),
    "add_addresses": Text("地址", "Addresses"),
    "add_dials_out": Text("只能外拨, 由它来取", "can only dial out and collects"),
    "add_keys": Text("密钥数", "Keys"),
    "add_made": Text("生成时间", "Made"),
    "add_terms": Text("协议逐项对照", "The agreements, term by term"),
    "add_only_one": Text("只有一方写了协议", "only one side wrote agreements"),
    "add_replaces": Text("已有文件会改动的内容", "What changes of the present file"),
    "add_over": Text("改写这个伙伴已有的文件 (原文件另存)", "Write over the present file (a copy is kept)"),
    "add_side": Text("协议不一致, 用哪一份", "The agreements differ: whose text is taken"),
    "add_ours": Text("本方的", "ours"),
    "add_theirs": Text("对方的", "theirs"),
    "add_digits": Text("对方在电话里读出的 8 组数字", "The 8 groups the other side reads out over the telephone"),
    "add_digits_hint": Text(
        "打您以前就知道的电话号码; 这里不显示本机算出的数字",
        "dial a number you knew before; what was computed here is not shown",
    ),
    "add_write": Text("核对并写入", "Compare and write"),
    "add_check_again": Text("按所选重新检查", "Check again as chosen"),
}
