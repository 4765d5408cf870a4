from typing import Any

from django.core.management.base import BaseCommand

from config import roles


class Command(BaseCommand):
    help = "Makes groups and rights equal to the table in config/roles.py. To be run after each migrate."

    def handle(self, *args: Any, **options: Any) -> None:
        for change in roles.sync():
            self.stdout.write(change)
