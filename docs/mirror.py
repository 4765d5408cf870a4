"""Keep a folder of JSON files equal to what is published: one file for each partnership.

Run it once a day, from any machine with Python; it needs nothing else:

    python3 mirror.py https://goldenbook.example.org/api/public/v1/partnerships/ folder

The first run fetches everything, every later one what was published, changed or withdrawn since. When it
breaks off, the next run begins where the last complete one ended.
"""

import json
import sys
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

BEGINNING = "1970-01-01T00:00:00Z"


def mirror(address: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / "changed_until"
    since = mark.read_text() if mark.exists() else BEGINNING
    following = f"{address}?{urlencode({'changed_since': since, 'page_size': 500})}"
    while following:
        with urlopen(following, timeout=60) as answer:
            page = json.load(answer)
        for row in page["results"]:
            file = folder / f"{row['id']}.json"
            if "withdrawn_at" in row:
                file.unlink(missing_ok=True)
            else:
                file.write_text(json.dumps(row, ensure_ascii=False, indent=2), encoding="utf-8")
        following = page["next"]
    mark.write_text(page["changed_until"])


if __name__ == "__main__":
    mirror(sys.argv[1], Path(sys.argv[2]))
