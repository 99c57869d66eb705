"""Reasons of maintenance, of connection tests, and of comparing days with a partner (对账)."""

from gateway.case.reasons.row import Answer, Family, Place, Row
from gateway.case.reasons.word import Reason
from gateway.case.texts import Text

STANDING: dict[Reason, Row] = {
    Reason.MAINTENANCE: Row(
        Family.UNAVAILABLE,
        Answer.RETRIABLE,
        Place.THEIRS,
        Text("{region} 正在维护, 预计至 {until}", "{region} is in maintenance, until {until} as it says"),
        Text(
            "无需处理: 网关在维护结束后自动再发 ({retry_after_seconds} 秒后)",
            "nothing to do: the gateway sends again by itself when it is over (in {retry_after_seconds} s)",
        ),
    ),
    Reason.MAINTENANCE_TIMES: Row(
        Family.UNPROCESSABLE,
        Answer.FINAL,
        Place.OURS,
        Text("维护时间不能这样定: {detail}", "maintenance cannot be announced so: {detail}"),
        Text(
            "结束时间应晚于开始时间和现在, 且在 {days} 天之内; 更长的, 到期前再公告一次",
            "it ends after it begins and after now, within {days} days; announce it again before its end if it takes longer",
        ),
    ),
    Reason.PARTNER_NOT_ASKABLE: Row(
        Family.UNPROCESSABLE,
        Answer.PERSON,
        Place.OURS,
        Text(
            "{partner} 由对方拨入或没有启用, 本方不能询问它",
            "{partner} dials in by itself or is not active; this gateway cannot ask it",
        ),
        Text(
            "请对方运行 tongban reconcile run: 由对方比对, 双方结果相同",
            "have the other side run tongban reconcile run: it compares, the result is the same for both",
        ),
    ),
    Reason.DAY_NOT_COMPARABLE: Row(
        Family.UNPROCESSABLE,
        Answer.FINAL,
        Place.OURS,
        Text("{day} 不能对账", "{day} cannot be compared"),
        Text(
            "可对账的是已经过完的、{days} 天之内的日子",
            "days that are over and at most {days} days back can be compared",
        ),
    ),
    Reason.NO_DIFFERENCE: Row(
        Family.UNKNOWN,
        Answer.FINAL,
        Place.OURS,
        Text("{day} 与 {partner} 没有待说明的差异", "nothing of {day} with {partner} waits to be explained"),
        Text("运行 tongban reconcile list 查看", "see tongban reconcile list"),
    ),
    Reason.TRIAL_UNKNOWN: Row(
        Family.UNKNOWN,
        Answer.FINAL,
        Place.OURS,
        Text("没有这次连接测试, 或已不再保存", "there is no such connection test, or it is not kept any more"),
        Text("从伙伴页面再测一次", "test again from the partner's page"),
    ),
    Reason.TRIALS_FULL: Row(
        Family.BUSY,
        Answer.RETRIABLE,
        Place.OURS,
        Text("已有 {limit} 个连接测试在进行或等候", "{limit} connection tests are under way or wait already"),
        Text("等其中一个结束再测", "wait until one of them has ended"),
    ),
}
