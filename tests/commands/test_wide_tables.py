"""Tables on the command line: on a screen of any width every name, figure and day stands there whole.

1. A table that has the room is drawn; where it has not, each row is a paragraph.
2. No cell is lost, and no day, figure or short word is broken over two lines.
"""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from chain.cli import Desk
from chain.settings import Settings

COLUMNS = ("step", "kind", "from", "to", ">amount", "maturity", "invoice")
ROW = (
    "12",
    "transfer",
    "绍兴睿源汽车座椅股份有限公司",
    "大连锐川高分子材料股份有限公司",
    "CN¥1,856,791.14",
    "2026-12-04",
    "26212000000004",
)


def drawn(width: int, columns, rows) -> str:
    console = Console(file=io.StringIO(), width=width)
    Desk(Settings(), "en", console).table("Steps", columns, rows)
    return console.file.getvalue()


def test_a_table_that_has_the_room_is_drawn_and_one_that_has_not_is_told_row_by_row():
    assert "┃" in drawn(140, COLUMNS, [ROW])
    narrow = drawn(80, COLUMNS, [ROW])
    assert "┃" not in narrow
    assert "step 12 · kind transfer" in narrow


@pytest.mark.parametrize("width", [60, 80, 100, 120, 140, 200])
@pytest.mark.parametrize("figures", [1, 3, 5])
def test_no_day_figure_or_short_word_is_broken_and_no_name_is_lost(width, figures):
    columns, row = (*COLUMNS, *[">need"] * figures), (*ROW, *["CN¥2,320,000.00"] * figures)
    text = drawn(width, columns, [row, row])
    for whole in (ROW[1], ROW[4], ROW[5], *["CN¥2,320,000.00"] * figures):
        assert text.count(whole) >= 2
    assert text.count("CN¥2,320,000.00") == 2 * figures
    for letter in set(ROW[2] + ROW[3]):
        assert text.count(letter) == 2 * (ROW[2] + ROW[3]).count(letter)


CELLS = st.one_of(st.text(st.sampled_from("aZ9 名"), max_size=40), st.just("[Z]9[/]名"))


@given(st.integers(40, 200), st.lists(st.tuples(*[CELLS] * 5), max_size=4))
def test_whatever_stands_in_a_table_is_printed(width, rows):
    text = drawn(width, ("a", "b", ">c", "d", "e"), rows)
    for letter in "Z9名":
        assert len(re.findall(letter, text)) == sum(cell.count(letter) for row in rows for cell in row)
