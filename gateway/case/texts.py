"""Sentences for people, in Chinese and English.

A `Text` always carries both languages; who shows it chooses one.  Placeholders are
`{name}`; a fact that is not given stays visible as `{name}`, so that an
incomplete sentence is seen and never raises while an error is being reported.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Lang(Enum):
    """A language people are addressed in."""

    ZH = "zh"
    EN = "en"


class _Visible(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in both languages."""

    zh: str
    en: str

    def say(self, lang: Lang | str = Lang.ZH) -> str:
        """Return the sentence in `lang` (`zh` or `en`)."""
        return self.zh if Lang(lang) is Lang.ZH else self.en

    def format(self, **facts: object) -> "Text":
        """Fill in placeholders; a fact that is itself a `Text` is filled in per language."""
        return Text(self.zh.format_map(_in(Lang.ZH, facts)), self.en.format_map(_in(Lang.EN, facts)))


def _in(lang: Lang, facts: Mapping[str, object]) -> Mapping[str, object]:
    return _Visible({name: fact.say(lang) if isinstance(fact, Text) else fact for name, fact in facts.items()})
