"""Pages that stand outside the admin: the way in and faults."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse

from tests.factories import UserFactory

FAULTS = ("400.html", "403.html", "403_csrf.html", "404.html", "500.html")


@pytest.mark.parametrize("name", FAULTS)
def test_pages_about_a_fault_need_no_request_and_no_inline_style_or_script(name):
    page = get_template(name).render({})

    assert "<h1>" in page
    assert re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=", page) is None


def test_page_about_a_broken_server_asks_nothing_of_the_program():
    text = (Path(settings.BASE_DIR) / "config" / "templates" / "500.html").read_text()

    assert "{%" not in text
    assert "{{" not in text


def test_unknown_address_is_answered_in_our_words(client, db):
    page = client.get("/nowhere/", headers={"accept-language": "en"})

    assert page.status_code == 404
    assert "There is no such page" in page.content.decode()


def test_pages_of_accounts_open_in_our_frame(client, db):
    user = UserFactory(is_superuser=True)
    client.force_login(user)

    for url in (
        reverse("admin:password_change"),
        reverse("admin:auth_user_password_change", args=[user.pk]),
        reverse("admin:auth_group_changelist"),
        reverse("admin:contacts_accesstoken_changelist"),
        reverse("admin:contacts_user_add"),
    ):
        page = client.get(url)
        assert page.status_code == 200, url
        assert 'id="nav-sidebar"' in page.content.decode(), url
