"""Why something of a case did not go, for people, from the reason word that was kept."""

import re
from collections.abc import Mapping

from gateway.case.reasons import ROWS, Reason
from gateway.case.reasons.beside import WORDS
from gateway.case.texts import Lang, Text

_REFUSED_AS: Mapping[Reason, Text] = {
    Reason.LIFECYCLE: Text(
        "送到时办件的状态已不允许“{event}”", "when it arrived, the state of the case did not allow: {event}"
    )
}
"""Causes whose facts are not kept: here the row's sentence would be mostly holes."""

_NOT_KEPT = (
    (re.compile(r" *\([^()]*\{[a-z_]+\}[^()]*\)"), ""),
    (re.compile(r"[:：] *\{[a-z_]+\}$"), ""),
    (re.compile(r"\{[a-z_]+\}"), "…"),
)
_TO_DO = Text("怎么办: ", "what to do: ")


def reason_text(word: str, lang: Lang, **facts: Text | str) -> str:
    """Return why something did not go and what to do, by the reason word that was kept; its other facts were not."""
    reason = Reason.__members__.get(word)
    if reason is None:
        return f"{WORDS[word].say(lang)} ({word})" if WORDS.get(word) else word
    cause, fix = (_REFUSED_AS.get(reason, ROWS[reason].cause), ROWS[reason].fix)
    said = [_without_holes(text.format(**facts).say(lang)) for text in (cause, fix)]
    return f"{said[0]} ({word}); {_TO_DO.say(lang)}{said[1]}"


def _without_holes(sentence: str) -> str:
    for hole, instead in _NOT_KEPT:
        sentence = hole.sub(instead, sentence)
    return sentence
