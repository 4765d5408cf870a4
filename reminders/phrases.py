"""Dates and numbers as one says them in a letter, in the language that is active."""

import datetime

from babel.dates import format_date, format_skeleton
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from contacts.dates import PartialDate, Precision, day_skeleton, reader_locale


def in_days(days: int) -> str:
    if days == 0:
        return _("today")
    if days == 1:
        return _("tomorrow")
    return ngettext("in %(count)d day", "in %(count)d days", days) % {"count": days}


def days_ago(days: int) -> str:
    return ngettext("%(count)d day ago", "%(count)d days ago", days) % {"count": days}


def weekday_and_day(day: datetime.date) -> str:
    """ "Monday, 23 November": for the subject, where the year goes without saying."""
    locale = reader_locale()
    return pgettext("a weekday and its day: Monday, 23 November", "%(weekday)s, %(day)s") % {
        "weekday": format_date(day, "EEEE", locale=locale),
        "day": format_skeleton("MMMMd", day, locale=locale),
    }


def weekday_in_short(day: datetime.date) -> str:
    """ "Wed 25 Nov", "Mi 25.11.": beside a row, where the year goes without saying."""
    locale = reader_locale()
    return f"{format_date(day, 'ccc', locale=locale)} {format_skeleton(day_skeleton(), day, locale=locale)}"


def day_with_weekday(day: datetime.date) -> str:
    """ "Wed 17 November 2027", "Mi 17. November 2027"."""
    locale = reader_locale()
    return f"{format_date(day, 'ccc', locale=locale)} {format_date(day, 'long', locale=locale)}"


def weekday_and_date(day: datetime.date) -> str:
    """ "Mon 23 Nov 2026", "Mo 23.11.2026"."""
    return f"{format_date(day, 'ccc', locale=reader_locale())} {PartialDate.of(day).display_short()}"


def full_day(day: datetime.date) -> str:
    return format_date(day, "full", locale=reader_locale())


def when_it_is(date: PartialDate, *, today: datetime.date) -> str:
    """ "on Sunday, 17 November 2024, in 30 days."; of a month or a year no day is made up."""
    if date.precision == Precision.MONTH:
        return _("in %(month)s. The day is not known.") % {"month": date.display()}
    if date.precision == Precision.YEAR:
        return _("in the course of %(year)s. The day is not known.") % {"year": date.display()}
    days = (date.first_day - today).days
    facts = {"date": full_day(date.first_day), "in_days": in_days(days), "count": -days}
    if days < 0:
        late = ngettext("on %(date)s, %(count)d day ago.", "on %(date)s, %(count)d days ago.", -days)
        return late % facts
    if days == 0:
        return _("today, on %(date)s.") % facts
    return _("on %(date)s, %(in_days)s.") % facts


def spelled(number: int) -> str:
    """Numbers up to twelve in words, as within a letter."""
    words = (
        pgettext("number", "one"),
        pgettext("number", "two"),
        pgettext("number", "three"),
        pgettext("number", "four"),
        pgettext("number", "five"),
        pgettext("number", "six"),
        pgettext("number", "seven"),
        pgettext("number", "eight"),
        pgettext("number", "nine"),
        pgettext("number", "ten"),
        pgettext("number", "eleven"),
        pgettext("number", "twelve"),
    )
    return words[number - 1] if 1 <= number <= len(words) else str(number)


def years_of(tie: str, years: int) -> str:
    return ngettext("%(years)d year %(tie)s", "%(years)d years %(tie)s", years) % {"years": years, "tie": tie}


def left_until(date: PartialDate, *, today: datetime.date) -> str:
    """How long until then, as exactly as the date is known: in 12 days, in 5 months, next year."""
    if date.precision == Precision.DAY:
        return in_days((date.first_day - today).days)
    if today in date:
        return _("this month") if date.precision == Precision.MONTH else _("this year")
    years = date.year - today.year
    if date.precision == Precision.YEAR:
        return ngettext("in %(count)d year", "in %(count)d years", years) % {"count": years}
    months = years * 12 + (date.month or 1) - today.month
    if months >= 24:
        return ngettext("in %(count)d year", "in %(count)d years", months // 12) % {"count": months // 12}
    return ngettext("in %(count)d month", "in %(count)d months", months) % {"count": months}
