"""Every text of the pages, in Chinese and English, under the name templates ask for it by."""

from collections.abc import Mapping

from gateway.case.texts import Lang, Text
from gateway.console.live_page import LIVE_WORDS
from gateway.console.wording_acts import ACTS
from gateway.console.wording_frame import WORDS_OF_THE_FRAME
from gateway.console.wording_glance import WORDS_OF_GLANCE
from gateway.console.wording_home import WORDS_OF_HOME
from gateway.console.wording_operations import WORDS_OF_OPERATIONS
from gateway.console.wording_overview import WORDS_OF_OVERVIEW
from gateway.console.wording_papers import WORDS_OF_PAPERS
from gateway.console.wording_provider import PROVIDER_WORDS
from gateway.console.wording_resets import WORDS_OF_RESETS
from gateway.console.wording_search import WORDS_OF_SEARCH
from gateway.console.wording_window import WINDOW_WORDS
from gateway.console.wording_window_more import WINDOW_MORE_WORDS

WORDS: Mapping[str, Text] = {
    **LIVE_WORDS,
    **WORDS_OF_THE_FRAME,
    **WORDS_OF_GLANCE,
    **WORDS_OF_HOME,
    **WORDS_OF_OPERATIONS,
    **WORDS_OF_OVERVIEW,
    **PROVIDER_WORDS,
    **WORDS_OF_PAPERS,
    **WINDOW_WORDS,
    **WORDS_OF_RESETS,
    **WORDS_OF_SEARCH,
    **WINDOW_MORE_WORDS,
    "product": Text("通办网关", "Tongban gateway"),
    "skip": Text("跳到正文", "Skip to content"),
    "other_language": Text("English", "中文"),
    "sign_in": Text("登录", "Sign in"),
    "sign_out": Text("退出", "Sign out"),
    "login": Text("登录名", "Login"),
    "password": Text("密码", "Password"),
    "password_again": Text("再输一次密码", "Password again"),
    "passwords_differ": Text("两次输入的密码不一样", "the two passwords differ"),
    "type_both_again": Text("重新输入两次", "type both again"),
    "password_rules": Text(
        "至少 10 个字符, 大写、小写、数字、符号中至少三种",
        "at least 10 characters of three kinds: capitals, small letters, digits, signs",
    ),
    "code": Text("验证码", "Code"),
    "code_hint": Text("认证应用显示的 6 位数字", "the six digits your authenticator app shows"),
    "continue": Text("继续", "Continue"),
    "save": Text("保存", "Save"),
    "back": Text("返回", "Back"),
    "home": Text("首页", "Home"),
    "account": Text("我的账号", "My account"),
    "people": Text("账号", "Accounts"),
    "audit": Text("审计", "Audit"),
    "setup_title": Text("第一次使用: 建立安全管理员", "First use: make the security officer"),
    "setup_about": Text(
        "安全管理员管理账号和角色, 不办件. 建好后请为窗口、审批、运维、审计人员建立账号.",
        "The security officer looks after accounts and roles and works on no case. Make accounts for everybody else afterwards.",
    ),
    "choose_password": Text("设置密码", "Choose a password"),
    "password_chosen": Text("密码已设置, 请登录", "The password is set; sign in"),
    "name": Text("姓名", "Name"),
    "staff_number": Text("工号", "Staff number"),
    "organisation": Text("单位", "Organisation"),
    "division": Text("区划", "Division"),
    "division_hint": Text(
        "十二位区划代码, 只能看到和办理这里的办件", "twelve digits; only cases of this place are seen and handled"
    ),
    "roles": Text("角色", "Roles"),
    "active": Text("启用", "Active"),
    "closed": Text("停用", "Closed"),
    "second_factor": Text("第二因素", "Second factor"),
    "factor_on": Text("已开启", "On"),
    "factor_off": Text("未开启", "Off"),
    "factor_about": Text(
        "在认证应用里添加下面的密钥, 再输入它显示的 6 位数字. 丢失手机时请安全管理员关闭.",
        "Add the key below to an authenticator app, then type the six digits it shows. Who loses the telephone asks the security"
        " officer to turn it off.",
    ),
    "factor_key": Text("密钥", "Key"),
    "factor_app": Text("在本机的认证应用中打开", "Open in an authenticator app on this device"),
    "factor_start": Text("开启", "Turn on"),
    "factor_drop": Text("关闭第二因素", "Turn the second factor off"),
    "link_of": Text("账号", "Account"),
    "new_person": Text("新建账号", "New account"),
    "person_made": Text(
        "账号已建立. 把下面的链接交给本人设置密码, 24 小时内有效, 只能用一次.",
        "The account is made. Give its owner this link to choose a password; it is good once, within 24 hours.",
    ),
    "new_link": Text("发一次性链接 (重设密码)", "One-time link (new password)"),
    "sessions": Text("登录中的会话", "Sessions"),
    "session_began": Text("开始", "Began"),
    "session_seen": Text("最近使用", "Last used"),
    "session_this": Text("本次登录", "this one"),
    "end_session": Text("结束", "End"),
    "end_all_sessions": Text("结束全部", "End all"),
    "none": Text("没有", "None"),
    "changed": Text("已保存", "Saved"),
    "what_to_do": Text("怎么办", "What to do"),
    "error": Text("出错了", "Something is wrong"),
    "welcome": Text("您好", "Welcome"),
    "signed_in_as": Text("当前账号", "Signed in as"),
    "your_rights": Text("您可以", "You may"),
    "audit_about": Text("谁在什么时候做了什么; 只能看, 不能改.", "Who did what and when; to look at, never to change."),
    "audit_who": Text("谁", "Who"),
    "audit_act": Text("做了什么", "What"),
    "audit_subject": Text("对象", "To what"),
    "audit_outcome": Text("结果", "Outcome"),
    "audit_detail": Text("说明", "Detail"),
    "when": Text("时间", "When"),
    "older": Text("更早", "Older"),
    "newest": Text("最新", "Newest"),
    "filter": Text("筛选", "Filter"),
    "window_cases": Text("我的收件", "Taken in"),
    "handler_cases": Text("我的办件", "To decide"),
    "light": Text("灯", "Light"),
    "case_number": Text("协同编号", "Co-operation number"),
    "item": Text("事项", "Item"),
    "applicant": Text("申请人", "Applicant"),
    "agent": Text("代理人", "Agent"),
    "contact": Text("联系人", "Contact"),
    "origin_place": Text("收件地", "Origin"),
    "handler_place": Text("业务属地", "Handler"),
    "us": Text("本地区", "this region"),
    "state": Text("状态", "State"),
    "left": Text("剩余", "Left"),
    "taken_in_at": Text("收件时间", "Taken in"),
    "no_cases": Text("这里没有办件", "No cases here"),
    "more_cases": Text("只显示前 50 件", "the first 50 are shown"),
    "agreement": Text("通办协议", "Agreement"),
    "clocks": Text("时限", "Time limits"),
    "clock": Text("时限", "Clock"),
    "owed_by": Text("责任方", "Owed by"),
    "from": Text("起算", "From"),
    "due": Text("到期", "Due"),
    "remark": Text("说明", "Remark"),
    "timeline": Text("办理经过", "What happened"),
    "occurred": Text("发生", "happened"),
    "arrived": Text("到达本方", "arrived here"),
    "version": Text("第", "version"),
    "deliveries": Text("消息送达", "Messages to the other side"),
    "message": Text("消息", "Message"),
    "outcome": Text("结果", "Outcome"),
    "tries": Text("次数", "Tries"),
    "again_at": Text("再试", "again"),
    "people_of_case": Text("申请人与联系人", "People"),
    "kind": Text("类别", "Kind"),
    "id_number": Text("证件号码", "Number"),
    "phone": Text("电话", "Telephone"),
    "unmask": Text("查看完整信息", "Show in full"),
    "unmask_reason": Text("查看原因", "Reason"),
    "unmask_hint": Text("会记入审计", "kept in the audit"),
    "form": Text("表单", "Form"),
    "materials": Text("材料", "Materials"),
    "detail": Text("内容", "Detail"),
    **ACTS,
    "not_found": Text("没有这个页面", "There is no such page"),
    "not_found_fix": Text("从首页重新进入", "start again from the home page"),
}


def word(name: str, lang: Lang) -> str:
    """Return a text by its name.  Raises KeyError for one that is not in the catalogue."""
    return WORDS[name].say(lang)
