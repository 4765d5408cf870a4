from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from portal import looking


class Command(BaseCommand):
    help = (
        "Find what was published, changed or withdrawn since the last look, so that portals are told. The "
        "same as the clock does each minute."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--whole",
            action="store_true",
            help="compare every public row, as the first look of a day does, not only what was saved since",
        )

    def handle(self, *, whole: bool = False, **options: Any) -> None:
        found = looking.look(now=timezone.now(), whole=whole)
        self.stdout.write(f"Published, changed or withdrawn since the last look: {found}.")
