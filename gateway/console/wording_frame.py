"""Texts of the frame every page stands in, and of the way through the page of a case."""

from collections.abc import Mapping

from gateway.case.texts import Text

WORDS_OF_THE_FRAME: Mapping[str, Text] = {
    "menu": Text("菜单", "Menu"),
    "other_acts": Text("其他操作", "Other acts"),
}
