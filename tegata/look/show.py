"""A tree on the screen: offset, length, head, and what the bytes say."""

from rich.console import Console
from rich.text import Text

from mdoc.annotate.node import Node
from tegata.look.recognise import Report


def show(report: Report, console: Console) -> None:
    """Print the report for people."""
    console.print(f"{report.kind}, {report.size} bytes, read as {report.encoding}", style="bold", markup=False)
    console.print("offset  length  head      content", style="dim")
    for depth, node in report.tree.walk():
        console.print(_line(depth, node))
        if node.problem:
            console.print(Text(f"{'':26}{'  ' * depth}^ {node.problem}", style="bold red"))
    wrong = len(report.tree.problems())
    console.print(f"{wrong or 'No'} problem{'' if wrong == 1 else 's'} found.", style="red" if wrong else "green")


def _line(depth: int, node: Node) -> Text:
    line = Text(f"{node.offset:06x}  {node.length:6}  {node.head[:8]:8}  {'  ' * depth}", style="dim")
    if node.label:
        line.append(f"{node.label}  ", style="bold")
    line.append(node.kind, style="blue")
    if node.value:
        line.append(f"  {node.value}", style="green")
    if node.note:
        line.append(f"  {node.note}", style="cyan")
    return line
