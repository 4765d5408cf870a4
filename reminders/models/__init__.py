from reminders.models.clock import Clock
from reminders.models.mails import Attempt, Mail
from reminders.models.reminders import Reminder
from reminders.models.rules import Named, Rule, Stage, To

__all__ = ["Attempt", "Clock", "Mail", "Named", "Reminder", "Rule", "Stage", "To"]
