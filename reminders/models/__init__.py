from reminders.models.clock import Clock
from reminders.models.mails import Attempt, Mail
from reminders.models.reminders import Reminder
from reminders.models.rules import Rule, Stage

__all__ = ["Attempt", "Clock", "Mail", "Reminder", "Rule", "Stage"]
