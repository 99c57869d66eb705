"""docs/lifecycle.md, drawn from `gateway.case.lifecycle` and `gateway.case.states`."""

from collections import defaultdict

from gateway.case.events import Accepted, DeadlinePassed, Decided, Happening, ReceivedByHandler
from gateway.case.kinds import Decision
from gateway.case.lifecycle import DEEMABLE, EVENT_NAMES, GRANTABLE, RUNNING, TABLE, WHO, Target
from gateway.case.states import FINAL, PASSAGES, STATE_NAMES, Party, Passage, State
from gateway.case.texts import Text
from tests.unit.case.lifecycle_walk import DONE, OPENED, after, reachable

PARTIES = {Party.ORIGIN: Text("收件地", "origin"), Party.HANDLER: Text("办理地", "handler")}
PASSAGE_NAMES = {
    Passage.OWED: Text("排队待发", "owed"),
    Passage.TAKEN_IN: Text("对方收下", "taken in"),
    Passage.TURNED_DOWN: Text("对方拒收", "turned down"),
    Passage.GIVEN_UP: Text("逾期未送达", "given up"),
    Passage.RELEASED: Text("重新发送", "released"),
    Passage.WITHDRAWN: Text("就地撤回", "withdrawn here"),
}
DEEMED = Text("视为受理", "deemed accepted")
POWER_NAMES = {"receive_and_accept": "收件受理权", "notify_once": "一次性告知权", "deliver_result": "审批结果送达权"}


def states() -> str:
    """One row per state: its word, its names, who sees it, whether it ends the case."""
    rows = ["| 代码 word | 中文 | English | 谁看得到 seen by | 终态 final |", "|---|---|---|---|---|"]
    for state in State:
        name = STATE_NAMES[state]
        seen = "两地 both" if state in TABLE else "收件地 origin"
        final = "是 yes" if state in FINAL else ""
        rows.append(f"| `{state.value}` | {name.zh} | {name.en} | {seen} | {final} |")
    return "\n".join(rows)


def drawing() -> str:
    """The states and what leads from one to another, as a mermaid diagram.

    Events that leave the visible state as it is are in the table and not in the drawing.  What every open state has
    in common, withdrawal and voiding, is one arrow from the box around them.
    """
    edges = _passages() + _moves()
    common = _common_to_open_states()
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [_declared(state, "    ") for state in State if state not in OPEN]
    lines += [f"    [*] --> {State.RECEIVED.value}", '    state "在办 open" as open {']
    lines += [_declared(state, "        ") for state in State if state in OPEN]
    lines += [_line(edge, "        ") for edge in edges if edge[0] in OPEN and edge[2] in OPEN]
    lines += ["    }"]
    lines += [_line(edge, "    ") for edge in edges if not (edge[0] in OPEN and edge[2] in OPEN)]
    lines += [f"    open --> {state.value}: {label}" for label, state in common]
    lines += [f"    {state.value} --> [*]" for state in State if state in FINAL]
    return "\n".join([*lines, "```"])


def table() -> str:
    """Every event in every state in which it is possible: who may make it and what comes then."""
    rows = ["| 状态 state | 事件 event | 谁 who | 之后 then |", "|---|---|---|---|"]
    for state, row in TABLE.items():
        rows += [
            f"| {_named(state)} | {_event(kind)} | {_who(kind)} | {_then(state, kind, row[kind])} |"
            for kind in WHO
            if kind in row
        ]
    return "\n".join(rows)


def passages() -> str:
    """The way of the opening envelope, which the origin alone sees."""
    rows = ["| 状态 state | 发生 what happens | 之后 then |", "|---|---|---|"]
    for state, row in PASSAGES.items():
        for passage, to in row.items():
            name = PASSAGE_NAMES[passage]
            rows.append(f"| {_named(state)} | {name.zh} {name.en} | {_named(to)} |")
    return "\n".join(rows)


def powers() -> str:
    """Events that are the handler's, and the power by which an agreement lets the origin make them."""
    rows = ["| 事件 event | 权力 power |", "|---|---|"]
    for kind, power in GRANTABLE.items():
        rows.append(f"| {_event(kind)} | {POWER_NAMES[power.value]} `{power.value}` |")
    return "\n".join(rows)


PARTS = {"states": states, "drawing": drawing, "passages": passages, "table": table, "powers": powers}

_ALIKE = (State.WITHDRAWN, State.VOIDED)
OPEN = tuple(state for state, row in TABLE.items() if set(_ALIKE) <= set(row.values()))
"""States with everything in common that ends a case from outside."""

_Edge = tuple[State, str, State]


def _moves() -> list[_Edge]:
    labels: dict[tuple[State, State], list[str]] = defaultdict(list)
    for standing in reachable(OPENED):
        for happening in DONE:
            then = after(standing, happening)
            if then is None or then.state is standing.state:
                continue
            if standing.state in OPEN and then.state in _ALIKE:
                continue
            label = _label(happening)
            if label not in labels[standing.state, then.state]:
                labels[standing.state, then.state].append(label)
    order = {state: at for at, state in enumerate(State)}
    pairs = sorted(labels, key=lambda pair: (order[pair[0]], order[pair[1]]))
    return [(start, " / ".join(_in_order(labels[start, end])), end) for start, end in pairs]


def _passages() -> list[_Edge]:
    return [(state, PASSAGE_NAMES[passage].zh, to) for state, row in PASSAGES.items() for passage, to in row.items()]


def _common_to_open_states() -> list[tuple[str, State]]:
    found = {(EVENT_NAMES[kind].zh, to) for state in OPEN for kind, to in TABLE[state].items() if to in _ALIKE}
    return sorted(((label, to) for label, to in found if isinstance(to, State)), key=lambda pair: pair[1].value)


def _label(happening: Happening) -> str:
    if isinstance(happening, Decided):
        return "准予" if happening.decision is Decision.GRANTED else "不予"
    if isinstance(happening, DeadlinePassed) and happening.deemed_accepted:
        return DEEMED.zh
    return EVENT_NAMES[type(happening)].zh


def _in_order(labels: list[str]) -> list[str]:
    order = [_label(happening) for happening in DONE]
    return sorted(labels, key=order.index)


def _declared(state: State, indent: str) -> str:
    return f'{indent}state "{STATE_NAMES[state].zh}" as {state.value}'


def _line(edge: _Edge, indent: str) -> str:
    start, label, end = edge
    return f"{indent}{start.value} --> {end.value}: {label}"


def _named(state: State) -> str:
    return f"{STATE_NAMES[state].zh} `{state.value}`"


def _event(kind: type[Happening]) -> str:
    return f"{EVENT_NAMES[kind].zh} {kind.__name__}"


def _who(kind: type[Happening]) -> str:
    if len(WHO[kind]) == len(Party):
        return "两地 both"
    own = " ".join(f"{PARTIES[party].zh} {PARTIES[party].en}" for party in WHO[kind])
    return f"{own}; 授权后收件地 or the origin if granted" if kind in GRANTABLE else own


def _then(state: State, kind: type[Happening], to: State | Target) -> str:
    if kind is Decided:
        return f"{_named(State.GRANTED)} / {_named(State.DENIED)}"
    if kind is DeadlinePassed and state in DEEMABLE:
        return f"不变 same; {DEEMED.zh} {DEEMED.en}: {_named(State.ACCEPTED)}"
    if kind in (ReceivedByHandler, Accepted) and state in RUNNING:
        return f"{DEEMED.zh}后不变 same, once {DEEMED.en}"
    if to is Target.SAME:
        return "不变 same"
    if to is Target.BACK:
        return "回到中断前 back to where it was"
    return _named(to)
