"""Reasons that come from items, licences and public enquiries: what is demanded, promised, and may be asked."""

from gateway.case.reasons.row import Answer, Family, Place, Row
from gateway.case.reasons.word import Reason
from gateway.case.texts import Text

ITEMS: dict[Reason, Row] = {
    Reason.ITEM_NOT_PUBLISHED: Row(
        Family.UNPROCESSABLE,
        Answer.FINAL,
        Place.OURS,
        Text(
            "{place}的事项清单里没有事项 {item}; 清单之外一律不得实施",
            "the item list of {place} does not have {item}; nothing outside the list may be handled",
        ),
        Text(
            "核对事项编码和业务属地; 或联系对方确认事项是否已公布",
            "check the item code and the handler's division, or ask the other region whether the item is published",
        ),
    ),
    Reason.ITEM_NOT_IN_USE: Row(
        Family.UNPROCESSABLE,
        Answer.FINAL,
        Place.OURS,
        Text("{place}的事项 {item} 已{state}", "item {item} of {place} is not in use: {state}"),
        Text(
            "告知申请人, 不要收件; 恢复后再办", "tell the applicant and do not take it in; try again once it is in use"
        ),
    ),
    Reason.ITEM_CHANGED: Row(
        Family.UNPROCESSABLE,
        Answer.FINAL,
        Place.OURS,
        Text(
            "{place}的事项 {item} 已有新版本: 第 {version} 版, 本件按第 {stated} 版填写",
            "item {item} of {place} has a newer version {version}; this case was filled in for version {stated}",
        ),
        Text(
            "按新版本的表单和材料清单核对后重新提交",
            "compare it with the form and checklist of the new version and submit again",
        ),
    ),
    Reason.REQUIREMENTS_NOT_MET: Row(
        Family.UNPROCESSABLE,
        Answer.FINAL,
        Place.OURS,
        Text(
            "不符合{place}对“{item}”的要求, 共 {count} 处",
            "{count} things do not meet what {place} demands for “{item}”",
        ),
        Text(
            "按所列逐条补齐后重新提交; 没有向对方发送任何内容",
            "supply what is listed and submit again; nothing was sent",
        ),
    ),
    Reason.PARITY_BLOCKED: Row(
        Family.UNPROCESSABLE,
        Answer.PERSON,
        Place.OURS,
        Text(
            "事项 {item} 与{place}{dimension}不一致 ({count} 处), 协议规定不一致时不得转办",
            "item {item} differs from {place} in {dimension} ({count} differences), and the agreement forbids sending then",
        ),
        Text(
            "运行 tongban items compare 查看差异, 与对方统一后再办, 或修改协议的 parity 一项",
            "see the differences with tongban items compare; agree on one definition, or change `parity` in the agreement",
        ),
    ),
    Reason.LICENCE_INVALID: Row(
        Family.UNPROCESSABLE,
        Answer.PERSON,
        Place.OURS,
        Text("电子证照核验不通过: {detail}", "an electronic licence did not verify: {detail}"),
        Text(
            "请申请人补交有效证照或上传文件 (一次性告知), 或作出不予受理、不予的决定",
            "ask the applicant for a licence in force or an upload, in one notice, or refuse",
        ),
    ),
    Reason.EXTENDED_ALREADY: Row(
        Family.UNPROCESSABLE,
        Answer.FINAL,
        Place.OURS,
        Text("本件已延长过一次期限", "this case was extended once already"),
        Text("只能延长一次 (行政许可法第四十二条)", "only one extension is possible (行政许可法 art. 42)"),
    ),
    Reason.EVALUATED_ALREADY: Row(
        Family.UNPROCESSABLE,
        Answer.FINAL,
        Place.OURS,
        Text("第 {number} 次服务已评价, 一次一评", "service {number} is evaluated already; each service once"),
        Text("新的服务填写下一个服务次数", "give the next service number for another service"),
    ),
    Reason.PROGRESS_UNKNOWN: Row(
        Family.UNKNOWN,
        Answer.FINAL,
        Place.LOCAL,
        Text("协同编号与查询码不相符", "case number and query code do not match"),
        Text("照收件凭证核对两个号码", "compare both with the receipt that was handed out"),
    ),
    Reason.PROGRESS_LOCKED: Row(
        Family.BUSY,
        Answer.RETRIABLE,
        Place.LOCAL,
        Text("查询过于频繁, 或多次输错查询码", "too many enquiries, or too many wrong query codes"),
        Text("{seconds} 秒后再查; 急需时拨打 12345", "ask again in {seconds} seconds, or call 12345"),
    ),
}
