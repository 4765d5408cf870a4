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
    # A national day is for a letter of congratulation, which travels a week.
    ("city_date", ""): [(7, None, RESPONSIBLE)],
}


def ship(rules: Any, stages: Any) -> None:
    """Make what is missing; the two models may be those of a migration."""
    for (subject, milestone), times in SHIPPED.items():
        if rules.objects.filter(subject=subject, milestone=milestone).exists():
            continue
        rule = rules.objects.create(subject=subject, milestone=milestone)
        for days, repeat_days, addressee in times:
            stages.objects.create(rule=rule, days=days, repeat_days=repeat_days, addressee=addressee)
