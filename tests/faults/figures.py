"""What a case is measured by: the promise of the outbox, row by row."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from reminders.models import Attempt, Mail
from tests.faults.sink import Copy
from tests.faults.table import record


@dataclass
class Outcome:
    """What became of those who were owed a mail."""

    lost: list[str]
    """No copy arrived."""
    untrue: list[str]
    """On record as sent, and no copy arrived."""
    waiting: int
    failed: int
    extra: dict[str, int]
    unexplained: dict[str, int]
    """More copies than attempts whose outcome is on record as unknown."""
    unknown: int
    most: int
    renamed: list[str]
    """Got their mail under more than one Message-ID."""
    reworded: list[str]
    """A mail that was not the same bytes each time it reached the server."""

    def broken(self, *, at_most: int) -> list[str]:
        """The promises that were not kept, in words; `at_most` extra copies are what the faults allow."""
        extra = sum(self.extra.values())
        promises = {
            f"lost {len(self.lost)}: {self.lost[:3]}": not self.lost,
            f"on record as sent, but never arrived {len(self.untrue)}: {self.untrue[:3]}": not self.untrue,
            f"still waiting {self.waiting}": not self.waiting,
            f"failed {self.failed}": not self.failed,
            f"extra copies that no attempt on record explains: {self.unexplained}": not self.unexplained,
            f"extra copies {extra}, at most {at_most}": extra <= at_most,
            f"more than one Message-ID for {len(self.renamed)}: {self.renamed[:3]}": not self.renamed,
            f"not the same bytes {len(self.reworded)}: {self.reworded[:3]}": not self.reworded,
        }
        return [words for words, is_kept in promises.items() if not is_kept]


def outcome(owed: Iterable[str], arrived: list[Copy], *, refused: Collection[str] = ()) -> Outcome:
    """Compare who was owed a mail with what the mail server saw and what stands in the tables.

    Of those who cannot be reached, `refused`, nothing is expected here; what stands on record of them the
    case looks at itself.
    """
    mails = Mail.objects.exclude(recipient__email__in=refused)
    copies = Counter(copy.message_id for copy in arrived if copy.is_accepted)
    reached = {copy.recipient for copy in arrived if copy.is_accepted}
    unknown: dict[str, int] = dict(
        Mail.objects.filter(attempts__outcome=Attempt.Outcome.UNKNOWN)
        .annotate(unknown=Count("attempts"))
        .values_list("message_id", "unknown")
    )
    ids, contents = defaultdict(set), defaultdict(set)
    for copy in arrived:
        ids[copy.recipient].add(copy.message_id)
        contents[copy.message_id].add(copy.digest)
    extra = {message_id: count - 1 for message_id, count in copies.items() if count > 1}
    sent = Mail.objects.filter(state=Mail.State.SENT).values_list("message_id", flat=True)
    return Outcome(
        lost=sorted(set(owed) - reached - set(refused)),
        untrue=sorted(set(sent) - set(copies)),
        waiting=mails.waiting().count(),
        failed=mails.filter(state=Mail.State.FAILED).count(),
        extra=extra,
        unexplained={each: count for each, count in extra.items() if count > unknown.get(each, 0)},
        unknown=sum(unknown.values()),
        most=max(copies.values(), default=0),
        renamed=sorted(recipient for recipient, found in ids.items() if len(found) > 1),
        reworded=sorted(message_id for message_id, found in contents.items() if len(found) > 1),
    )


def record_outcome(case: str, found: Outcome, **figures: Any) -> None:
    extra = sum(found.extra.values())
    record(case, lost=len(found.lost), extra=extra, unknown=found.unknown, most=found.most, **figures)
