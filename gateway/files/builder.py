"""From YAML parser events to a tree of text, refusing what invites mistakes.

Works with a stack of its own instead of recursion, so that depth is bounded before memory is spent.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from gateway.case.texts import Text
from gateway.files.findings import Finding, KeyPath, key_text
from gateway.files.punctuation import full_width, spoiled, spoiled_key
from gateway.files.tree import Value

MAX_DEPTH = 16
MAX_FINDINGS = 100
"""Findings of one file; at so many reading stops."""


class Stop(Exception):
    """Reading on makes no sense; the finding is already there."""


@dataclass(slots=True)
class _Open:
    """A mapping or list that has begun and not ended."""

    container: dict[str, Value] | list[Value]
    path: KeyPath
    in_flow: bool
    key: str | None = None


class Builder:
    """Turns parser events into a tree, with a stack of its own: depth is bounded before memory is spent."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []
        self.lines: dict[KeyPath, int] = {(): 1}
        self.root: Value = None
        self.is_whole = False
        """Whether every event was taken in, so that `root` leaves nothing out."""
        self._stack: list[_Open] = []
        self._documents = 0
        self._last_key_line = 0

    def build(self, events: Iterator[yaml.Event]) -> None:
        """Take in every event; findings are collected, and Stop is raised where reading on makes no sense."""
        for event in events:
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event, line)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._open(event, line)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._stack.pop()
            elif isinstance(event, yaml.AliasEvent):
                self._refuse(
                    line, Text(f"不支持引用 *{event.anchor}", f"alias *{event.anchor} is not allowed"), _IN_FULL
                )
                self._place(None, line)
            elif isinstance(event, yaml.DocumentStartEvent):
                self._document(event, line)
        self.is_whole = True

    def _document(self, event: yaml.DocumentStartEvent, line: int) -> None:
        self._documents += 1
        if self._documents > 1:
            self._refuse(line, Text("一个文件里有多份内容 (---)", "the file holds several documents (---)"), _ONE_FILE)
            raise Stop
        if event.version or event.tags:
            self._refuse(line, Text("不支持以 % 开头的指令", "directives (%) are not allowed"), _DELETE_LINE)

    def _open(self, event: yaml.CollectionStartEvent, line: int) -> None:
        self._marked(event, line)
        if len(self._stack) >= MAX_DEPTH:
            self._refuse(line, Text(f"嵌套超过 {MAX_DEPTH} 层", f"nested deeper than {MAX_DEPTH} levels"), _INDENT)
            raise Stop
        if self._stack and isinstance(self._stack[-1].container, dict) and self._stack[-1].key is None:
            self._refuse(line, Text("键必须是文字", "a key must be text"), _INDENT)
            raise Stop
        container: dict[str, Value] | list[Value] = {} if isinstance(event, yaml.MappingStartEvent) else []
        path = self._place(container, line)
        self._stack.append(_Open(container, path, bool(event.flow_style)))

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        self._marked(event, line)
        plain = not event.style
        top = self._stack[-1] if self._stack else None
        if top is not None and isinstance(top.container, dict) and top.key is None:
            self._key(top, top.container, event.value, plain, line)
            return
        value = None if plain and event.value in ("", "~", "null", "Null", "NULL") else event.value
        if plain and value:
            own_line = line != self._last_key_line or top is None or isinstance(top.container, list)
            wrong = spoiled(value, in_flow=top is not None and top.in_flow, own_line=own_line)
            if wrong:
                self._refuse(line, *full_width(wrong))
        self._place(value, line)

    def _key(self, top: _Open, container: dict[str, Value], key: str, plain: bool, line: int) -> None:
        wrong = spoiled_key(key) if plain else None
        if wrong:
            self._refuse(line, *full_width(wrong))
        elif not key.strip():
            self._refuse(line, Text("冒号前没有键", "nothing stands before the colon"), _INDENT)
        elif key in container:
            first = self.lines[(*top.path, key)]
            self._refuse(
                line,
                Text(f"“{key}”写了两次", f"'{key}' is written twice"),
                Text(f"第一次在第 {first} 行, 删去一处", f"first in line {first}; delete one"),
                (*top.path, key),
            )
        else:
            self.lines[(*top.path, key)] = line
        top.key = key
        self._last_key_line = line

    def _place(self, value: Value, line: int) -> KeyPath:
        """Put `value` where the parser stands; return its path."""
        if not self._stack:
            self.root = value
            self.lines[()] = line
            return ()
        top = self._stack[-1]
        if isinstance(top.container, list):
            path: KeyPath = (*top.path, len(top.container))
            top.container.append(value)
            self.lines[path] = line
            return path
        key = top.key
        if key is None:
            raise Stop
        top.container[key] = value
        top.key = None
        return (*top.path, key)

    def _marked(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, line: int) -> None:
        if event.anchor:
            self._refuse(line, Text(f"不支持锚点 &{event.anchor}", f"anchor &{event.anchor} is not allowed"), _IN_FULL)
        if event.tag:
            self._refuse(line, Text("不支持标签 (!)", "tags (!) are not allowed"), _QUOTE)

    def _refuse(self, line: int, problem: Text, fix: Text, path: KeyPath | None = None) -> None:
        where = path if path is not None else self._here()
        self.findings.append(Finding(self.file, line, key_text(where), problem, fix))
        if len(self.findings) > MAX_FINDINGS:
            raise Stop

    def _here(self) -> KeyPath:
        if not self._stack:
            return ()
        top = self._stack[-1]
        if isinstance(top.container, list):
            return (*top.path, len(top.container))
        return top.path if top.key is None else (*top.path, top.key)


_IN_FULL = Text("把内容完整写出来", "write it out in full")
_ONE_FILE = Text("拆成几个文件, 每个文件一份", "split it: one document a file")
_DELETE_LINE = Text("删去这一行", "delete the line")
_INDENT = Text("检查缩进和冒号; 照着示例文件写", "check indentation and colons; follow the example file")
_QUOTE = Text("如果是文字, 用英文引号括起来", "if it is text, put it in quotes")
