"""The one reader of files that people edit: YAML in, a tree of text with line numbers out.

Every scalar is text: `0510` stays `0510`, `no` stays `no`, `5:30` stays `5:30`.  Refused, each by
name and line: duplicate keys, anchors, aliases, tags, directives, several documents, tabs, invisible
characters, full-width punctuation in the structure, other encodings than UTF-8.

A file with one of these is read on as it was probably meant (`see`), so that what else is wrong is told in the same breath.
What was meant is never put to use: a file is taken whole or not at all (`parse`).

Bounds: `MAX_BYTES` a file, 16 levels, `MAX_FINDINGS` findings, at most two passes; beyond each the file is refused.  No input
raises.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import yaml

from gateway.case.texts import Text
from gateway.files.builder import MAX_FINDINGS, Builder, Stop
from gateway.files.findings import Finding, Findings
from gateway.files.punctuation import as_meant, scan_characters, scan_structure
from gateway.files.syntax import indented_too_far, syntax_text
from gateway.files.tree import Tree, Value

MAX_BYTES = 1024 * 1024

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BINARY = re.compile("[\x00-\x08\x0e-\x1f\x7f\ue000-\uf8ff]")


@dataclass(frozen=True, slots=True)
class Sight:
    """A file as far as it can be understood.

    Attributes:
        tree: what it says; with findings, what was probably meant, good only for finding more mistakes. None when nothing
            can be made of it.
        findings: everything that keeps it from being read.
    """

    tree: Tree | None
    findings: Findings


def read(path: Path, name: str | None = None) -> Tree | Findings:
    """Read the file at `path`, called `name` in findings.  A file that cannot be opened is a finding too."""
    file = name or str(path)
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        detail = error.strerror or type(error).__name__
        return (
            Finding(
                file,
                0,
                "",
                Text(f"文件打不开: {detail}", f"the file cannot be opened: {detail}"),
                Text("检查文件是否存在, 以及读取权限", "check that it exists and may be read"),
            ),
        )
    return parse(raw, file)


def parse(raw: bytes, file: str) -> Tree | Findings:
    """Return the tree in `raw`, or everything that keeps it from being read."""
    sight = see(raw, file)
    return sight.findings or sight.tree or (_not_a_mapping(file, None),)


def see(raw: bytes, file: str) -> Sight:
    """Return what `raw` says as far as it can be understood, and everything that keeps it from being read."""
    if len(raw) > MAX_BYTES:
        return Sight(None, (_too_large(file),))
    text, wrong = _decode(raw, file)
    if text is None:
        return Sight(None, wrong)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    characters = islice(scan_characters(lines), MAX_FINDINGS + 1)
    found = [*wrong, *(Finding(file, line, "", problem, fix) for line, problem, fix in characters)]
    first = Builder(file)
    error = _build(first, text)
    found += first.findings
    builder = first
    if error or not isinstance(first.root, dict):
        found += _spoiling(file, lines)
        meant = as_meant(lines)
        if meant != lines:
            # What else is wrong shows once the characters are what they were meant to be.
            builder = Builder(file)
            error = _build(builder, "\n".join(meant))
            found += builder.findings
        if error:
            found.append(_complaint(error, file, meant))
    findings = _bounded(found, file)
    if not builder.is_whole:
        return Sight(None, findings)
    root = builder.root
    if isinstance(root, dict):
        return Sight(Tree(file, root, builder.lines), findings)
    return Sight(None, findings or (_not_a_mapping(file, root),))


def _build(builder: Builder, text: str) -> yaml.YAMLError | None:
    """Let `builder` take in `text`; return what the parser could not read."""
    try:
        builder.build(_events(text))
    except yaml.YAMLError as error:
        return error
    except Stop:
        pass
    return None


def _events(text: str) -> Iterator[yaml.Event]:
    """Yield what the parser finds, as `yaml.parse` does with twice the calls."""
    loader = _Loader(text)
    try:
        while (event := loader.get_event()) is not None:
            yield event
    finally:
        loader.dispose()


def _decode(raw: bytes, file: str) -> tuple[str | None, Findings]:
    """Return the text in `raw`, None where there is none, and what is wrong with its encoding."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in raw[:64]:
        wide = "utf-16" if raw[:1] in (b"\xff", b"\xfe") else "utf-16-be" if raw[:1] == b"\x00" else "utf-16-le"
        text = _decoded(raw, wide)
        if text is not None:
            return text, (_wrong_encoding(file, 1, "UTF-16 (Unicode)"),)
    text = _decoded(raw, "utf-8-sig")
    if text is not None:
        return text, ()
    line = 1
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
    text = _decoded(raw, "gb18030")
    if text is not None:
        return text, (_wrong_encoding(file, line, "GBK"),)
    return None, (
        Finding(
            file,
            line,
            "",
            Text("这里不是文本 (不是 UTF-8 编码)", "this is not text (not UTF-8)"),
            Text("检查是否放错了文件, 或文件已损坏", "check that it is the right file and not damaged"),
        ),
    )


def _decoded(raw: bytes, encoding: str) -> str | None:
    """Return `raw` as text; None if it is none in this encoding, or no text although it can be read so."""
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return None
    # Almost any bytes can be read as GB 18030 or UTF-16; what comes out then is full of characters nobody writes.
    return None if encoding != "utf-8-sig" and _BINARY.search(text) else text


def _too_large(file: str) -> Finding:
    return Finding(
        file,
        0,
        "",
        Text("文件超过 1 MiB", "the file is larger than 1 MiB"),
        Text(
            "检查是否放错了文件; 证书可以另存为文件再引用",
            "check that it is the right file; keep certificates in files of their own",
        ),
    )


def _wrong_encoding(file: str, line: int, encoding: str) -> Finding:
    convert = f"iconv -f {'GB18030' if encoding == 'GBK' else 'UTF-16'} -t UTF-8 OLD > NEW"
    return Finding(
        file,
        line,
        "",
        Text(f"文件是 {encoding} 编码, 不是 UTF-8", f"the file is encoded in {encoding}, not UTF-8"),
        Text(
            f"在编辑器中选“另存为”, 编码选 UTF-8; 或运行 {convert}", f"save it again as UTF-8, or convert it: {convert}"
        ),
    )


def _not_a_mapping(file: str, root: Value) -> Finding:
    if root is None:
        problem = Text("文件是空的", "the file is empty")
    else:
        problem = Text("文件的最外层不是“键: 值”", "the top level is not made of `key: value` lines")
    return Finding(file, 1, "", problem, Text("照着同目录的示例文件写", "follow the example file of the folder"))


def _spoiling(file: str, lines: list[str]) -> list[Finding]:
    """Return the full-width punctuation that keeps a file from being read."""
    found = islice(scan_structure(lines), MAX_FINDINGS + 1)
    return [Finding(file, line, "", problem, fix) for line, problem, fix in found]


def _complaint(error: yaml.YAMLError, file: str, lines: list[str]) -> Finding:
    """Return what the parser could not read, in words."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = min(mark.line + 1, len(lines)) if mark else 1
    said = indented_too_far(lines, line) or syntax_text(getattr(error, "problem", None) or "")
    return Finding(file, line, "", *said)


def _bounded(findings: list[Finding], file: str) -> Findings:
    """Return `findings` in line order, one of a kind for each line, at most so many."""
    once: dict[tuple[int, Text], Finding] = {}
    for finding in findings:
        known = once.setdefault((finding.line, finding.problem), finding)
        if finding.key and not known.key:
            once[finding.line, finding.problem] = finding
    ordered = sorted(once.values(), key=lambda finding: finding.line)
    if len(ordered) <= MAX_FINDINGS:
        return tuple(ordered)
    more = Finding(
        file,
        ordered[MAX_FINDINGS].line,
        "",
        Text(f"只列出前 {MAX_FINDINGS} 处问题, 后面还有", f"only the first {MAX_FINDINGS} problems are listed"),
        Text("先改上面的", "mend those above first"),
    )
    return (*ordered[:MAX_FINDINGS], more)
