"""A form for something new that is sent twice, by a double click or a second try, makes one thing."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from contacts.models.sent_forms import SentForm

TOKEN = "_token"


class SendsOnceAdmin(admin.ModelAdmin):
    """Pages on which something new is entered. The token in the form is new whenever the page is opened."""

    def token_of(self, request: HttpRequest) -> str:
        return request.POST.get(TOKEN) or uuid.uuid4().hex

    def add_once(self, request: HttpRequest, form_url: str, extra_context: Any) -> HttpResponse:
        """Save what is new, unless exactly this was saved already; then lead to what came of it."""
        if not request.POST.get(TOKEN) or not self.has_add_permission(request):
            return super().changeform_view(request, None, form_url, extra_context)
        with transaction.atomic():
            sent, is_first = SentForm.objects.get_or_create(key=key_of(request))
            if not is_first:
                return self._lead_to_first(request, sent)
            response = super().changeform_view(request, None, form_url, extra_context)
            added = getattr(request, "added", None)
            if added is None:
                sent.delete()
            else:
                sent.came_of_it(added)
            return response

    def response_add(self, request: HttpRequest, obj: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        request.added = obj  # type: ignore[attr-defined]
        return super().response_add(request, obj, *args, **kwargs)

    def _lead_to_first(self, request: HttpRequest, sent: SentForm) -> HttpResponse:
        record = sent.find()
        if record is None:
            text = gettext("This was saved already, and has been deleted since.")
            self.message_user(request, text, messages.WARNING)
            return self.response_post_save_add(request, self.model())
        if IS_POPUP_VAR in request.POST or not self.has_view_or_change_permission(request, record):
            return self.response_add(request, record)
        text = gettext("“%(record)s” was saved already; it is here only once.")
        self.message_user(request, text % {"record": record}, messages.INFO)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", record.pk)


def key_of(request: HttpRequest) -> str:
    """Of who sent what: whoever goes back in the browser and enters something else makes another thing."""
    fields = sorted((name, values) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken")
    chosen: Any = request.FILES
    files = sorted((name, file.name, file.size) for name, file in chosen.items())
    text = json.dumps([request.user.pk, request.path, fields, files])
    return hashlib.sha256(text.encode()).hexdigest()
