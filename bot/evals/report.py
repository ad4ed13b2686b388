"""Reports the results of an eval: terminal, JUnit for build servers, Markdown. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from xml.etree import ElementTree as ET

from rich.markup import escape
from rich.table import Table

from bot.domain.models.cost import dollars
from bot.evals.trial import Result

HEAD = ("desk", "cases of", "cases", "passed", "failed")


def table(results: Sequence[Result]) -> Table:
    """Return the counts per file."""
    shown = Table(*HEAD, box=None, pad_edge=False)
    for row in _rows(results):
        shown.add_row(*row)
    return shown


def findings(results: Sequence[Result], baseline: Mapping[str, bool] | None) -> Iterator[str]:
    """Yield what is wrong, as lines with rich's markup."""
    for result in results:
        if not result.passed:
            is_new = baseline is not None and baseline.get(result.named.id)
            mark = " [red](passed before)[/red]" if is_new else ""
            often = f" ({result.passes} of {result.plays} plays passed)" if result.plays > 1 else ""
            yield f"[bold]{escape(result.named.id)}[/bold]{often}{mark}"
            yield from (f"  {escape(finding)}" for finding in result.findings)


def closing(results: Sequence[Result], model: str, seconds: float) -> str:
    """Return the last line."""
    passed = sum(result.passed for result in results)
    plays = max((result.plays for result in results), default=1)
    unjudged = sum(result.unjudged for result in results)
    often = f", all of {plays} plays each" if plays > 1 else ""
    open_questions = f"; {unjudged} questions to the judge skipped, the rule model cannot judge" if unjudged else ""
    spent = sum(result.spent for result in results)
    cost = f", for {dollars(spent)} without the judge" if spent else ""
    return f"{passed} of {len(results)} cases passed{often}, by {model}, in {seconds:.1f} s{cost}{open_questions}"


def markdown(results: Sequence[Result], model: str, seconds: float) -> str:
    """Return the report as Markdown."""
    lines = [f"| {' | '.join(HEAD)} |", "|---|---|--:|--:|--:|"]
    lines += [f"| {' | '.join(row)} |" for row in _rows(results)]
    lines += ["", f"{closing(results, model, seconds)}."]
    for result in results:
        if not result.passed:
            lines += ["", f"**{result.named.id}** ({result.passes}/{result.plays})", ""]
            lines += [f"- {finding}" for finding in result.findings]
    return "\n".join(lines) + "\n"


def junit(results: Sequence[Result]) -> str:
    """Return the report as JUnit's XML."""
    root = ET.Element("testsuites")
    for desk in dict.fromkeys(result.named.desk for result in results):
        own = [result for result in results if result.named.desk == desk]
        counts = {"tests": len(own), "failures": sum(not result.passed for result in own)}
        suite = ET.SubElement(root, "testsuite", {"name": desk} | {k: str(v) for k, v in counts.items()})
        for result in own:
            named = {"classname": f"{desk}.{result.named.file}", "name": result.named.case.name}
            case = ET.SubElement(suite, "testcase", {**named, "time": f"{result.seconds:.3f}"})
            if not result.passed:
                told = f"{result.passes} of {result.plays} plays passed"
                ET.SubElement(case, "failure", {"message": told}).text = _printable("\n".join(result.findings))
            if result.unjudged:
                ET.SubElement(case, "system-out").text = f"{result.unjudged} questions to the judge skipped"
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _printable(text: str) -> str:
    """XML has no place for control characters: https://www.w3.org/TR/xml/#charsets"""
    return "".join(each for each in text if each.isprintable() or each == "\n")


def _rows(results: Sequence[Result]) -> Iterator[tuple[str, ...]]:
    """The counts per file, and below them those of each desk."""
    for desk in dict.fromkeys(result.named.desk for result in results):
        own = [result for result in results if result.named.desk == desk]
        for file in dict.fromkeys(result.named.file for result in own):
            yield _row(desk, file, [result for result in own if result.named.file == file])
        yield _row(desk, "all", own)


def _row(desk: str, file: str, results: Sequence[Result]) -> tuple[str, ...]:
    passed = sum(result.passed for result in results)
    return desk, file, str(len(results)), str(passed), str(len(results) - passed)
