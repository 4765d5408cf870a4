"""How a letter begins, in the language that is active."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from contacts.models import Person, Post


def in_letters(person: Person | None, post: Post | None) -> str:
    """By the form of address that is on record for the post, else by name and title, else to nobody by name.

    Someone whose gender is not known, or is neither, is addressed by the whole name.
    """
    language = (get_language() or settings.LANGUAGE_CODE)[:2]
    if post and (form := post.form_letter.get(language)):
        return form.rstrip(" ,") + ","
    if person is None:
        return _("Dear Sir or Madam,")
    facts = {"title": person.title_before, "name": person.family_name, "whole_name": person.full_name}
    match person.gender:
        case Person.Gender.FEMALE if person.title_before:
            return pgettext("to a woman", "Dear %(title)s %(name)s,") % facts
        case Person.Gender.FEMALE:
            return _("Dear Ms %(name)s,") % facts
        case Person.Gender.MALE if person.title_before:
            return pgettext("to a man", "Dear %(title)s %(name)s,") % facts
        case Person.Gender.MALE:
            return _("Dear Mr %(name)s,") % facts
    return _("Dear %(whole_name)s,") % facts
