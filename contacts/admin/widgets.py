"""What the admin's forms are filled in with. Each works without JavaScript, and better with it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.forms.widgets import Script
from django.utils.dates import MONTHS
from django.utils.text import capfirst
from django.utils.translation import gettext

from contacts.dates import DateParts, PartialDate, Precision

# --- dates and times: the browser's own fields; it shows them as its user writes dates ---


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class ClockInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs=attrs, format="%H:%M")


class MomentInput(forms.SplitDateTimeWidget):
    template_name = "contacts/widgets/moment.html"
    use_fieldset = True

    def __init__(self, attrs: Any = None) -> None:
        forms.MultiWidget.__init__(self, [DayInput, ClockInput], attrs)

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0" if id_ else ""


class PartialDateInput(forms.Widget):
    """Day, month and year, and a switch that says how much of it is known.

    Sent as name_precision, name_day, name_month, name_year. A program, and a form without the parts, may
    send one text under the name itself: "2004", "07.2004", "22.07.2004" or "2004-07-22".
    """

    template_name = "contacts/widgets/partial_date.html"
    use_fieldset = True
    parts = ("precision", "day", "month", "year")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        parts = _parts_of(value)
        context["widget"] |= {
            "parts": parts,
            "is_invalid": "aria-invalid" in context["widget"]["attrs"],
            "precisions": [
                (key, capfirst(str(label)), key == parts.precision) for key, label in Precision.choices
            ],
            "months": [
                (f"{number:02}", label, f"{number:02}" == parts.month.zfill(2))
                for number, label in MONTHS.items()
            ],
        }
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        if name in data:
            return data[name]
        given = {part: data.get(f"{name}_{part}", "") for part in self.parts}
        if given["precision"] not in Precision.values:
            given["precision"] = Precision.DAY
        return DateParts(**given)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and not any(f"{name}_{part}" in data for part in self.parts)

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_year" if id_ else ""


def _parts_of(value: Any) -> DateParts:
    """What stands in the fields; a text that is no date stands where a whole date may be typed."""
    if isinstance(value, DateParts):
        return value
    if not value:
        return DateParts()
    try:
        return DateParts.of(PartialDate.parse(str(value)))
    except ValidationError:
        return DateParts(year=str(value))


# --- choosing rows: a select of what is chosen, which chooser.js turns into a field that searches ---


class Chooses:
    """Draws the select, and says where to ask and in which words to answer."""

    def build_attrs(self, base_attrs: Any, extra_attrs: Any = None) -> dict[str, Any]:
        # Past Django's own attributes, which are those of select2.
        attrs = forms.Select.build_attrs(self, base_attrs, extra_attrs)  # type: ignore[arg-type]
        field: Any = self.field  # type: ignore[attr-defined]
        return {
            **attrs,
            "class": f"{attrs.get('class', '')} chooser-select".strip(),
            "data-url": self.get_url(),  # type: ignore[attr-defined]
            "data-app-label": field.model._meta.app_label,
            "data-model-name": field.model._meta.model_name,
            "data-field-name": field.name,
            "data-placeholder": gettext("Type to search"),
            "data-nothing": gettext("Nothing found."),
            "data-more": gettext("There are more: type on."),
            "data-failed": gettext("The search did not answer. Try again."),
            "data-found": gettext("{count} found"),
            "data-remove": gettext("Take away: {name}"),
            "data-create": gettext("Enter “{name}” anew"),
            "data-list": gettext("Suggestions"),
        }

    @property
    def media(self) -> forms.Media:
        return forms.Media(js=[Script("goldenbook/chooser.js", type="module")])  # type: ignore[list-item]


class Chooser(Chooses, AutocompleteSelect):
    pass


class ChooserOfMany(Chooses, AutocompleteSelectMultiple):
    pass
