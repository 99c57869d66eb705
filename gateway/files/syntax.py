"""What the YAML parser's complaints mean to somebody who does not know YAML."""

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
        "unknown escape character",
        Text("双引号里的反斜杠写法不对", "a backslash in double quotes is not understood"),
        Text("改用单引号", "use single quotes"),
    ),
)


def syntax_text(complaint: str) -> tuple[Text, Text]:
    """Return problem and fix for what the parser said; an unlisted complaint is shown as it is."""
    for words, problem, fix in _COMPLAINTS:
        if words in complaint:
            return problem, fix
    return (
        Text(f"YAML 写法不对: {complaint}", f"YAML cannot read this: {complaint}"),
        _SPACES,
    )
