"""A system's own codes, both ways: what it reads is written in them, and the events it posts are read in them.

The names of fields stay canonical; the values of the fields its file lists become codes of its tables, and back.  Nothing
is defaulted either way: a code without a row and a word without a code stop with UNMAPPED_CODE, which names table and
field, until staff add the row.  The form is not touched: its exact characters are the applicant's.

`ending` (办结结果) is a word made of several: 准予 with a certificate or without, 不予, 退件 and so on are one code in the
systems of the provinces, and an event with a decision here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.kinds import Decision, ResultKind
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.local.code_tables import CodeTable
from gateway.local.strict_json import Body

ENDING = "ending"
ENDINGS: Mapping[str, Mapping[str, object]] = {
    "certificate": {
        "event": "decided",
        "decision": Decision.GRANTED.value,
        "result_kind": ResultKind.CERTIFICATE.value,
    },
    "granted": {"event": "decided", "decision": Decision.GRANTED.value},
    "denied": {"event": "decided", "decision": Decision.DENIED.value},
    "not_accepted": {"event": "not_accepted"},
    "supplement_overdue": {"event": "returned", "supplement_overdue": True},
    "returned": {"event": "returned"},
    "voided": {"event": "voided"},
    "referred": {"event": "referred"},
    "withdrawn": {"event": "withdrawn"},
}
"""How a case ended, in one word, and the fields of the event that say so; of two that fit the first is meant."""

Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnField:
    """One canonical field with its table; `codes` is the code to write for each word."""

    keys: Keys
    table: CodeTable
    codes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OwnCodes:
    """The fields of one system that are written and read in its own codes."""

    system: str
    fields: tuple[OwnField, ...]

    def write(self, content: dict[str, object], place: str = "") -> dict[str, object]:
        """Return an entry of the feed, or a case as it is looked at or listed, in own codes.

        Args:
            place: where it stands in the answer, for findings.

        Raises:
            GatewayError: UNMAPPED_CODE naming every field whose word has no code.
        """
        findings: list[FieldFinding] = []
        events = content.get("events")
        for event in (content.get("event"), *(events if isinstance(events, list) else ())):
            if isinstance(event, dict) and any(field.keys == ("event", ENDING) for field in self.fields):
                event[ENDING] = _ending_of(event)
        for field in self.fields:
            for keys in (field.keys, ("events", *field.keys[1:])) if field.keys[0] == "event" else (field.keys,):
                for holder, path in _holders(content, keys, place):
                    word = holder.get(keys[-1])
                    if word in (None, ""):
                        continue
                    if isinstance(word, str) and word in field.codes:
                        holder[keys[-1]] = field.codes[word]
                    else:
                        findings.append(_no_code(path, field.table.name, word))
        if findings:
            raise self._unmapped(findings)
        return content

    def read(self, body: Body, scope: str) -> Body:
        """Return a posted body (`scope` is `event` or `case`) with canonical words for the codes in it.

        Raises:
            GatewayError: UNMAPPED_CODE naming every field whose code has no row.
        """
        findings: list[FieldFinding] = []
        data = {scope: body.data}
        for field in self.fields:
            if field.keys[0] != scope:
                continue
            for holder, path in _holders(data, field.keys, ""):
                code = holder.get(field.keys[-1])
                if code in (None, ""):
                    continue
                word = field.table.words.get(_code(code))
                if word is None:
                    findings.append(_no_row(path.removeprefix(f"{scope}."), field.table.name))
                else:
                    holder[field.keys[-1]] = word
        if findings:
            raise self._unmapped(findings)
        ending = body.data.pop(ENDING, None) if scope == "event" else None
        if isinstance(ending, str) and ending in ENDINGS:
            meant = ENDINGS[ending]
            if against := [key for key, word in meant.items() if body.data.get(key, word) != word]:
                raise _against(against)
            body = replace(body, data={**meant, **body.data})
        elif ending is not None:
            body.data[ENDING] = ending
        return body

    def _unmapped(self, findings: list[FieldFinding]) -> GatewayError:
        detail = ", ".join(finding.path for finding in findings)
        return GatewayError(Reason.UNMAPPED_CODE, findings=findings, system=self.system, detail=detail)


def _against(keys: list[str]) -> GatewayError:
    said = Text("与 ending 的办结结果矛盾", "it contradicts the outcome in `ending`")
    fix = Text("两处只写一处, 或改成一致", "write one of them, or make both agree")
    return GatewayError(Reason.BAD_REQUEST, findings=[FieldFinding(key, said, fix) for key in keys], count=len(keys))


def _holders(content: object, keys: Keys, place: str) -> Iterator[tuple[dict[str, object], str]]:
    """Yield every object that may hold the last of `keys`, and the path of that field; lists are gone through."""
    if isinstance(content, list):
        for position, one in enumerate(content):
            yield from _holders(one, keys, f"{place}[{position}]")
    elif isinstance(content, dict):
        path = f"{place}.{keys[0]}" if place else keys[0]
        if len(keys) == 1:
            yield content, path
        else:
            yield from _holders(content.get(keys[0]), keys[1:], path)


def _ending_of(event: Mapping[str, object]) -> str | None:
    return next((word for word, said in ENDINGS.items() if said.items() <= event.items()), None)


def _code(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else ""


def _no_code(path: str, table: str, word: object) -> FieldFinding:
    return FieldFinding(
        path,
        Text(f"“{word}”在代码表 {table} 中没有代码", f"'{word}' has no code in the table {table}"),
        Text(
            f"在系统文件 mapping.codes.{table} 或 mapping.own_codes.write.{table} 中补上",
            f"add one to mapping.codes.{table} or mapping.own_codes.write.{table} of the system's file",
        ),
    )


def _no_row(path: str, table: str) -> FieldFinding:
    return FieldFinding(
        path,
        Text(f"代码不在代码表 {table} 中", f"the code is not in the table {table}"),
        Text(
            f"核对代码; 需要时在系统文件 mapping.codes.{table} 中补上",
            f"check the code, or add it to mapping.codes.{table} of the system's file",
        ),
    )
