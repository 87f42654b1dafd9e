"""Pinyin of personal names: sort keys, initials and the grams of the search index."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# What pypinyin misreads when the character is a surname.
SURNAMES = {
    "仇": "qiu", "曾": "zeng", "解": "xie", "查": "zha", "盖": "ge", "区": "ou", "朴": "piao", "翟": "zhai",
    "黑": "he", "乐": "yue", "种": "chong", "折": "she", "缪": "miao", "覃": "qin", "召": "shao", "员": "yun",
    "单": "shan", "逄": "pang", "郗": "xi", "繁": "po", "秘": "bi", "卜": "bu", "车": "che", "万": "wan",
    "洗": "xian", "阚": "kan", "谌": "chen", "尉": "wei", "乜": "nie", "粘": "nian", "隗": "wei", "祭": "zhai",
    "薄": "bo", "柏": "bai", "牟": "mu", "石": "shi", "燕": "yan", "佴": "nai", "令": "ling", "长": "zhang",
}  # fmt: skip
COMPOUND_SURNAMES = {
    "单于": "chan yu", "尉迟": "yu chi", "万俟": "mo qi", "长孙": "zhang sun", "澹台": "tan tai",
    "令狐": "ling hu", "皇甫": "huang fu", "宇文": "yu wen", "欧阳": "ou yang", "上官": "shang guan",
    "诸葛": "zhu ge", "司马": "si ma", "司徒": "si tu", "司空": "si kong", "夏侯": "xia hou",
    "东方": "dong fang", "公孙": "gong sun", "慕容": "mu rong", "轩辕": "xuan yuan", "钟离": "zhong li",
    "鲜于": "xian yu", "闻人": "wen ren", "申屠": "shen tu", "太史": "tai shi", "呼延": "hu yan", "端木": "duan mu",
    "赫连": "he lian", "宗政": "zong zheng", "濮阳": "pu yang", "淳于": "chun yu", "公羊": "gong yang",
    "南宫": "nan gong", "独孤": "du gu", "西门": "xi men", "百里": "bai li", "拓跋": "tuo ba",
}  # fmt: skip


def pinyin_key(name: str) -> str:
    """Syllables without tones, separated by spaces (`wang xiao ming`); ü is v, Latin letters stay."""
    characters = [c for c in unicodedata.normalize("NFKC", name).lower() if c.isalnum()]
    plain = "".join(characters)
    if plain[:2] in COMPOUND_SURNAMES and len(plain) > 2:
        return " ".join([COMPOUND_SURNAMES[plain[:2]], *_syllables(plain[2:])])
    if plain[:1] in SURNAMES:
        return " ".join([SURNAMES[plain[0]], *_syllables(plain[1:])])
    return " ".join(_syllables(plain))


def grams(name: str, pinyin: str) -> frozenset[str]:
    """What a search may be typed as: characters, pairs of them, prefixes of pinyin and of initials.

    `pinyin` is `pinyin_key(name)`.  Prefixes begin at every syllable, so that a given name is found alone.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKC", name).lower() if c.isalnum())
    syllables = pinyin.split()
    found = {plain, *plain, *(plain[i : i + 2] for i in range(len(plain) - 1))}
    for start in range(len(syllables)):
        spelt = "".join(syllables[start:])
        short = "".join(syllable[0] for syllable in syllables[start:])
        found |= {spelt[:end] for end in range(1, len(spelt) + 1)}
        found |= {short[:end] for end in range(1, len(short) + 1)}
    return frozenset(found - {""})


def _syllables(text: str) -> list[str]:
    """One syllable for each Chinese character; a run of Latin letters or digits stays one word."""
    words: list[str] = []
    latin = False
    for character in text:
        if character.isascii() and latin:
            words[-1] += character
        else:
            words.append(character if character.isascii() else _syllable(character))
        latin = character.isascii()
    return words


@lru_cache(maxsize=8192)
def _syllable(character: str) -> str:
    # Character by character: a name is no phrase, and beside others pypinyin may read it otherwise.
    from pypinyin import Style, lazy_pinyin  # 55 MB: only for those who need it

    return lazy_pinyin(character, style=Style.NORMAL, v_to_u=False)[0]
