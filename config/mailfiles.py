from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend as DjangosFiles
from django.utils import timezone
from django.utils.text import slugify


class EmailBackend(DjangosFiles):
    """Each mail a file of its own that mail programs open; Django writes a log of many."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            self._path(message).write_bytes(message.message().as_bytes())
        return len(email_messages)

    def _path(self, message: Any) -> Path:
        sent, recipient = timezone.localtime(), message.to[0].partition("@")[0]
        return Path(self.file_path) / f"{sent:%Y-%m-%d-%H%M%S-%f}-{slugify(recipient)}.eml"
