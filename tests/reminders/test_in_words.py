import pytest
from django.utils import translation

from reminders import in_words
from reminders.models import Rule, Stage
from reminders.shipped import SHIPPED


def sentence(subject, milestone="", *, language):
    rule = Rule.objects.get(subject=subject, milestone=milestone)
    with translation.override(language):
        return in_words.sentence(rule, rule.stages.all())


def test_a_rule_is_said_as_an_office_says_it():
    assert sentence("anniversary", "round", language="de") == (
        "Runde Jubiläen (10, 15, 20 … Jahre): 365, 180, 90, 30 und 7 Tage vorher an die zuständige Person."
    )
    assert sentence("anniversary", "round", language="en") == (
        "Round anniversaries (10, 15, 20 … years): 365, 180, 90, 30 and 7 days before "
        "to whoever is responsible."
    )


def test_what_is_asked_for_again_says_until_when():
    assert sentence("follow_up", language="de") == (
        "Wiedervorlagen (der Tag, an dem sie fällig sind): 7 Tage vorher, am Tag selbst und ab dem 7. Tag "
        "danach alle 7 Tage bis zur Erledigung an die zuständige Person; ab dem 14. Tag danach alle 7 Tage "
        "bis zur Erledigung an die Büroleitung."
    )


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([1], "1 day before"),
        ([2], "2 days before"),
        ([2, 1], "2 and 1 days before"),
        ([0], "on the day"),
        ([-1], "1 day after"),
        ([7, 0, -3, -5], "7 days before, on the day and 3 and 5 days after"),
    ],
)
def test_days_are_said_together(days, words, english):
    stages = [Stage(days=day) for day in days]

    assert in_words.times(stages) == f"{words} to whoever is responsible"


def test_stages_out_of_use_are_not_said(english):
    assert in_words.times([Stage(days=7), Stage(days=3, is_active=False)]) == (
        "7 days before to whoever is responsible"
    )


def test_a_rule_without_a_stage_in_use_says_so(english):
    rule = Rule.objects.get(subject="report")

    assert in_words.sentence(rule, []) == (
        "Missing reports (the day of return): says nothing, because no stage is in use."
    )


@pytest.mark.parametrize(("subject", "milestone"), SHIPPED)
@pytest.mark.parametrize("language", ["de", "en"])
def test_every_shipped_rule_has_a_sentence(subject, milestone, language):
    said = sentence(subject, milestone, language=language)

    assert said.endswith(".")
    assert ": " in said


def test_which_rule_goes_before_which(english):
    rules = {rule.milestone: rule for rule in Rule.objects.filter(subject="anniversary")}

    assert in_words.precedence(rules["jubilee"], rules.values()) == (
        "Goes before: Round anniversaries and Anniversaries of every year."
    )
    assert in_words.precedence(rules["every"], rules.values()) == (
        "Only where none of these counts: Jubilees and Round anniversaries."
    )
    assert in_words.precedence(Rule.objects.get(subject="report"), rules.values()) == ""


def test_a_rule_that_is_off_goes_before_none(english):
    rules = {rule.milestone: rule for rule in Rule.objects.filter(subject="anniversary")}
    rules["round"].is_active = False

    assert in_words.precedence(rules["round"], rules.values()) == ""
    assert in_words.precedence(rules["jubilee"], rules.values()) == (
        "Goes before: Anniversaries of every year."
    )


def test_silence_is_warned_of(english):
    rules = list(Rule.objects.all())
    jubilee = next(rule for rule in rules if rule.milestone == "jubilee")
    report = next(rule for rule in rules if rule.subject == "report")

    assert in_words.warnings(jubilee, [Stage(days=1)], rules) == []
    assert in_words.warnings(report, [], rules) == [
        "No stage is in use: the rule is in use and says nothing."
    ]
    assert in_words.warnings(jubilee, [], rules) == [
        "No stage is in use: the rule is in use and says nothing. No other rule speaks instead; "
        "for that, switch this one off."
    ]
    jubilee.is_active = False
    assert in_words.warnings(jubilee, [], rules) == ["The rule is switched off: nothing is sent by it."]
