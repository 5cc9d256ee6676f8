"""関数 / Functions: every spreadsheet function of kpixl, what it answers, and an example that can be copied."""

import udfs  # noqa: F401 - registers the functions
from kpixl.texts import say
from kpixl.workbook.blocks import Column, Sheet, Table, lettering
from kpixl.workbook.state import State
from udfs.boundary import CATEGORIES, REGISTRY, Argument, Function

__all__ = ["EXAMPLES", "sheet"]

EXAMPLES = {
    "KPI_BACKSOLVE": '=KPI_BACKSOLVE("1億円","100万円",20%)',
    "KPI_FORWARD": '=KPI_FORWARD(200,20%,"50万円")',
    "KPI_ALLOCATE": "=KPI_ALLOCATE(100,{3;2;1})",
    "KPI_PHASE": '=KPI_PHASE(120,"2025/4/1","2026/3/31")',
    "KPI_BUSINESSDAYS": '=KPI_BUSINESSDAYS("2025/6/1","2025/6/30")',
    "KPI_PACE": '=KPI_PACE(40,"2026/9/1","2026/9/30","2026/9/18")',
    "KPI_SOLVE": '=KPI_SOLVE(10000000,"商談×成約率×単価",{"商談";"成約率";"単価"},{40;0.2;1000000},"商談")',
    "KPI_TREE": '=KPI_TREE({"売上","受注×単価";"受注",8;"単価",1000000})',
    "KPI_SENSITIVITY": '=KPI_SENSITIVITY("商談×成約率×単価",{"商談";"成約率";"単価"},{40;0.2;1000000})',
    "KPI_LEVERS": '=KPI_LEVERS(10000000,"商談×成約率×単価",{"商談";"成約率";"単価"},{40;0.2;1000000})',
    "KPI_LEADTIME": '=KPI_LEADTIME({10;12;11},{0.2},{20},"2025/4/1")',
    "KPI_SMART": '=KPI_SMART("月間商談数",40,"件","2026/3/31")',
    "KPI_FEASIBILITY": "=KPI_FEASIBILITY(40,{28;30;33;31;35;34})",
    "KPI_LANDING": '=KPI_LANDING(28,"2026/9/1","2026/9/30","2026/9/18",40)',
    "KPI_STATUS": '=KPI_STATUS(40,28,"2026/9/1","2026/9/30","2026/9/18")',
    "KPI_ALERT": '=KPI_ALERT(40,8,"2026/9/1","2026/9/30","2026/9/18")',
    "KPI_REVIEW": "=KPI_REVIEW({40;40;40;40},{42;35;33;31},4)",
    "KPI_RANK": '=KPI_RANK({18;3;40},{60;3;160},{"佐藤";"鈴木";"高橋"})',
    "KPI_RATE": "=KPI_RATE(18,20)",
    "KPI_EFFECT": "=KPI_EFFECT(12,99,5,83)",
    "KPI_HEATMAP": '=KPI_HEATMAP({"2025/6/2 10:00";"2025/6/2 10:30"},{1;0})',
    "KPI_FACTORS": '=KPI_FACTORS({"製造";"製造";"小売"},{1;0;0})',
    "KPI_ATTRIBUTION": "=KPI_ATTRIBUTION({1000,0.15,0.8},{1000,0.12,0.83})",
    "KPI_DEFINITION": '=KPI_DEFINITION("商談化率")',
    "FUNNEL_RATES": "=FUNNEL_RATES({1000;200;40;10})",
    "FUNNEL_GAP": "=FUNNEL_GAP({1000;200;40;10},{1050;180;30;6})",
    "FUNNEL_BOTTLENECK": '=FUNNEL_BOTTLENECK({1000;200;40},{1050;180;30},{"リード";"商談";"受注"})',
    "KPI_NUMBER": '=KPI_NUMBER("1億2,000万円")',
    "KPI_DATE": '=KPI_DATE("令和7年6月2日")',
    "KPIXL_LASTERROR": "=KPIXL_LASTERROR()",
    "KPIXL_VERSION": "=KPIXL_VERSION()",
}


def sheet(state: State) -> Sheet:
    """Return the sheet with the functions, in the language in force."""
    return Sheet(
        say("sheet.functions"),
        blocks=(
            lettering("B2", [[(say("functions_sheet.title"), "title")]]),
            lettering("B3", [[(say("functions_sheet.lead"), "lead")]]),
        ),
        tables=(
            Table(
                "B5",
                "kpixl_functions",
                (
                    Column(say("heading.function"), "strong", 22),
                    Column(say("heading.category"), "text", 12),
                    Column(say("heading.answers"), "text", 78),
                    Column(say("heading.arguments"), "text", 66),
                    Column(say("heading.example"), "code", 64),
                ),
                [
                    (
                        name,
                        say(f"category.{known.category}"),
                        known.summary(),
                        say("join").join(_argument(argument) for argument in known.arguments),
                        EXAMPLES[name],
                    )
                    for name, known in sorted(REGISTRY.items(), key=_place)
                ],
            ),
        ),
        freeze="C6",
        tab="plain",
    )


def _place(entry: tuple[str, Function]) -> int:
    """Order the functions by category, each in the order in which it was registered."""
    return CATEGORIES.index(entry[1].category)


def _argument(argument: Argument) -> str:
    """Return an argument's name as the wizard shows it; brackets say that it may be left out."""
    return argument.label() if argument.required else f"[{argument.label()}]"
