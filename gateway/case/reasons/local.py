"""Reasons a local system or a person at this region meets."""

from gateway.case.reasons.row import Answer, Family, Place, Row
from gateway.case.reasons.word import Reason
from gateway.case.texts import Text

LOCAL: dict[Reason, Row] = {
    Reason.LOCAL_UNAUTHENTICATED: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.LOCAL,
        Text("没有可用的本地系统凭证", "no valid credential of a local system"),
        Text(
            "在 Authorization 头中放入系统文件登记的密钥或令牌",
            "send the key or token registered in the system's file in the Authorization header",
        ),
    ),
    Reason.LOCAL_NOT_ALLOWED: Row(
        Family.FORBIDDEN,
        Answer.PERSON,
        Place.LOCAL,
        Text("系统 {system} 没有“{act}”权限", "system {system} may not {act}"),
        Text("在该系统的文件 may 中增加权限", "add it to `may` in the system's file"),
    ),
    Reason.BAD_REQUEST: Row(
        Family.UNPROCESSABLE,
        Answer.FINAL,
        Place.LOCAL,
        Text("请求有 {count} 处问题", "the request has {count} problems"),
        Text("一次改正所列全部问题后重新提交", "correct everything listed and submit again"),
    ),
    Reason.BAD_JSON: Row(
        Family.MALFORMED,
        Answer.FINAL,
        Place.LOCAL,
        Text("不是合格的 JSON: {detail}", "this is not valid JSON: {detail}"),
        Text("按 RFC 8259 用 UTF-8 编码发送", "send UTF-8 JSON as RFC 8259 defines it"),
    ),
    Reason.UNSUPPORTED_MEDIA: Row(
        Family.MALFORMED,
        Answer.FINAL,
        Place.LOCAL,
        Text("Content-Type 应为 {expected}", "Content-Type must be {expected}"),
        Text("按接口说明设置 Content-Type", "set Content-Type as the interface description says"),
    ),
    Reason.UNMAPPED_CODE: Row(
        Family.UNPROCESSABLE,
        Answer.PERSON,
        Place.LOCAL,
        Text("系统 {system} 的代码没有映射: {detail}", "code of system {system} is not mapped: {detail}"),
        Text("在该系统的文件 codes 中补上映射", "add the mapping to `codes` in the system's file"),
    ),
    Reason.CASE_TAKEN: Row(
        Family.CONFLICT,
        Answer.FINAL,
        Place.LOCAL,
        Text(
            "系统 {system} 的这个办件号已提交过不同内容",
            "this case number of system {system} was submitted with another content",
        ),
        Text("更正请走补正; 新办件请用新号", "use a supplement to correct, a new number for a new case"),
    ),
    Reason.KEY_REUSED: Row(
        Family.UNPROCESSABLE,
        Answer.FINAL,
        Place.LOCAL,
        Text("同一 Idempotency-Key 用于不同请求", "the same Idempotency-Key was used for another request"),
        Text("每个新请求用新的 Idempotency-Key", "use a new Idempotency-Key for every new request"),
    ),
    Reason.STALE: Row(
        Family.STALE,
        Answer.FINAL,
        Place.LOCAL,
        Text("办件已变为第 {version} 版", "the case is now at version {version}"),
        Text("重新读取办件后再操作", "read the case again, then act"),
    ),
    Reason.PRECONDITION: Row(
        Family.MALFORMED,
        Answer.FINAL,
        Place.LOCAL,
        Text("If-Match 应为办件版本号", "If-Match must be the case version"),
        Text("填写读取办件时得到的 ETag", "send the ETag you got when you read the case"),
    ),
    Reason.ROUTE_UNKNOWN: Row(
        Family.UNKNOWN,
        Answer.FINAL,
        Place.LOCAL,
        Text("没有这个地址", "there is no such address"),
        Text("参见 /v1/openapi.json", "see /v1/openapi.json"),
    ),
    Reason.METHOD_NOT_ALLOWED: Row(
        Family.MALFORMED,
        Answer.FINAL,
        Place.LOCAL,
        Text("此地址不支持该方法", "the method is not allowed here"),
        Text("使用 Allow 头列出的方法", "use a method listed in Allow"),
    ),
    Reason.SYSTEM_UNKNOWN: Row(
        Family.UNKNOWN,
        Answer.PERSON,
        Place.LOCAL,
        Text("没有登记系统 {system}", "system {system} is not registered"),
        Text("在 systems/ 中添加该系统的文件", "add a file for the system to systems/"),
    ),
    Reason.REQUEST_TOO_LARGE: Row(
        Family.TOO_LARGE,
        Answer.FINAL,
        Place.LOCAL,
        Text("请求超过 {limit} 字节", "the request exceeds {limit} bytes"),
        Text("大的内容作为材料上传", "upload large content as materials"),
    ),
    Reason.REQUEST_TIMEOUT: Row(
        Family.UNAVAILABLE,
        Answer.RETRIABLE,
        Place.LOCAL,
        Text("请求没有在 {limit} 秒内完成", "the request was not done within {limit} s"),
        Text(
            "原样再发一次; 上传从 Upload-Offset 处继续",
            "send it again unchanged; go on with an upload at Upload-Offset",
        ),
    ),
    Reason.BACKDATED: Row(
        Family.UNPROCESSABLE,
        Answer.FINAL,
        Place.LOCAL,
        Text("发生时间早于一个工作日以上, 须说明原因", "backdated by more than a working day; a reason is needed"),
        Text("填写 reason 后重新提交", "state a reason and submit again"),
    ),
    Reason.CONSOLE_OFF: Row(
        Family.UNAVAILABLE,
        Answer.RETRIABLE,
        Place.OURS,
        Text("网关没有运行: {detail}", "the gateway is not running: {detail}"),
        Text("运行: tongban serve", "run: tongban serve"),
    ),
    Reason.INTERNAL: Row(
        Family.INTERNAL,
        Answer.RETRIABLE,
        Place.OURS,
        Text("内部错误, 跟踪号 {trace}", "internal error, trace {trace}"),
        Text("稍后再试; 持续出现时把跟踪号告诉运维", "try again; if it persists give the trace id to an operator"),
    ),
}
