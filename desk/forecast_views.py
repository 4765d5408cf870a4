"""The years ahead as a page, and the same as a file: a table for a spreadsheet, or a calendar."""

from __future__ import annotations

import datetime
import io
import logging
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from babel.dates import format_date
from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from django_countries import countries

from contacts.admin.exports import FORMATS, RIGHT
from contacts.calendars import MEDIA_TYPE, calendar_of
from contacts.dates import Precision, reader_locale
from contacts.models import City
from contacts.viewpoint import chosen_home
from delegations import jubilee
from desk.anniversaries import Anniversary, country_of, ties_of
from desk.calendars import anniversary_entry, has_entry
from desk.clashes import Clash
from desk.forecast import EARLIEST, LATEST, Forecast, forecast, years_asked
from desk.plans import MAY_PLAN
from desk.views import page
from relations.anniversaries import Milestone
from reminders.due import office_today

logger = logging.getLogger(__name__)

CALENDAR = "ics"


class ForecastForm(forms.Form):
    """What is asked for. The names of its fields are those of the API."""

    at_least = forms.ChoiceField(
        label=gettext_lazy("Years shown"),
        required=False,
        choices=[
            ("", gettext_lazy("every year")),
            (Milestone.ROUND, gettext_lazy("round ones")),
            (Milestone.JUBILEE, gettext_lazy("jubilees (25, 50, 75 …)")),
        ],
    )
    home = forms.ModelChoiceField(
        label=gettext_lazy("Home city"),
        required=False,
        queryset=City.objects.none(),
        empty_label=gettext_lazy("all"),
    )
    country = forms.ChoiceField(label=gettext_lazy("Partner country"), required=False)

    def __init__(self, *args: Any, today: datetime.date, home: City | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.label_suffix = today, ""
        limits: dict[str, Any] = {"min_value": EARLIEST, "max_value": LATEST, "required": False}
        years = {
            "from": forms.IntegerField(label=_("From year"), **limits),
            "to": forms.IntegerField(label=_("To year"), **limits),
        }
        self.fields = years | self.fields
        chosen = self.fields["home"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = City.objects.home().labelled()
        country = self.fields["country"]
        assert isinstance(country, forms.ChoiceField)
        country.choices = [("", _("all")), *_countries_of(today)]
        # Narrowed already by the switch of views: then there is nothing to choose here.
        if home is not None:
            del self.fields["home"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        try:
            span = years_asked(cleaned.get("from"), cleaned.get("to"), today=self.today)
        except ValidationError as error:
            self.add_error(None, error)
            span = years_asked(None, None, today=self.today)
        return cleaned | {"span": span}


def _countries_of(today: datetime.date) -> list[tuple[str, str]]:
    """The countries with which there are ties, in the order of the reader's language."""
    pairs = (
        ties_of(today=today)
        .order_by()
        .values_list("home__country", "home__is_home", "partner__country", "partner__is_home")
    )
    there = {
        code
        for home, home_is_ours, partner, partner_is_ours in pairs.distinct()
        for code, is_ours in ((home, home_is_ours), (partner, partner_is_ours))
        if not is_ours
    }
    return [(country.code, country.name) for country in countries if country.code in there]


def _is_next_of_tie(each: Anniversary, today: datetime.date) -> bool:
    """That one has its plan by one click; those that come after it are entered."""
    return jubilee.coming_years(each.tie, today=today) == each.years


def _title(found: Forecast) -> str:
    if found.first == found.last:
        return _("Anniversaries %(year)s") % {"year": found.first}
    return _("Anniversaries %(first)s to %(last)s") % {"first": found.first, "last": found.last}


@require_safe
def forecast_page(request: HttpRequest) -> HttpResponse:
    """All round anniversaries of ten years, what gets in each other's way, and where it stays calm."""
    form, found = _asked(request)
    user: Any = request.user
    asked = request.GET.urlencode()
    return page(
        request,
        "desk/forecast.html",
        title=_title(found),
        subtitle=found.headline,
        form=form,
        forecast=found,
        without_entry=sum(not has_entry(each) for each in found.all),
        may_plan=user.has_perms(MAY_PLAN),
        next=found.next and (found.next, _is_next_of_tie(found.next.anniversary, found.today)),
        round=[(each, _is_next_of_tie(each, found.today)) for each in found.round],
        exports=[
            (label, reverse("desk:forecast_file", args=[kind]) + (f"?{asked}" if asked else ""))
            for kind, label in _files(user)
        ],
    )


@require_safe
def forecast_file(request: HttpRequest, kind: str) -> HttpResponseBase:
    """What the page of the same address shows, as a file.

    A table is a list that leaves the house and asks for the right to export; a calendar of days that any
    reader of ties may look up does not.
    """
    if kind not in (CALENDAR, *FORMATS):
        raise Http404
    form, found = _asked(request)
    if kind not in dict(_files(request.user)):
        raise PermissionDenied
    if not form.is_valid():
        return redirect(f"{reverse('desk:forecast')}?{request.GET.urlencode()}")
    name = f"{_('Anniversaries')} {found.first}-{found.last}.{kind}"
    if kind == CALENDAR:
        meets = _in_the_way(found)
        entries = [made for each in found.all if (made := anniversary_entry(each, meets=meets(each)))]
        file: Any = io.BytesIO(calendar_of(_("Anniversaries"), entries))
        return FileResponse(file, as_attachment=True, filename=name, content_type=MEDIA_TYPE)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    columns = (*COLUMNS, (_("What gets in each other's way"), _in_the_way(found)))
    rows = ([value(each) for _title, value in columns] for each in found.all)
    written = FORMATS[kind].write(file, [str(title) for title, _value in columns], rows)
    logger.info("User %s exported %s anniversaries as %s.", request.user.pk, written, kind)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=FORMATS[kind].media_type)


def _files(user: Any) -> Iterator[tuple[str, Any]]:
    yield CALENDAR, _("Calendar (ICS)")
    if user.has_perm(RIGHT):
        for kind, each in FORMATS.items():
            yield kind, each.label


def _asked(request: HttpRequest) -> tuple[ForecastForm, Forecast]:
    """The form, and what it asks for; where it cannot be understood, as if nothing had been asked."""
    user: Any = request.user
    if not user.has_perm("relations.view_partnership"):
        raise PermissionDenied
    today, home = office_today(), chosen_home(request)
    form = ForecastForm(request.GET, today=today, home=home)
    if form.is_valid():
        cleaned: dict[str, Any] = form.cleaned_data
    else:
        cleaned = {"span": years_asked(None, None, today=today)}
    first, last = cleaned["span"]
    for name, year in (("from", first), ("to", last)):
        form.fields[name].widget.attrs["placeholder"] = str(year)
    found = forecast(
        today=today,
        first=first,
        last=last,
        user=user,
        at_least=cleaned.get("at_least") or Milestone.NONE,
        homes=[home, cleaned.get("home")],
        country=cleaned.get("country", ""),
    )
    return form, found


# --- the table ---


def _day(each: Anniversary) -> Any:
    """A date where there is one, else what is known of it: 2029-05, 2029."""
    return each.on if each.precision == Precision.DAY else str(each.when)


def _weekday(each: Anniversary) -> str | None:
    if each.precision != Precision.DAY:
        return None
    return str(format_date(each.on, "EEEE", locale=reader_locale()))


def _in_the_way(found: Forecast) -> Callable[[Anniversary], str]:
    """What meets an anniversary, of all that the page shows as meeting."""
    yearly: dict[int, list[Clash]] = defaultdict(list)
    single: dict[tuple[int, int], list[Clash]] = defaultdict(list)
    for clash in found.clashes:
        for each in clash.anniversaries:
            if clash.is_yearly:
                yearly[each.tie.pk].append(clash)
            else:
                single[each.tie.pk, each.years].append(clash)

    def said_of(each: Anniversary) -> str:
        meeting = [*yearly[each.tie.pk], *single[each.tie.pk, each.years]]
        # What returns each year may be named a second time where it is round.
        return "; ".join(dict.fromkeys(clash.beside(each.tie) for clash in meeting))

    return said_of


COLUMNS: tuple[tuple[Any, Callable[[Anniversary], Any]], ...] = (
    (gettext_lazy("Year"), lambda each: each.when.year),
    (gettext_lazy("Date"), _day),
    (gettext_lazy("Day of the week"), _weekday),
    (gettext_lazy("Known to the"), lambda each: str(each.precision.label)),
    (gettext_lazy("Years"), lambda each: each.years),
    (gettext_lazy("Milestone"), lambda each: str(each.milestone.label)),
    (gettext_lazy("Partnership"), lambda each: str(each.tie)),
    (gettext_lazy("Our city"), lambda each: str(each.tie.home)),
    (gettext_lazy("Partner city"), lambda each: str(each.tie.partner)),
    (gettext_lazy("Country"), lambda each: country_of(each.tie.partner)),
    (gettext_lazy("Kind"), lambda each: each.tie.get_kind_display()),
    (gettext_lazy("Founded"), lambda each: str(each.founded)),
    (gettext_lazy("Responsible"), lambda each: str(each.tie.responsible or "")),
    (gettext_lazy("Celebration"), lambda each: str(each.occasion or "")),
)
