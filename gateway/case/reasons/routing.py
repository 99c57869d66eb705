"""Reasons for which no partner may be asked, or the gateway does not start."""

from gateway.case.reasons.row import Answer, Family, Place, Row
from gateway.case.reasons.word import Reason
from gateway.case.texts import Text

ROUTING: dict[Reason, Row] = {
    Reason.OWN_REGION: Row(
        Family.UNPROCESSABLE,
        Answer.FINAL,
        Place.OURS,
        Text(
            "{division} 属于本地区, 不是跨省通办", "{division} belongs to this region; this is not a cross-region case"
        ),
        Text("在本地受理系统办理", "handle it in the local system"),
    ),
    Reason.DIVISION_UNKNOWN: Row(
        Family.UNPROCESSABLE,
        Answer.FINAL,
        Place.OURS,
        Text("区划代码 {division} 不存在", "division code {division} does not exist"),
        Text("核对业务属地的区划代码 (GB/T 2260)", "check the handler's division code (GB/T 2260)"),
    ),
    Reason.DIVISION_ABOLISHED: Row(
        Family.UNPROCESSABLE,
        Answer.PERSON,
        Place.OURS,
        Text("{division} 已撤销, 现为 {successor}", "{division} was abolished; now {successor}"),
        Text("改用现行区划; 有多个时由工作人员选定", "use the current division; staff choose when there are several"),
    ),
    Reason.NO_PARTNER: Row(
        Family.UNPROCESSABLE,
        Answer.FINAL,
        Place.OURS,
        Text("没有覆盖 {division} 的通办协议", "no agreement covers {division}"),
        Text(
            "联系政务服务管理部门确认是否有协议; 或引导申请人到属地办理",
            "ask the service administration whether an agreement exists, or direct the applicant to the place itself",
        ),
    ),
    Reason.OUR_DIVISION_NOT_COVERED: Row(
        Family.UNPROCESSABLE,
        Answer.FINAL,
        Place.OURS,
        Text(
            "与 {partner} 的协议不适用于本方的 {division}",
            "the agreement with {partner} does not apply to our {division}",
        ),
        Text("协议适用于: {agreed}", "the agreement applies to: {agreed}"),
    ),
    Reason.ITEM_NOT_AGREED: Row(
        Family.UNPROCESSABLE,
        Answer.FINAL,
        Place.OURS,
        Text(
            "与 {partner} 的协议没有事项 {item}; 清单之外一律不得实施",
            "the agreement with {partner} does not list item {item}; nothing outside the list may be handled",
        ),
        Text("核对事项编码; 需要时先修订协议", "check the item code; amend the agreement first if needed"),
    ),
    Reason.MODE_NOT_AGREED: Row(
        Family.UNPROCESSABLE,
        Answer.FINAL,
        Place.OURS,
        Text(
            "事项 {item} 与 {partner} 没有约定“{mode}”方式", "item {item} is not agreed with {partner} in mode {mode}"
        ),
        Text("可用方式: {agreed}", "agreed modes: {agreed}"),
    ),
    Reason.DIRECTION_NOT_AGREED: Row(
        Family.UNPROCESSABLE,
        Answer.FINAL,
        Place.OURS,
        Text("事项 {item} 与 {partner} 没有约定这个方向", "item {item} is not agreed with {partner} in this direction"),
        Text("已约定方向: {agreed}", "agreed directions: {agreed}"),
    ),
    Reason.NOT_IN_FORCE: Row(
        Family.UNPROCESSABLE,
        Answer.FINAL,
        Place.OURS,
        Text(
            "与 {partner} 的协议不在有效期内 ({valid_from} 至 {valid_to})",
            "the agreement with {partner} is not in force ({valid_from} to {valid_to})",
        ),
        Text("续签或启用后再发", "renew it, or wait until it is in force"),
    ),
    Reason.ROUTE_AMBIGUOUS: Row(
        Family.UNPROCESSABLE,
        Answer.PERSON,
        Place.OURS,
        Text("有多个协议同样适用: {agreed}", "several agreements apply equally: {agreed}"),
        Text("由运维修改协议范围, 使其不重叠", "an operator changes the scopes so that they do not overlap"),
    ),
    Reason.REDIRECTED: Row(
        Family.UNPROCESSABLE,
        Answer.FINAL,
        Place.OURS,
        Text(
            "此事项不经本网关办理, 请到: {target}",
            "this item is not handled through this gateway but at: {target}",
        ),
        Text("引导申请人使用: {target}", "direct the applicant to: {target}"),
    ),
    Reason.PARTNER_CLOSED: Row(
        Family.UNPROCESSABLE,
        Answer.PERSON,
        Place.OURS,
        Text("{partner} 的伙伴文件已移除, 不再受理新办件", "the partner file of {partner} was removed; no new cases"),
        Text(
            "恢复伙伴文件, 或引导申请人到属地办理",
            "restore the partner file, or direct the applicant to the place itself",
        ),
    ),
    Reason.ALREADY_RUNNING: Row(
        Family.INTERNAL,
        Answer.PERSON,
        Place.OURS,
        Text(
            "这个网关已在运行 (数据文件夹 {folder} 被占用)",
            "this gateway is running already (data folder {folder} is in use)",
        ),
        Text("先停止正在运行的进程", "stop the running process first"),
    ),
    Reason.CONFIGURATION: Row(
        Family.INTERNAL,
        Answer.PERSON,
        Place.OURS,
        Text("设置文件有 {count} 处问题", "the settings have {count} problems"),
        Text("按所列逐条修改", "mend what is listed"),
    ),
}
