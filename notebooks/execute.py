"""Run every notebook from beginning to end and keep what it shows: NAME.py is the source, NAME.ipynb the result."""

import sys
from pathlib import Path

import jupytext
import nbclient
from nbformat import NotebookNode, write


def execute(source: Path) -> Path:
    """Run one notebook; raises `nbclient.exceptions.CellExecutionError` at the first cell that fails."""
    notebook: NotebookNode = jupytext.read(source)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"  # the same on every run, so that a rerun changes only what is shown
    nbclient.NotebookClient(
        notebook, timeout=600, resources={"metadata": {"path": str(source.parent.parent)}}
    ).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        # Warnings are about the environment of this run, not about what the notebook shows.
        cell["outputs"] = [shown for shown in cell.get("outputs", []) if shown.get("name") != "stderr"]
    target = source.with_suffix(".ipynb")
    write(notebook, target)
    return target


def main() -> None:
    """Execute the notebooks beside this file."""
    here = Path(__file__).parent
    for source in sorted(path for path in here.glob("*.py") if path.name != Path(__file__).name):
        sys.stdout.write(f"{execute(source).relative_to(here.parent)}\n")


if __name__ == "__main__":
    main()
