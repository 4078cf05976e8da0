"""What stands where in a TOML text: each value is found where it is, whatever its form."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli

from unit.policy.test_edit import FORMS, PROJECT_FORMS
from xrun.policy.text import divide_text, find_setting, read_items

ROOT = Path(__file__).parents[3]
FILES = [ROOT / "pyproject.toml", *(ROOT / "tests" / "data" / "policy" / "valid").glob("*.toml")]
STRINGS = r'''
a = "\"[x]\" # no comment" # one
b = '\' # two
"c.d" = """
[header]
"quotes" ""\"""" # three
d = """[x]"""" # [
e."f = g" = QQQ'two' \QQQ' # four
[ h . "i]" ] # [j]
k = { l = "}", m = [ "]" ] }
n = [ # ]
  [ "o", { p = 1 } ], # ,
  { q = [] },
] # five
r = 1979-05-27 07:32:00 # six
'''.replace("QQQ", "'" * 3)
FORM_ITEMS = [
    *FORMS.items(),
    *((f"pyproject, {name}", both) for name, both in PROJECT_FORMS.items()),
]
TEXTS = {
    **{path.name: path.read_text("utf-8") for path in FILES if path.exists()},
    **{f"{name}, before": texts[0] for name, texts in FORM_ITEMS},
    **{f"{name}, after": texts[1] for name, texts in FORM_ITEMS},
    "strings": STRINGS,
    "strings, CRLF": STRINGS.replace("\n", "\r\n"),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_each_value_is_found_where_it_stands(text: str) -> None:
    sections = divide_text(text)
    settings = [setting for section in sections for setting in section.settings]
    for setting in settings:
        value = text[setting.value.start : setting.value.end]
        line = f"{text[setting.start : setting.value.start]}{value}\n"
        assert value == value.strip()
        assert tomli.loads(line)
        if find_setting(sections, setting.path) is setting:
            expected: object = tomli.loads(text, parse_float=str)
            for key in setting.path:
                assert isinstance(expected, dict)
                expected = expected[key]
            assert tomli.loads(f"x = {value}", parse_float=str)["x"] == expected


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_nothing_is_passed_over(text: str) -> None:
    sections = divide_text(text)
    said = [text[section.header.start : section.header.end] for section in sections]
    for section in sections:
        said += [text[setting.start : setting.value.end] for setting in section.settings]
    for part in said:
        text = text.replace(part, "\n", 1) if part else text
    assert tomli.loads(text) == {}


@pytest.mark.parametrize(
    ("array", "items"),
    [
        ("[]", []),
        ("[ ]", []),
        ("[1]", ["1"]),
        ("[ 1 , 2 , ]", ["1", "2"]),
        ('["a,b", \'c]\', """d,\n]"""]', ['"a,b"', "'c]'", '"""d,\n]"""']),
        ("[[1, 2], { a = [3, 4] }]", ["[1, 2]", "{ a = [3, 4] }"]),
        ("[ # a, [\n  1 # b,\n  , # c\n 2 # d\n # e\n]", ["1", "2"]),
        ("[2026-12-31 10:00:00 , 1]", ["2026-12-31 10:00:00", "1"]),
    ],
)
def test_the_items_of_an_array_are_found(array: str, items: list[str]) -> None:
    text = f"x = {array} # y = [9]\n"
    setting = find_setting(divide_text(text), ("x",))
    assert setting is not None
    found = read_items(text, setting.value)
    assert [text[item.start : item.end] for item in found] == items
    assert all(text[item.comma - 1] == "," for item in found if item.comma is not None)
