"""Reasons people meet at the console (控制台)."""

from gateway.case.reasons.row import Answer, Family, Place, Row
from gateway.case.reasons.word import Reason
from gateway.case.texts import Text

CONSOLE: dict[Reason, Row] = {
    Reason.SIGN_IN_REFUSED: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.LOCAL,
        Text("登录名、密码或验证码不对", "login, password or code is wrong"),
        Text("核对后再试; 忘记密码请联系安全管理员", "try again; whoever forgot a password asks the security officer"),
    ),
    Reason.SIGN_IN_BUSY: Row(
        Family.BUSY,
        Answer.RETRIABLE,
        Place.LOCAL,
        Text("同时登录的人太多", "too many people are signing in at once"),
        Text("稍等几秒再试", "wait some seconds and try again"),
    ),
    Reason.UPLOADS_BUSY: Row(
        Family.BUSY,
        Answer.RETRIABLE,
        Place.LOCAL,
        Text("同时上传的文件太多", "too many files are coming at once"),
        Text("稍等几秒, 再传这个文件", "wait some seconds and send this file again"),
    ),
    Reason.UPLOAD_SLOW: Row(
        Family.UNAVAILABLE,
        Answer.RETRIABLE,
        Place.LOCAL,
        Text(
            "上传太慢: {seconds} 秒内只到了 {came} 字节",
            "the upload is too slow: {came} bytes came within {seconds} s",
        ),
        Text(
            "检查网络后再传; 已填的内容在“我要收件”里, 网页脚本开着时文件接着传",
            "look after the line and send it again; what was typed is under “Take in”, and with scripts a file goes on where it was",
        ),
    ),
    Reason.FACTOR_HELD: Row(
        Family.CONFLICT,
        Answer.PERSON,
        Place.LOCAL,
        Text(
            "第二因素已开启, 本人不能更换或关闭", "the second factor is on; its owner does not change it or turn it off"
        ),
        Text(
            "手机丢失或更换时, 请安全管理员 (本人除外) 先关闭, 再重新开启",
            "when a telephone is lost or another is used, let a security officer, not oneself, turn it off; then turn it on again",
        ),
    ),
    Reason.LOCKED_OUT: Row(
        Family.BUSY,
        Answer.RETRIABLE,
        Place.LOCAL,
        Text("多次输错, 账号暂时锁定", "too many wrong tries; the account is locked for a while"),
        Text(
            "等待 {minutes} 分钟, 或请安全管理员发一次性链接",
            "wait {minutes} minutes, or ask the security officer for a link",
        ),
    ),
    Reason.SIGNED_OUT: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.LOCAL,
        Text("没有登录, 或登录已过期", "nobody is signed in, or the session is over"),
        Text("重新登录", "sign in again"),
    ),
    Reason.ROLE_LACKS_RIGHT: Row(
        Family.FORBIDDEN,
        Answer.PERSON,
        Place.LOCAL,
        Text("您的角色不能做这件事", "your role does not give the right to do this"),
        Text("需要时请安全管理员调整角色", "ask the security officer for another role if you need it"),
    ),
    Reason.PAGE_FORGED: Row(
        Family.FORBIDDEN,
        Answer.PERSON,
        Place.LOCAL,
        Text(
            "这次提交不是从本站页面发出的, 或页面已过期",
            "this was not sent from a page of ours, or the page is out of date",
        ),
        Text("刷新页面后再试", "load the page again and try once more"),
    ),
    Reason.LINK_OVER: Row(
        Family.UNKNOWN,
        Answer.PERSON,
        Place.LOCAL,
        Text("链接已用过或已过期", "the link was used, or is over"),
        Text(
            "请安全管理员再发一个; 首次设置运行 tongban console link",
            "ask for another; for the first account run tongban console link",
        ),
    ),
    Reason.PERSON_UNKNOWN: Row(
        Family.UNKNOWN,
        Answer.FINAL,
        Place.LOCAL,
        Text("没有这个账号", "there is no such account"),
        Text("在账号页面核对", "look at the page of accounts"),
    ),
    Reason.VIEW_UNKNOWN: Row(
        Family.UNKNOWN,
        Answer.FINAL,
        Place.LOCAL,
        Text("没有这个视图, 或已删除", "there is no such view, or it was removed"),
        Text("从查询页面选择", "choose one on the page of searches"),
    ),
    Reason.FORM_USED: Row(
        Family.CONFLICT,
        Answer.PERSON,
        Place.LOCAL,
        Text(
            "这张表单已经提交过一次, 这次内容不同, 没有再办理",
            "this form was sent once already with another content; nothing was done this time",
        ),
        Text(
            "打开办件查看上一次的结果; 还要办理时重新打开表单",
            "open the case to see what came of the first; open the form anew to do more",
        ),
    ),
    Reason.AUDITOR_APART: Row(
        Family.CONFLICT,
        Answer.FINAL,
        Place.LOCAL,
        Text(
            "安全管理员不能单独打开审计员的账号 (三权分立)",
            "a security officer alone does not open an auditor's account (separation of powers)",
        ),
        Text(
            "在网关所在机器上运行 tongban console link --login 登录名, 把链接交给审计员本人",
            "run tongban console link --login NAME at the gateway's machine and give the link to the auditor",
        ),
    ),
    Reason.OWN_RIGHTS: Row(
        Family.CONFLICT,
        Answer.FINAL,
        Place.LOCAL,
        Text("不能改动自己的角色, 也不能停用自己", "nobody changes their own roles or closes their own account"),
        Text("请另一位安全管理员操作", "let another security officer do it"),
    ),
}
