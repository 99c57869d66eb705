"""Words that are kept where a reason stands and are none: what became of an envelope without anybody's refusal."""

from collections.abc import Mapping

from gateway.case.texts import Text

WORDS: Mapping[str, Text] = {
    "": Text("还没有发送过", "not tried yet"),
    "NEVER_SEEN": Text("对方从未收到", "the partner never saw it"),
    "GIVEN_UP_UNASKED": Text("由运维终止, 没有询问对方", "given up by an operator without asking the partner"),
    "HANDLED_OFFLINE": Text("线下处理", "handled offline"),
    "RESEALED": Text("内容已换信封另发", "its content went in another envelope"),
}
