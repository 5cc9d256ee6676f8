"""The style sheet of a page: colours, weights and sizes of `style`, and how the page folds on a phone.

A table is one on a wide screen and in mail; on a phone each of its rows is a card with the figures below their
headings, so that nothing has to be moved sideways. Only a narrow one, such as hours by weekday, stays a table.
"""

from collections.abc import Iterable

from kpixl.workbook import style

__all__ = ["style_sheet"]

_FONTS = {
    "ja": "'Yu Gothic','Hiragino Sans','Noto Sans CJK JP','Noto Sans JP',sans-serif",
    "en": "Arial,Helvetica,sans-serif",
}
_RULES = """
body{margin:0;background:@pale;color:@ink;font:14px/1.6 @fonts;-webkit-text-size-adjust:100%;overflow-wrap:break-word;
-webkit-print-color-adjust:exact;print-color-adjust:exact}
main{max-width:1040px;margin:0 auto;padding:16px}
section{background:@white;border-radius:8px;padding:20px 24px;margin:0 0 16px}
nav{margin:0 0 12px}
nav a{display:inline-block;margin:0 14px 4px 0;color:@accent;text-decoration:none}
h1,h2,h3,p{margin:0 0 6px}
h3{margin-top:24px;border-bottom:2px solid}
p.aside{text-align:right}
p.lead{color:@muted}
footer{color:@muted;font-size:12px;text-align:center;padding:4px 0 12px}
table{border-collapse:collapse;width:100%;margin:10px 0 14px}
th,td{vertical-align:middle;font-weight:inherit}
.cards{border-collapse:separate;border-spacing:8px 0;margin:14px -8px;table-layout:fixed;width:calc(100% + 16px)}
.cards td{background:@pale;border-top:2px solid @accent;padding:8px 12px;vertical-align:top}
.cards p{margin:0;background:none}
.pairs td{padding:5px 10px;vertical-align:top}
.pairs td:first-child{width:6.5em}
.pairs p{margin:0}
.pairs tr+tr td{border-top:4px solid @white}
.wide{overflow-x:auto}
.grid{font-size:13px}
.grid thead th{background:@band;color:@white;font-weight:bold;font-size:12px;line-height:1.35;padding:6px 5px;
text-align:center}
.grid tbody th,.grid td{border-bottom:1px solid @line;padding:5px 6px;font-size:13px}
.grid tbody th{text-align:left}
.grid .total th,.grid .total td{background:@pale;font-weight:bold;border-top:1px solid @band}
.n,.n1{white-space:nowrap}
.h{display:none;mso-hide:all}
.chart{display:block;width:100%;height:auto}
.spark{display:block;width:96px;height:20px}
.chart text{paint-order:stroke;stroke:@white;stroke-width:2.5px}
.charts{font-size:0}
figure{display:inline-block;width:100%;max-width:480px;margin:12px 0;vertical-align:top;font-size:14px}
.beside figure{width:48%;margin-right:2%}
figcaption{font-weight:bold;margin:0 0 6px}
details{margin:6px 0 0}
summary{color:@accent;font-size:12px}
@media(max-width:640px){
main{padding:8px}
section{padding:14px 12px;border-radius:6px}
p.aside{text-align:left}
.cards,.cards tbody,.cards tr{display:block;width:auto;margin:0}
.cards tr{display:grid;grid-template-columns:1fr 1fr;gap:8px;margin:12px 0}
.cards td{padding:8px 10px}
.pairs,.pairs tbody,.pairs tr,.pairs td,.pairs td:first-child{display:block;width:auto}
.pairs tr{margin:0 0 10px}
.pairs td{padding:3px 8px}
.pairs td:first-child{text-align:left}
.wide{overflow-x:visible}
.cells,.cells tbody{display:block}
.cells thead{display:none}
.cells tr{display:grid;grid-template-columns:repeat(3,1fr);border:1px solid @line;border-radius:6px;margin:0 0 8px;
overflow:hidden}
.cells tbody th{grid-column:1/-1;background:@pale;border:0;padding:5px 8px}
.cells tbody td{border:0;padding:3px 8px 6px;text-align:left;min-width:0}
.cells tbody th+th{padding-top:0}
.cells .total td{border:0}
.cells .none{display:none}
.cells td.long{grid-column:1/-1}
.cells .h{display:block;color:@muted;font-size:11px;font-weight:normal;line-height:1.4;
white-space:normal}
.n{white-space:normal}
.cells .bar{background-size:100% 5px;background-position:left bottom;background-repeat:no-repeat}
.beside figure{width:100%;margin-right:0}
}
"""


def style_sheet(names: Iterable[str], language: str) -> str:
    """Return the style sheet of a page in a language that uses styles of cells with these names."""
    rules = _RULES.replace("@fonts", _FONTS[language])
    for name in sorted(style.PALETTE, key=len, reverse=True):
        rules = rules.replace(f"@{name}", style.PALETTE[name])
    return "\n".join(_cell_rule(name, language) for name in sorted(set(names))) + rules


def _cell_rule(name: str, language: str) -> str:
    look = style.cell_style(name, language)
    told = {
        "color": look["font_color"],
        "background": look.get("bg_color"),
        "font-weight": "bold" if look.get("bold") else None,
        "font-size": f"{look['font_size']}pt",
        "text-align": look.get("align"),
    }
    return f".s-{name}{{{';'.join(f'{key}:{value}' for key, value in told.items() if value)}}}"
