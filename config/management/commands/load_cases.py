from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config import cases


class Command(BaseCommand):
    help = "Load the themes and the case files; on a second run only what was edited in them is changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        fixtures = settings.BASE_DIR / "fixtures"
        parser.add_argument("--folder", type=Path, default=fixtures / "cases", help="folder of *.yaml")
        parser.add_argument("--themes", type=Path, default=fixtures / "themes.yaml")

    def handle(self, *args: Any, folder: Path, themes: Path, **options: Any) -> None:
        files = sorted(folder.glob("*.yaml"))
        if not files:
            raise CommandError(f"There is no *.yaml in {folder}.")
        try:
            counts = cases.load([themes, *files])
        except cases.NotLoaded as refusal:
            raise CommandError(f"Nothing was loaded:\n{refusal}") from refusal
        self.stdout.write(f"{counts.made} rows made, {counts.changed} changed, {counts.unchanged} as before.")
