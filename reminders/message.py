"""The message of a mail: its bytes, which stay the same at each try."""

from __future__ import annotations

import datetime
import email.policy
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from django.core.mail import EmailMultiAlternatives

from contacts.models import Office, User
from reminders.models import Mail


def one_line(text: str, length: int) -> str:
    """Fit for a header: one line, nothing invisible, not endless."""
    visible = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(visible.split())[:length].strip()


def as_bytes(mail: Mail, office: Office, recipient: User, *, now: datetime.datetime) -> bytes:
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = Address(one_line(office.title, 100), addr_spec=office.from_address)
    message["To"] = Address(one_line(str(recipient), 100), addr_spec=mail.address)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    # Letters of any script in seven bits: not every server takes eight.
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = mail.language
    return message.as_bytes()


class Stored(EmailMultiAlternatives):
    """The same bytes for the other ways that Django has of sending: into files, to the console, nowhere."""

    def __init__(self, mail: Mail, sender: str) -> None:
        super().__init__(mail.subject, mail.text, sender, [mail.address])
        self.extra_headers["Message-ID"] = mail.message_id
        self.attach_alternative(mail.html, "text/html")
        self.raw = bytes(mail.raw)

    def message(self, **kwargs: Any) -> Any:
        return message_from_bytes(self.raw)
