"""The one reader of files that people edit: YAML in, a tree of text with line numbers out.

Every scalar is text: `0510` stays `0510`, `no` stays `no`, `5:30` stays `5:30`.  Refused, each by
name and line: duplicate keys, anchors, aliases, tags, directives, several documents, tabs, invisible
characters, full-width punctuation in the structure, other encodings than UTF-8.

Bounds: `MAX_BYTES` a file, 16 levels, `MAX_FINDINGS` findings; beyond each the file is refused.  A file is taken
whole or not at all; no input raises.
"""

from pathlib import Path

import yaml

from gateway.case.texts import Text
from gateway.files.builder import Builder, Stop
from gateway.files.findings import Finding, Findings
from gateway.files.punctuation import scan_characters, scan_structure
from gateway.files.syntax import syntax_text
from gateway.files.tree import Tree, Value

MAX_BYTES = 1024 * 1024
MAX_FINDINGS = 100

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
    if len(raw) > MAX_BYTES:
        return (
            Finding(
                file,
                0,
                "",
                Text("文件超过 1 MiB", "the file is larger than 1 MiB"),
                Text(
                    "检查是否放错了文件; 证书可以另存为文件再引用",
                    "check that it is the right file; keep certificates in files of their own",
                ),
            ),
        )
    text = _decode(raw, file)
    if isinstance(text, Finding):
        return (text,)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    builder = Builder(file)
    builder.findings += [Finding(file, line, "", problem, fix) for line, problem, fix in scan_characters(lines)]
    try:
        builder.build(yaml.parse(text, Loader=_Loader))
    except yaml.YAMLError as error:
        builder.findings += _syntax_findings(error, file, lines, bool(builder.findings))
    except Stop:
        pass
    if builder.findings:
        return _bounded(builder.findings, file)
    if not isinstance(builder.root, dict):
        return (_not_a_mapping(file, builder.root),)
    return Tree(file, builder.root, builder.lines)


def _decode(raw: bytes, file: str) -> str | Finding:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _wrong_encoding(file, 1, "UTF-16 (Unicode)")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return Finding(
            file,
            line,
            "",
            Text("这里不是文本 (不是 UTF-8 编码)", "this is not text (not UTF-8)"),
            Text("检查是否放错了文件, 或文件已损坏", "check that it is the right file and not damaged"),
        )
    return _wrong_encoding(file, line, "GBK")


def _wrong_encoding(file: str, line: int, encoding: str) -> Finding:
    return Finding(
        file,
        line,
        "",
        Text(f"文件是 {encoding} 编码, 不是 UTF-8", f"the file is encoded in {encoding}, not UTF-8"),
        Text("在编辑器中选“另存为”, 编码选 UTF-8", "save it again as UTF-8"),
    )


def _not_a_mapping(file: str, root: Value) -> Finding:
    if root is None:
        problem = Text("文件是空的", "the file is empty")
    else:
        problem = Text("文件的最外层不是“键: 值”", "the top level is not made of `key: value` lines")
    return Finding(file, 1, "", problem, Text("照着同目录的示例文件写", "follow the example file of the folder"))


def _syntax_findings(error: yaml.YAMLError, file: str, lines: list[str], known: bool) -> list[Finding]:
    """Return what explains `error` best: full-width punctuation if there is any, else the error itself."""
    found = [Finding(file, line, "", problem, fix) for line, problem, fix in scan_structure(lines)]
    if found or known:
        return found
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = min(mark.line + 1, len(lines)) if mark else 1
    return [Finding(file, line, "", *syntax_text(getattr(error, "problem", None) or ""))]


def _bounded(findings: list[Finding], file: str) -> Findings:
    ordered = sorted(set(findings), key=lambda finding: finding.line)
    if len(ordered) <= MAX_FINDINGS:
        return tuple(ordered)
    more = Finding(
        file,
        ordered[MAX_FINDINGS].line,
        "",
        Text(
            f"还有 {len(ordered) - MAX_FINDINGS} 处问题没有列出",
            f"{len(ordered) - MAX_FINDINGS} more problems are not listed",
        ),
        Text("先改上面的", "mend those above first"),
    )
    return (*ordered[:MAX_FINDINGS], more)
