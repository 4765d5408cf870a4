"""The rules that come with the house. Staff change them afterwards; what is there is never touched again."""

from typing import Any

RESPONSIBLE, HEAD = "responsible", "head"

# Subject, milestone: days before (negative: after), again every so many days, to whom.
SHIPPED: dict[tuple[str, str], list[tuple[int, int | None, str]]] = {
    ("anniversary", "every"): [(30, None, RESPONSIBLE)],
    ("anniversary", "round"): [(days, None, RESPONSIBLE) for days in (365, 180, 90, 30, 7)],
    ("anniversary", "jubilee"): [(days, None, RESPONSIBLE) for days in (730, 365, 270, 180, 90, 30, 7)],
    ("agreement_expiry", ""): [(days, None, RESPONSIBLE) for days in (180, 90, 30)],
    ("follow_up", ""): [
        (7, None, RESPONSIBLE),
        (0, None, RESPONSIBLE),
        (-7, 7, RESPONSIBLE),
        (-14, 7, HEAD),
    ],
    ("delegation", ""): [(days, None, RESPONSIBLE) for days in (90, 30, 7)],
    ("report", ""): [(-14, None, RESPONSIBLE)],
    # Its day comes after twelve months without contact, and every year again.
    ("quiet_tie", ""): [(0, None, RESPONSIBLE)],
    # A greeting on a national day is signed by the mayor and travels a week.
    ("city_date", ""): [(days, None, RESPONSIBLE) for days in (28, 7)],
    # One for the whole office, whatever ties it has; what is to happen in public needs two months.
    ("partner_cities_day", ""): [(60, None, HEAD)],
}


def ship(rules: Any, stages: Any, *, only: str = "") -> None:
    """Make what is missing, or what of one subject is; the two models may be those of a migration."""
    for (subject, milestone), times in SHIPPED.items():
        if only and subject != only:
            continue
        if rules.objects.filter(subject=subject, milestone=milestone).exists():
            continue
        rule = rules.objects.create(subject=subject, milestone=milestone)
        for days, repeat_days, addressee in times:
            stages.objects.create(rule=rule, days=days, repeat_days=repeat_days, addressee=addressee)
