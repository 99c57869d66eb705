"""Reasons that arise because a partner asks for more at once, or more slowly, than one partner may."""

from gateway.case.reasons.row import Answer, Family, Place, Row
from gateway.case.reasons.word import Reason
from gateway.case.texts import Text

ALLOWANCES: dict[Reason, Row] = {
    Reason.RATE_EXCEEDED: Row(
        Family.BUSY,
        Answer.RETRIABLE,
        Place.PEERING,
        Text(
            "超过约定的上限 {limit}, {retry_after_seconds} 秒后再试",
            "above the agreed bound {limit}; try again in {retry_after_seconds} s",
        ),
        Text("放慢发送; 需要时商定更高的 limits", "slow down; agree on higher limits if needed"),
    ),
    Reason.DEADLINE_TOO_SHORT: Row(
        Family.UNAVAILABLE,
        Answer.RETRIABLE,
        Place.PEERING,
        Text("剩余时间不足以处理", "too little time is left to answer"),
        Text("放宽调用时限后再试", "try again with a longer deadline"),
    ),
    Reason.TOO_SLOW: Row(
        Family.UNAVAILABLE,
        Answer.RETRIABLE,
        Place.PEERING,
        Text(
            "传输太慢: {pace} 秒内不足 {bytes} 字节, 已中断; 收到的部分保留",
            "too slow: less than {bytes} bytes in {pace} s; the call was ended, what came is kept",
        ),
        Text("检查线路后从断点继续", "check the line, then go on from where it stopped"),
    ),
}
