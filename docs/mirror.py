"""Keep a folder of JSON files equal to what is published: one file for each partnership.

Run it once a day, from any machine with Python; it needs nothing else:

    python3 mirror.py https://goldenbook.example.org/api/public/v1/partnerships/ folder

The first run fetches everything, every later one what was published, changed or withdrawn since. When it
breaks off, the next run begins where the last complete one ended.
"""

import json
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

BEGINNING = "1970-01-01T00:00:00Z"
TRIES = 100


def mirror(address: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / "changed_until"
    since = mark.read_text() if mark.exists() else BEGINNING
    following = f"{address}?{urlencode({'changed_since': since, 'page_size': 500})}"
    while following:
        page = fetch(following)
        for row in page["results"]:
            file = folder / f"{row['id']}.json"
            if "withdrawn_at" in row:
                file.unlink(missing_ok=True)
            else:
                file.write_text(json.dumps(row, ensure_ascii=False, indent=2), encoding="utf-8")
        following = page["next"]
    mark.write_text(page["changed_until"])


def fetch(address: str) -> dict:
    """While much is being saved there the answer is 503, and says after how many seconds to ask again."""
    for _try in range(TRIES):
        try:
            with urlopen(address, timeout=60) as answer:
                return json.load(answer)
        except HTTPError as refusal:
            if refusal.code != 503:
                raise
            time.sleep(int(refusal.headers.get("Retry-After", 10)))
    raise SystemExit(f"Not ready after {TRIES} tries: {address}")


if __name__ == "__main__":
    mirror(sys.argv[1], Path(sys.argv[2]))
