"""What the YAML parser's complaints mean to somebody who does not know YAML."""

import re

from gateway.case.texts import Text

_SPACES = Text("检查缩进 (只用空格) 和冒号后的空格", "check indentation (spaces only) and the space after the colon")

_COMPLAINTS: tuple[tuple[str, Text, Text], ...] = (
    (
        "mapping values are not allowed",
        Text("这里不该再有冒号", "a second `:` does not belong here"),
        Text(
            "文字里有“: ”时用英文引号括起来; 或检查上一行的缩进",
            "quote text that contains `: `, or check the line above",
        ),
    ),
    (
        "could not find expected ':'",
        Text("这一行附近少了冒号", "a `:` is missing near this line"),
        Text("每个键后面写英文冒号和一个空格", "write `: ` after every key"),
    ),
    (
        "did not find expected key",
        Text(
            "这里应该是一个键; 可能缩进与上面不一致",
            "a key is expected here; the indentation may not fit the lines above",
        ),
        Text("同一级的键左边对齐", "align the keys of one level"),
    ),
    (
        "did not find expected '-' indicator",
        Text("列表中间混进了别的内容", "something else stands inside a list"),
        Text("同一个列表的每一项都以“- ”开头并对齐", "start every entry with `- ` and align them"),
    ),
    (
        "block sequence entries are not allowed",
        Text("这里不该有列表", "a list does not belong here"),
        Text("“- ”另起一行写", "begin the list on a line of its own"),
    ),
    (
        "did not find expected ',' or ']'",
        Text("方括号没有写完整", "a `[` is not closed properly"),
        Text("用英文逗号分隔, 以 ] 结束", "separate with `,` and end with `]`"),
    ),
    (
        "did not find expected ',' or '}'",
        Text("花括号没有写完整", "a `{` is not closed properly"),
        Text("用英文逗号分隔, 以 } 结束", "separate with `,` and end with `}`"),
    ),
    (
        "unexpected end of stream",
        Text("引号没有结束", "a quotation mark is not closed"),
        Text("补上结尾的引号", "close the quotation mark"),
    ),
    (
        "cannot start any token",
        Text("值不能以这个符号开头", "a value cannot begin with this character"),
        Text("用英文引号括起来", "put the value in quotes"),
    ),
    (
        "unexpected document indicator",
        Text("引号没有结束", "a quotation mark is not closed"),
        Text("补上结尾的引号", "close the quotation mark"),
    ),
    (
        "unknown escape character",
        Text("双引号里的反斜杠写法不对", "a backslash in double quotes is not understood"),
        Text("改用单引号", "use single quotes"),
    ),
    (
        "hexdecimal number",
        Text("双引号里的反斜杠写法不对", "a backslash in double quotes is not understood"),
        Text("改用单引号", "use single quotes"),
    ),
    (
        "Unicode character escape",
        Text("双引号里的反斜杠写法不对", "a backslash in double quotes is not understood"),
        Text("改用单引号", "use single quotes"),
    ),
    (
        "alphabetic or numeric character",
        Text("值不能以 * 或 & 开头", "a value cannot begin with * or &"),
        Text("用英文引号括起来", "put the value in quotes"),
    ),
    (
        "comment or line break",
        Text("“|”或“>”后面还有别的内容", "something else stands behind `|` or `>`"),
        Text("文字从下一行开始写, 比键多缩进两格", "begin the text on the next line, two spaces further in"),
    ),
    (
        "expected node content",
        Text("括号里多了逗号, 或少了一个值", "a `,` too many in brackets, or a value is missing"),
        Text("删去多余的逗号", "delete the `,` that separates nothing"),
    ),
    (
        "<document start>",
        Text("这一行接不上前面的内容", "this line does not continue what stands above"),
        Text("最外层的键都从行首写起, 左边对齐", "begin the keys of the top level in the first column"),
    ),
    (
        "mapping keys are not allowed",
        Text("这里不该有问号开头的键", "a key that begins with `?` does not belong here"),
        Text("直接写“键: 值”", "write `key: value`"),
    ),
    *(
        (words, Text("不支持以 ! 开头的标签", "tags (!) are not allowed"), Text("用英文引号括起来", "put it in quotes"))
        for words in ("expected '!'", "tag handle", "tag URI", "whitespace or line break", "URI escaped")
    ),
    *(
        (words, Text("不支持以 % 开头的指令", "directives (%) are not allowed"), Text("删去这一行", "delete the line"))
        for words in ("directive", "version number", "digit or '.'")
    ),
)

_KEY_AND_VALUE = re.compile(
    r"(?P<indent> *)(?:- +)*[\"']?[A-Za-z_][\w-]{0,60}[\"']?:(?: +(?P<value>[^ #|>\[{&].{0,200}))?"
)


def indented_too_far(lines: list[str], line: int) -> tuple[Text, Text] | None:
    """Return what to say when `line`, from 1, is a key further in than the line before, which has a value already."""
    here = _KEY_AND_VALUE.match(lines[line - 1])
    above = next(
        (text for text in reversed(lines[: line - 1]) if text.strip() and not text.lstrip().startswith("#")), ""
    )
    before = _KEY_AND_VALUE.match(above)
    if not here or not before or not before["value"] or len(here["indent"]) <= _first_letter(above):
        return None
    return (
        Text("这一行比上一行缩进得多", "this line is indented further than the one above"),
        Text("与上一行的键左边对齐", "align it with the key above"),
    )


def _first_letter(line: str) -> int:
    """Return the column of the key of a line, dashes of a list left out."""
    return len(line) - len(line.lstrip(" -"))


def syntax_text(complaint: str) -> tuple[Text, Text]:
    """Return problem and fix for what the parser said; an unlisted complaint is shown as it is."""
    for words, problem, fix in _COMPLAINTS:
        if words in complaint:
            return problem, fix
    return (
        Text(f"YAML 写法不对: {complaint}", f"YAML cannot read this: {complaint}"),
        _SPACES,
    )
