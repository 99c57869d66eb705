"""Reasons that arise while envelopes and materials are handed over."""

from gateway.case.reasons.row import Answer, Family, Place, Row
from gateway.case.reasons.word import Reason
from gateway.case.texts import Text

TRANSFER: dict[Reason, Row] = {
    Reason.MALFORMED: Row(
        Family.MALFORMED,
        Answer.FINAL,
        Place.PEERING,
        Text("信封内容不合格式: {detail}", "the envelope's content is malformed: {detail}"),
        Text("改正后用新信封重新发送", "correct it and send a new envelope"),
    ),
    Reason.UNKNOWN_CODE: Row(
        Family.MALFORMED,
        Answer.FINAL,
        Place.PEERING,
        Text("代码没有对应值: {detail}", "a code has no meaning here: {detail}"),
        Text("改用交换格式规定的代码后用新信封发送", "use a code the exchange format defines and send a new envelope"),
    ),
    Reason.OUTSIDE_AGREEMENT: Row(
        Family.FORBIDDEN,
        Answer.FINAL,
        Place.THEIRS,
        Text("不在协议范围内: {detail}", "outside the agreement: {detail}"),
        Text(
            "核对双方的协议文件; 需要时先修订协议",
            "compare both sides' agreement files; amend the agreement first if needed",
        ),
    ),
    Reason.LIFECYCLE: Row(
        Family.CONFLICT,
        Answer.FINAL,
        Place.THEIRS,
        Text("办件当前为“{state}”, 不能“{event}”", "the case is {state}; {event} is not possible"),
        Text("查看办件当前状态后决定下一步", "look at the case's current state and decide anew"),
    ),
    Reason.EXPIRED: Row(
        Family.CONFLICT,
        Answer.FINAL,
        Place.PEERING,
        Text("信封已过有效期 {expires_at}", "the envelope expired at {expires_at}"),
        Text("由工作人员确认后用新信封重新发送", "have staff confirm and send a new envelope"),
    ),
    Reason.NOT_A_PARTY: Row(
        Family.FORBIDDEN,
        Answer.FINAL,
        Place.PEERING,
        Text("该地区不是此办件的当事方", "the region is no party to this case"),
        Text("核对协同编号与收发地区", "check the co-operation number and the regions"),
    ),
    Reason.NOT_THE_HANDLER: Row(
        Family.FORBIDDEN,
        Answer.FINAL,
        Place.PEERING,
        Text(
            "此事项只能由业务属地办理, 协议也没有授予这项权力",
            "only the handler may do this, and the agreement does not grant the power",
        ),
        Text(
            "由业务属地操作, 或修订双方的协议文件授予这项权力: {power}",
            "let the handler act, or amend the agreement in both files to grant the power: {power}",
        ),
    ),
    Reason.CASE_NUMBER: Row(
        Family.MALFORMED,
        Answer.FINAL,
        Place.PEERING,
        Text("协同编号不正确, 或不含发送方代码", "the co-operation number is wrong or lacks the sender's code"),
        Text("由收件地网关重新编号后发送", "let the origin's gateway number it anew"),
    ),
    Reason.CASE_UNKNOWN: Row(
        Family.UNKNOWN,
        Answer.PERSON,
        Place.OURS,
        Text("没有这个办件", "there is no such case"),
        Text("核对协同编号", "check the co-operation number"),
    ),
    Reason.CONTENT_REMOVED: Row(
        Family.CONFLICT,
        Answer.FINAL,
        Place.OURS,
        Text(
            "办件已办结多年, 内容已按保存期限清除; 编号、状态、回执、摘要和审计仍在",
            "the case ended long ago and its content was removed as the retention says; number, state, receipts, digests and"
            " audit are here",
        ),
        Text(
            "向保管档案的部门查阅; 需要再办的, 作为新办件提交",
            "ask whoever keeps the archive; what has to be done again is submitted as a new case",
        ),
    ),
    Reason.ALREADY_HELD: Row(
        Family.CONFLICT,
        Answer.FINAL,
        Place.PEERING,
        Text("同一事件已经收到 (信封 {envelope_id})", "this event is already held (envelope {envelope_id})"),
        Text("以先前的回执为准", "rely on the earlier receipt"),
    ),
    Reason.DECLARED_NEVER_SEEN: Row(
        Family.CONFLICT,
        Answer.FINAL,
        Place.PEERING,
        Text(
            "本方曾答复未见此信封, 不再接收", "this side answered “never seen” for this envelope and will not take it"
        ),
        Text("用新信封发送", "send a new envelope"),
    ),
    Reason.PREDECESSOR_MISSING: Row(
        Family.UNAVAILABLE,
        Answer.RETRIABLE,
        Place.PEERING,
        Text(
            "前面的信封还没有到, 等待第 {awaited} 号",
            "an earlier envelope of the case is missing; number {awaited} is awaited",
        ),
        Text("先递送第 {awaited} 号", "deliver number {awaited} first"),
    ),
    Reason.VERSION_NOT_KNOWN: Row(
        Family.UNAVAILABLE,
        Answer.RETRIABLE,
        Place.PEERING,
        Text("交换格式版本 1.{minor} 高于本方支持的 1.{ours}", "exchange version 1.{minor} is above ours, 1.{ours}"),
        Text(
            "按 DescribeGateway 列出的版本发送, 或等本方升级",
            "send a version DescribeGateway lists, or wait for the upgrade",
        ),
    ),
    Reason.UNREADABLE: Row(
        Family.UNAVAILABLE,
        Answer.RETRIABLE,
        Place.PEERING,
        Text("看不懂对方消息: {detail}", "the other side's message cannot be read: {detail}"),
        Text(
            "运维查看详情; 对方可重新签发同一版本",
            "an operator looks into it; the other side may issue the version again",
        ),
    ),
    Reason.NOT_SERVED: Row(
        Family.NOT_SERVED,
        Answer.FINAL,
        Place.PEERING,
        Text("本网关不提供 {rpc}", "this gateway does not serve {rpc}"),
        Text("只调用 DescribeGateway 的 features 中列出的方法", "call only what DescribeGateway lists in features"),
    ),
    Reason.BATCH_TOO_LARGE: Row(
        Family.TOO_LARGE,
        Answer.FINAL,
        Place.PEERING,
        Text("一批最多 {limit} 个信封、3 MiB", "a batch holds at most {limit} envelopes and 3 MiB"),
        Text("分成较小的批次", "send smaller batches"),
    ),
    Reason.ENVELOPE_TOO_LARGE: Row(
        Family.TOO_LARGE,
        Answer.FINAL,
        Place.PEERING,
        Text("信封超过 {limit} 字节", "the envelope exceeds {limit} bytes"),
        Text("把大的内容作为材料上传", "send large content as materials"),
    ),
    Reason.PARTNER_PAUSED: Row(
        Family.UNAVAILABLE,
        Answer.RETRIABLE,
        Place.OURS,
        Text("与 {partner} 的往来已由运维暂停", "exchange with {partner} is paused by an operator"),
        Text(
            "伙伴文件写回 status: active 后自动继续", "it continues by itself once the partner file says status: active"
        ),
    ),
    Reason.STORE_BUSY: Row(
        Family.BUSY,
        Answer.RETRIABLE,
        Place.OURS,
        Text("等待写入的请求已达上限 {limit}", "{limit} writes are waiting already"),
        Text("稍后再试", "try again later"),
    ),
    Reason.STORE_NOT_WRITABLE: Row(
        Family.UNAVAILABLE,
        Answer.RETRIABLE,
        Place.OURS,
        Text("数据库无法写入", "the store cannot be written"),
        Text(
            "检查磁盘空间与权限; 恢复后自动继续", "check disk space and permissions; work goes on by itself afterwards"
        ),
    ),
    Reason.STORE_NEWER: Row(
        Family.INTERNAL,
        Answer.PERSON,
        Place.OURS,
        Text("数据库由更新的程序版本建立 ({file})", "the store was made by a newer program ({file})"),
        Text("用不低于该版本的程序打开", "open it with a program at least that new"),
    ),
    Reason.MIGRATION_CHANGED: Row(
        Family.INTERNAL,
        Answer.PERSON,
        Place.OURS,
        Text("已执行的迁移文件被改动: {file}", "an applied migration was changed: {file}"),
        Text("恢复原文件, 另写新的迁移", "restore the file and write a new migration"),
    ),
    Reason.PARTNER_UNREACHABLE: Row(
        Family.UNAVAILABLE,
        Answer.RETRIABLE,
        Place.PEERING,
        Text("连不上 {partner} ({detail})", "{partner} cannot be reached ({detail})"),
        Text(
            "网关会自动重试; 持续不通时联系对方值班人员",
            "the gateway keeps trying; call the other side's duty contact if it lasts",
        ),
    ),
    Reason.PARTNER_SLOW: Row(
        Family.UNAVAILABLE,
        Answer.RETRIABLE,
        Place.THEIRS,
        Text("{partner} 没有在 {seconds} 秒内答复", "{partner} did not answer within {seconds} s"),
        Text("网关会自动重试", "the gateway tries again by itself"),
    ),
    Reason.PARTNER_ANSWER: Row(
        Family.UNAVAILABLE,
        Answer.PERSON,
        Place.THEIRS,
        Text("{partner} 的答复不合格式: {detail}", "{partner} answered something malformed: {detail}"),
        Text("把编号和时间告诉对方工程师", "tell the other side's engineers number and time"),
    ),
    Reason.PARTNER_REJECTED_US: Row(
        Family.UNAUTHENTICATED,
        Answer.PERSON,
        Place.THEIRS,
        Text("{partner} 拒绝了本方: {reason}", "{partner} rejected us: {reason}"),
        Text("按该原因在 docs/errors.md 的说明处理", "follow docs/errors.md under that reason"),
    ),
    Reason.PARTNER_FAILED: Row(
        Family.UNAVAILABLE,
        Answer.RETRIABLE,
        Place.THEIRS,
        Text("{partner} 的网关出错: {reason}", "the gateway of {partner} failed: {reason}"),
        Text(
            "网关会自动重试; 持续出错时把原因和时间告诉对方值班人员",
            "the gateway tries again by itself; tell the other side's duty contact reason and time if it lasts",
        ),
    ),
    Reason.PARTNER_REFUSED: Row(
        Family.UNPROCESSABLE,
        Answer.FINAL,
        Place.THEIRS,
        Text("{partner} 以本方不认识的原因拒绝: {reason}", "{partner} refused for a reason unknown here: {reason}"),
        Text(
            "查阅对方的错误说明; 对方可能使用更新的交换格式版本",
            "look the reason up in the other side's list of errors; it may speak a newer version of the format",
        ),
    ),
}
