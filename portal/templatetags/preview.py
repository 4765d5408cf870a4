"""`{% preview_url original as url %}`: its preview for the public, or nothing for who may not publish it."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from portal.preview import may_preview

register = template.Library()


@register.simple_tag(takes_context=True)
def preview_url(context: Any, row: Any) -> str:
    user = context["request"].user
    return reverse("preview", args=[row._meta.label_lower, row.pk]) if may_preview(user, type(row)) else ""
