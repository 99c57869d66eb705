"""Reasons an operator meets at the queue (待发队列)."""

from gateway.case.reasons.row import Answer, Family, Place, Row
from gateway.case.reasons.word import Reason
from gateway.case.texts import Text

QUEUE: dict[Reason, Row] = {
    Reason.HOLD_UNKNOWN: Row(
        Family.UNKNOWN,
        Answer.FINAL,
        Place.OURS,
        Text("没有编号为 {hold} 的扣留", "there is no hold {hold}"),
        Text("运行 tongban queue list 查看有效的扣留", "see the holds in force with tongban queue list"),
    ),
    Reason.ENVELOPE_UNKNOWN: Row(
        Family.UNKNOWN,
        Answer.FINAL,
        Place.OURS,
        Text("本方没有编号为 {key} 的办件或信封", "there is no case or envelope of ours with the number {key}"),
        Text("核对协同编号或信封编号", "check the co-operation number or envelope id"),
    ),
    Reason.NO_OTHER_ROUTE: Row(
        Family.UNPROCESSABLE,
        Answer.PERSON,
        Place.OURS,
        Text(
            "按现有协议, 本件仍只能转给 {partner}, 没有别的地区可以改投",
            "by the agreements in force the case can still only go to {partner}; there is nowhere else to send it",
        ),
        Text(
            "先在伙伴文件中写明可以改投的协议, 或用 --to 指定另一个有协议的地区",
            "write the agreement with the other region into its partner file first, or name a region with --to",
        ),
    ),
}
