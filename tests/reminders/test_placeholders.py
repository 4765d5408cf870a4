import pytest
from django.core.exceptions import ValidationError

from reminders.models import Rule, Stage
from reminders.placeholders import PLACEHOLDERS, filled_in, known_to
from tests.factories import (
    DelegationFactory,
    FollowUpFactory,
)
from tests.reminders.clock import mails, remind, started

ROUND, FOLLOW_UP = ("anniversary", "round"), ("follow_up", "")


def refusal(texts, *, rule=ROUND, field="text"):
    stage = Stage(rule=Rule.objects.get(subject=rule[0], milestone=rule[1]), days=77, **{field: texts})
    with pytest.raises(ValidationError) as error:
        stage.full_clean()
    return {
        name: [(each.code, *each.messages) for each in error.value.error_dict[name]]
        for name in error.value.error_dict
    }


@pytest.mark.parametrize("field", ["subject", "text"])
def test_an_unknown_placeholder_is_named_at_its_field_with_those_that_are_known(field, english):
    assert refusal({"de": "Zu {nmae} am {date}"}, field=field) == {
        field: [
            (
                "unknown_placeholder",
                "German: “{nmae}” is not known here. Allowed are {name}, {date}, {in_days}, {days}, {years}, "
                "{city}, {responsible}, {last_visit}.",
            )
        ]
    }


@pytest.mark.parametrize("text", ["{name", "name}", "{{name}", "{na{me}", "{na\nme}"])
def test_a_brace_without_its_other_is_refused(text):
    codes = {code for code, _sentence in refusal({"en": text})["text"]}

    assert "unclosed_placeholder" in codes


def test_the_other_brace_is_named_with_what_follows_it(english):
    [(_code, sentence)] = refusal({"en": "To {name and more"})["text"]

    assert sentence.startswith("English: “{name and more”: this brace has no other.")


def test_every_fault_of_every_language_is_named():
    found = refusal({"de": "{a} {b}", "en": "{c}"})["text"]

    assert len(found) == 3


def test_years_are_known_to_anniversaries_and_not_to_promises():
    codes = [code for code, _sentence in refusal({"de": "{years}"}, rule=FOLLOW_UP)["text"]]

    assert codes == ["unknown_placeholder"]
    assert "years" in known_to("anniversary")
    assert "years" not in known_to("follow_up")


def test_each_known_placeholder_is_accepted():
    text = " ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    stage = Stage(rule=Rule.objects.get(milestone="round"), days=77, subject={"de": text}, text={"en": text})

    stage.full_clean()


def test_what_is_no_text_per_language_is_refused_as_such():
    assert refusal("Bald")["text"][0][0] == "invalid"


def test_what_a_fact_says_is_no_placeholder():
    facts = {"name": "Partner {date}", "date": "1 May"}

    assert filled_in("{name} on {date}", facts) == "Partner {date} on 1 May"


# --- in the mail ---


def say(rule, text):
    Stage.objects.filter(rule=rule).update(text={"en": text})


def said():
    [mail] = mails()
    return [line.strip() for line in mail.text.splitlines() if "|" in line]


def test_an_anniversary_fills_in_all_of_them(sink, office, berlin_istanbul):
    DelegationFactory(
        title="Kulturwoche",
        partnership=berlin_istanbul,
        starts_on="2023-05-04",
        state="completed",
        report="Ja.",
    )
    say(Rule.objects.get(milestone="round"), "{name}|{in_days}|{days}|{years}|{city}")
    started("2024-10-17")

    remind("2024-10-18")

    assert said() == ["Berlin–Istanbul|in 30 days|30|35|Istanbul"]


def test_the_last_visit_and_who_is_responsible_are_filled_in(sink, office, berlin_istanbul):
    say(Rule.objects.get(milestone="round"), "{responsible}|{last_visit}")
    started("2024-10-17")

    remind("2024-10-18")

    assert said() == ["Nora Beispiel|none on record"]


@pytest.mark.parametrize("of", ["tie", "city", "nothing"])
def test_a_promise_knows_the_city_of_its_tie_or_its_own(sink, office, nora, berlin_istanbul, of):
    belongs = {
        "tie": {"partnership": berlin_istanbul},
        "city": {"city": berlin_istanbul.partner},
        "nothing": {},
    }
    FollowUpFactory(title="Call", due_on="2024-10-11", assignee=nora, **belongs[of])
    say(Rule.objects.get(subject="follow_up"), "{city}|{in_days}")
    started("2024-10-17")

    remind("2024-10-18")

    assert said() == [f"{'–' if of == 'nothing' else 'Istanbul'}|7 days ago"]
