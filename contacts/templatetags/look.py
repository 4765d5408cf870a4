"""What templates draw with: `{% icon "plus" %}`, `{% mark "partnership" %}`, `{% badge "ok" word %}`."""

from __future__ import annotations

import re
from typing import Any

from django import template
from django.contrib.admin.utils import flatten
from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext

from contacts.admin import values

register = template.Library()
register.simple_tag(values.icon)
register.simple_tag(values.mark)
register.simple_tag(values.badge)
register.filter(values.verbose_name)

# So many groups of filters stand open; the others are folded until one of theirs is chosen.
OPEN_FILTERS = 3
_COUNTED = re.compile(r"(?P<name>.*) \((?P<count>\d+|-)\)", re.DOTALL)


@register.filter
def with_code(text: str) -> SafeString:
    """What stands between backticks as code: commands and settings, in sentences that shells show too."""
    return mark_safe(re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text)))


@register.filter
def row_header(cell: SafeString) -> SafeString:
    """A cell of a list as Django writes it; the one that names the row says that it heads the row."""
    # Django has escaped what stands in the cell; only the tag around it is ours.
    return mark_safe(re.sub(r"^<th\b", '<th scope="row"', cell))


@register.simple_tag
def filter_group(cl: Any, spec: Any, number: int) -> dict[str, Any]:
    """One group of filters: its choices with how many rows each would show."""
    choices = _choices(cl, spec)
    for choice in choices[:1]:
        if choice["is_chosen"]:
            choice["count"] = cl.result_count
    is_narrowed = any(choice["is_chosen"] for choice in choices[1:])
    return {"title": spec.title, "choices": choices, "is_open": number <= OPEN_FILTERS or is_narrowed}


@register.simple_tag
def active_filters(cl: Any) -> list[dict[str, Any]]:
    """What narrows the list now, each with the address that takes it away."""
    found = []
    for spec in cl.filter_specs:
        everything, *others = _choices(cl, spec)
        found += [
            {"title": spec.title, "name": choice["name"], "url": everything["url"]}
            for choice in others
            if choice["is_chosen"]
        ]
    return found


def _choices(cl: Any, spec: Any) -> list[dict[str, Any]]:
    """The choices of a group, worked out once a page: each counts rows in the database."""
    if not hasattr(spec, "read_choices"):
        spec.read_choices = [_choice(choice) for choice in spec.choices(cl)]
    choices: list[dict[str, Any]] = spec.read_choices
    return choices


def _choice(choice: Any) -> dict[str, Any]:
    """Django writes the count into the name: "active (3)"."""
    text = str(choice["display"])
    counted = _COUNTED.fullmatch(text)
    name = counted["name"] if counted else text
    return {
        "name": pgettext("filter", "none entered") if name == values.EMPTY else name,
        "count": counted["count"] if counted else None,
        "url": choice["query_string"],
        "is_chosen": choice["selected"],
    }


@register.simple_tag
def list_pages(cl: Any) -> dict[str, Any]:
    """Which rows of how many stand here, and the way to the others."""
    paginator, here = cl.paginator, cl.page_num
    first = (here - 1) * paginator.per_page + 1 if cl.result_count else 0
    shows_pages = cl.multi_page and not cl.show_all
    last = min(here * paginator.per_page, cl.result_count) if shows_pages else cl.result_count

    numbers = paginator.get_elided_page_range(here, on_each_side=2, on_ends=1) if shows_pages else []
    pages = [
        {"number": number, "is_here": number == here, "url": _page(cl, number, paginator.ELLIPSIS)}
        for number in numbers
    ]
    return {
        "first": first,
        "last": last,
        "total": cl.result_count,
        "pages": pages,
        "previous": _page(cl, here - 1) if pages and here > 1 else "",
        "next": _page(cl, here + 1) if pages and here < paginator.num_pages else "",
        "without_search": cl.get_query_string(remove=[SEARCH_VAR]),
    }


def _page(cl: Any, number: Any, ellipsis: Any = None) -> str:
    return "" if number == ellipsis else str(cl.get_query_string({PAGE_VAR: number}))


# --- forms: the ways within the page, and from a fault to its field ---


@register.simple_tag
def form_sections(adminform: Any, inlines: Any) -> list[dict[str, Any]]:
    """The cards of a form, with how many rows or faults each has."""
    sections = []
    for number, fieldset in enumerate(adminform):
        names = flatten(fieldset.fields)
        faults = sum(bool(adminform.form.errors.get(name)) for name in names if isinstance(name, str))
        title = fieldset.name or gettext("Basics")
        sections.append({"id": f"section-{number}", "title": title, "count": None, "errors": faults})
    for inline in inlines:
        formset = inline.formset
        faults = len(formset.non_form_errors()) + sum(len(form.errors) for form in formset.forms)
        sections.append(
            {
                "id": f"{formset.prefix}-group",
                "title": capfirst(inline.opts.verbose_name_plural),
                "count": formset.initial_form_count(),
                "errors": faults,
            }
        )
    return sections


@register.simple_tag
def form_errors(adminform: Any, inlines: Any = ()) -> list[dict[str, Any]]:
    """Every fault of a form and its rows, in their order; those of a field with the way to it."""
    faults = _faults(adminform.form)
    for inline in inlines:
        name = capfirst(inline.opts.verbose_name_plural)
        faults += [{"id": "", "text": f"{name}: {text}"} for text in inline.formset.non_form_errors()]
        for number, form in enumerate(inline.formset.forms, start=1):
            faults += _faults(form, within=f"{capfirst(inline.opts.verbose_name)} {number}, ")
    return faults


def _faults(form: Any, within: str = "") -> list[dict[str, Any]]:
    found = []
    for name, texts in form.errors.items():
        field = form[name] if name in form.fields else None
        for text in texts:
            label = f"{within}{field.label}" if field else ""
            found.append(
                {
                    "id": field.id_for_label or field.auto_id if field else "",
                    "label": label,
                    "text": text if field else f"{within}{text}",
                }
            )
    return found


@register.filter
def grave_verbs(verbs: Any) -> list[Any]:
    """Those of the verbs of a record that cannot be taken back."""
    return [(verb, url) for verb, url in verbs or () if verb.is_grave]
