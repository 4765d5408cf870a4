"""A mail as a page of its own, as a mail program would show it."""

from __future__ import annotations

import base64
import hashlib
import html
import re

from django.http import HttpResponse


def mail_page(page: str) -> HttpResponse:
    """Under a policy that allows its own rules of style and nothing else."""
    return HttpResponse(page, headers={"Content-Security-Policy": policy_for(page)})


def policy_for(page: str) -> str:
    """A policy for a page of ours whose rules of style stand in its tags: each is named by its hash."""
    rules = {html.unescape(rule) for rule in re.findall(r'\sstyle="([^"]*)"', page)}
    rules |= set(re.findall(r"<style[^>]*>(.*?)</style>", page, flags=re.DOTALL))
    hashes = sorted(base64.b64encode(hashlib.sha256(rule.encode()).digest()).decode() for rule in rules)
    named = " ".join(f"'sha256-{each}'" for each in hashes)
    directives = [
        "default-src 'none'",
        f"style-src 'unsafe-hashes' {named}",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "sandbox allow-top-navigation-by-user-activation",
    ]
    return "; ".join(directives)
