"""The table of figures at the end; a case writes its line into a file, whichever process it is in."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

TITLES = {
    "case": "case",
    "mails": "mails",
    "kills": "kills",
    "lost": "lost",
    "extra": "extra copies",
    "unknown": "attempts unknown",
    "most": "most copies of one",
    "seconds": "seconds until empty",
    "seed": "seed",
    "note": "note",
}


def record(case: str, *, file: Path | None = None, **figures: Any) -> None:
    """A line for the table; it is kept in a file, one of each lane."""
    with (file or Path(os.environ["FAULTS_FIGURES"])).open("a", encoding="utf-8") as lines:
        lines.write(json.dumps({"case": case, **figures}) + "\n")


def table(files: list[Path]) -> str:
    """In columns as wide as they need to be."""
    there = [file.read_text(encoding="utf-8") for file in files if file.exists()]
    lines = [json.loads(line) for text in there for line in text.splitlines()]
    rows = [list(TITLES.values()), *([_shown(line.get(name)) for name in TITLES] for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.0f}" if isinstance(value, float) else str(value)
