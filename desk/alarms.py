"""What every page of the staff says while reminders do not go out, and to those who can act: what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext

from reminders import health
from reminders.models import Clock


@dataclass(frozen=True, slots=True)
class Alarm:
    text: str
    to_do: str
    """For those who may have mails tried again; others can only tell them."""
    url: str = ""

    def __str__(self) -> str:
        return f"{self.text} {self.to_do}"


def alarms_for(user: Any) -> list[Alarm]:
    """None while all is well; what is found is some seconds old at most."""
    found = [] if not user.is_active or not user.is_staff else alarms(health.lately())
    if user.has_perm("reminders.resend_mail"):
        return found
    return [Alarm(each.text, _("Tell the administration, if it does not know yet.")) for each in found]


def alarms(found: dict[str, Any]) -> list[Alarm]:
    """What is wrong in this state of the house, each with what to do."""
    every = (
        _paused(found),
        _scan(found["last_scan"]),
        _worker(found),
        _waiting(found),
        _server(found),
        _refused(found),
    )
    return [alarm for alarm in every if alarm]


def _paused(found: dict[str, Any]) -> Alarm | None:
    if not found["sending_paused"]:
        return None
    why = Clock.Why
    texts = {
        why.LONG_GAP: _("Sending waits: for more than 35 days nobody has looked for what is due."),
        why.OTHER_SITE: _("Sending waits: these data come from a Goldenbook at another address."),
        why.OTHER_PLACE: _("Sending waits: these data are a copy from another installation."),
        why.OLDER: _("Sending waits: these data are older than what was sent, as after a restored backup."),
        why.NO_IDENTITY: _("Sending waits: the file that names this installation cannot be kept."),
    }
    text = texts.get(found["sending_paused_because"], _("Sending waits until a person has looked."))
    if found["sending_paused_because"] == why.NO_IDENTITY:
        to_do = _("Make `INSTANCE_FILE` a place that may be written, then say `manage.py resume-sending`.")
    else:
        to_do = _(
            "See what would go out with `manage.py resume-sending` on the server; it asks before it does."
        )
    return Alarm(text, to_do)


def _scan(scan: dict[str, Any]) -> Alarm | None:
    if not scan["is_late"]:
        return None
    if scan["is_in_future"]:
        return Alarm(
            _("By the clock of this machine the last search for what is due is still to come."),
            _("Is its date right? If it is, say `manage.py resume-sending` on the server."),
        )
    text = _("Nobody has looked for what is due for %(time)s.")
    return Alarm(text % {"time": _time(scan["age_seconds"])}, _("Is the worker running?"))


def _worker(found: dict[str, Any]) -> Alarm | None:
    """Said only where nothing else says it: without the worker a scan and a mail become late, too."""
    is_said = found["last_scan"]["is_late"] or found["oldest_mail"]["is_late"]
    if not found["worker"]["is_late"] or is_said:
        return None
    text = _("For %(time)s nobody has come to send reminders.")
    time = _time(found["worker"]["age_seconds"])
    return Alarm(text % {"time": time}, _("Are the worker and beat running?"))


def _waiting(found: dict[str, Any]) -> Alarm | None:
    if not found["oldest_mail"]["is_late"]:
        return None
    text = _("A reminder mail has been waiting for %(time)s.")
    if found["mail_server"]["down_since"]:
        to_do = _("The mail server does not serve us. See what it answers.")
    else:
        to_do = _("Is the worker running? Is anybody there to get it?")
    time = _time(found["oldest_mail"]["age_seconds"])
    return Alarm(text % {"time": time}, to_do, _mails("state__in=due,sending"))


def _server(found: dict[str, Any]) -> Alarm | None:
    """Said only where no mail waits, as at night or on days off."""
    if not found["mail_server"]["is_late"] or found["oldest_mail"]["is_late"]:
        return None
    text = _("The mail server has not served us for %(time)s.")
    time = _time(found["mail_server"]["age_seconds"])
    return Alarm(text % {"time": time}, _("See what the server answers."), _mails(""))


def _time(seconds: int) -> str:
    """As one says it: 40 minutes, 30 hours, 9 days."""
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if days >= 3:
        return npgettext("for so long", "%(count)d day", "%(count)d days", days) % {"count": days}
    if hours >= 2:
        return npgettext("for so long", "%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    return npgettext("for so long", "%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


def _refused(found: dict[str, Any]) -> Alarm | None:
    count = found["mails_refused"]
    if not count:
        return None
    text = ngettext(
        "%(count)d reminder mail was refused and reached nobody.",
        "%(count)d reminder mails were refused and reached nobody.",
        count,
    )
    return Alarm(
        text % {"count": count},
        _("See why, mend it, and have it tried again."),
        _mails("state__exact=failed"),
    )


def _mails(narrowed: str) -> str:
    return f"{reverse('admin:reminders_mail_changelist')}?{narrowed}"
