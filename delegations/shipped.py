"""The steps of a jubilee plan that come with the house. Staff change them; what is there stays as it is."""

from dataclasses import asdict, dataclass
from typing import Any

RESPONSIBLE, HEAD = "responsible", "head"


@dataclass(frozen=True, slots=True)
class Step:
    key: str
    count: int
    unit: str
    side: str
    title: dict[str, str]
    text: dict[str, str]
    owner: str = RESPONSIBLE


STEPS = (
    Step(
        "budget",
        *(24, "months", "before"),
        {"de": "Budget und Motto festlegen", "en": "Settle budget and theme"},
        {
            "de": "Die Mittel zum Haushalt anmelden, Leitgedanken und Umfang mit der Hausspitze klären.",
            "en": "Ask for the money in the budget; agree with the leadership on the theme and the scale.",
        },
        HEAD,
    ),
    Step(
        "invitation",
        *(12, "months", "before"),
        {"de": "Einladung aussprechen und Termin abstimmen", "en": "Send the invitation and agree on a date"},
        {
            "de": "Den Tag mit der Partnerstadt vereinbaren und beim Jubiläum eintragen: "
            "Die offenen Schritte rücken dann mit.",
            "en": "Agree on the day with the partner city and enter it at the anniversary: "
            "the open steps then move along.",
        },
    ),
    Step(
        "decision",
        *(9, "months", "before"),
        {"de": "Ratsbeschluss herbeiführen", "en": "Obtain the decision of the council"},
        {
            "de": "Vorlage mit Anlass, Programmrahmen und Kosten; an die Sitzungsfolge denken.",
            "en": "Submit occasion, outline and costs; mind the calendar of the sittings.",
        },
    ),
    Step(
        "programme",
        *(6, "months", "before"),
        {"de": "Programm mit der Partnerstadt abstimmen", "en": "Agree on the programme with the partner"},
        {
            "de": "Ablauf, Orte, Beteiligte aus Stadtgesellschaft, Kultur und Wirtschaft, Dolmetschen.",
            "en": "Schedule, venues, who takes part from society, culture and business, interpreters.",
        },
    ),
    Step(
        "travel",
        *(3, "months", "before"),
        {"de": "Visa, Flüge und Unterkünfte regeln", "en": "See to visas, flights and rooms"},
        {
            "de": "Gästeliste schließen, Einladungsschreiben für Visa ausstellen, Kontingente abrufen.",
            "en": "Close the list of guests, write the letters needed for visas, book what is held.",
        },
    ),
    Step(
        "briefing",
        *(4, "weeks", "before"),
        {"de": "Briefing entwerfen", "en": "Draft the briefing"},
        {
            "de": "Gesprächspartner, Themen, Redebausteine, Protokollfragen, Ablauf.",
            "en": "Who is met, topics, lines to take, questions of protocol, schedule.",
        },
    ),
    Step(
        "gifts",
        *(1, "weeks", "before"),
        {
            "de": "Briefing abschließen, Geschenke und Goldenes Buch bereitlegen",
            "en": "Finish the briefing; have gifts and the Golden Book at hand",
        },
        {
            "de": "Endfassung an die Hausspitze; Geschenke prüfen, Seite im Goldenen Buch vorbereiten.",
            "en": "Hand the final version to the leadership; check the gifts, prepare the page in the book.",
        },
    ),
    Step(
        "thanks",
        *(2, "weeks", "after"),
        {"de": "Dankschreiben verschicken", "en": "Send the letters of thanks"},
        {
            "de": "An die Partnerstadt, Mitwirkende, Förderer und Gastgeber; Bilder beilegen.",
            "en": "To the partner city, those who took part, sponsors and hosts; add pictures.",
        },
    ),
    Step(
        "report",
        *(6, "weeks", "after"),
        {"de": "Bericht vorlegen und abrechnen", "en": "Submit the report and settle the accounts"},
        {
            "de": "Ergebnisse, Zusagen als Wiedervorlagen, Kosten; Vorlage an den Rat, wo er befasst war.",
            "en": "Results, promises as follow-ups, costs; to the council where it had decided.",
        },
    ),
)


def ship(steps: Any) -> None:
    """Make what is missing; the model may be that of a migration."""
    present = set(steps.objects.values_list("key", flat=True))
    for order, step in enumerate(STEPS, start=1):
        if step.key not in present:
            steps.objects.create(**asdict(step), order=order)
