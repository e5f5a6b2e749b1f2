"""Colours and style of the picture, for light and dark.

The hues keep apart under the common colour blindnesses (blue, sky, orange and green after Okabe and Ito, violet); text
reaches a contrast of 4.5 to 1 and bars 3 to 1 on their ground (WCAG 2.2), both of which tests compute.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as ``#rrggbb``; those of a `FlowKind` bear its name."""

    ground: str
    ink: str
    muted: str
    rule: str
    line: str
    issued: str
    transferred: str
    financed: str
    redeemed: str
    held: str
    blocked: str


LIGHT = Palette(
    ground="#ffffff",
    ink="#16202c",
    muted="#566273",
    rule="#d5dbe3",
    line="#66758a",
    issued="#1f4fa3",
    transferred="#3389c4",
    financed="#cc7a00",
    redeemed="#07805d",
    held="#7534d9",
    blocked="#c4281c",
)
DARK = Palette(
    ground="#10161e",
    ink="#e8edf4",
    muted="#9dabbc",
    rule="#2c3746",
    line="#8796aa",
    issued="#6f9bf0",
    transferred="#7cc6f2",
    financed="#f2ab3c",
    redeemed="#3fc896",
    held="#9a5cf5",
    blocked="#ff7d70",
)

FONTS = (
    "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue','PingFang SC','Hiragino Sans GB','Microsoft YaHei',"
    "'Noto Sans CJK SC','Source Han Sans SC',sans-serif"
)

_SHAPES = f"""
.pearl-picture text{{font-family:{FONTS};font-variant-numeric:tabular-nums}}
.pearl-picture text{{paint-order:stroke;stroke-width:3.5px;stroke-linejoin:round}}
.pearl-picture .name{{font-size:12px;font-weight:500}}
.pearl-picture .figure{{font-size:10.5px}}
.pearl-picture .small{{font-size:10.5px}}
.pearl-picture .heading{{font-size:13px;font-weight:650}}
.pearl-picture .ribbon{{fill-opacity:.36;stroke-opacity:.5;stroke-width:.6px;transition:opacity .12s}}
.pearl-picture .ribbon:hover{{fill-opacity:.72}}
.pearl-picture .ribbon.transferred{{fill-opacity:.34}}
.pearl-picture .stub{{fill-opacity:.85}}
.pearl-picture .dot{{fill-opacity:0;stroke-width:1.4px;pointer-events:all}}
.pearl-picture .blocked{{fill:none;stroke-width:1.5px;stroke-dasharray:5 4}}
.pearl-picture .arrow{{stroke-dasharray:none}}
.pearl-picture .party,.pearl-picture .trade{{transition:opacity .12s}}
"""


def _colours(palette: Palette) -> str:
    kinds = ("line", "issued", "transferred", "financed", "redeemed", "held")
    return "".join(
        [
            f".pearl-picture .ground{{fill:{palette.ground}}}",
            f".pearl-picture text{{fill:{palette.ink};stroke:{palette.ground}}}",
            f".pearl-picture .figure,.pearl-picture .small{{fill:{palette.muted}}}",
            f".pearl-picture .rule{{stroke:{palette.rule};fill:none}}",
            f".pearl-picture .dot{{fill:{palette.ground};stroke:{palette.muted}}}",
            f".pearl-picture .blocked{{stroke:{palette.blocked}}}",
            *(
                f".pearl-picture .{kind}{{fill:{getattr(palette, kind)};stroke:{getattr(palette, kind)}}}"
                for kind in kinds
            ),
        ]
    )


def stylesheet(hover_rules: str = "") -> str:
    """The whole style: light by default and on paper, dark where the reader's system asks for it."""
    return (
        f"{_colours(LIGHT)}{_SHAPES}"
        f"@media (prefers-color-scheme:dark){{@media screen{{{_colours(DARK)}}}}}"
        f"{hover_rules}"
    )
