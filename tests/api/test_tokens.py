import base64

import pytest
from django.core.cache import cache
from knox.models import AuthToken
from rest_framework.test import APIClient

from tests.factories import PASSWORD, UserFactory, user_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_tries_so_far():
    cache.clear()


def sign_in(username, password=PASSWORD, **headers):
    word = base64.b64encode(f"{username}:{password}".encode()).decode()
    return APIClient().post("/api/v1/auth/login/", headers={"Authorization": f"Basic {word}"}, **headers)


def with_token(token):
    return APIClient(HTTP_AUTHORIZATION=f"Token {token}")


def test_a_password_buys_a_token_that_opens_the_api():
    answer = sign_in(user_in("reader").username)

    assert set(answer.json()) == {"token", "expiry"}
    assert with_token(answer.json()["token"]).get("/api/v1/cities/").status_code == 200


def test_a_token_is_stored_as_its_hash_only():
    token = sign_in(UserFactory().username).json()["token"]
    stored = AuthToken.objects.get()

    assert token not in (stored.digest, stored.token_key)
    assert stored.expiry is not None


def test_a_token_ends_with_signing_out():
    client = with_token(sign_in(user_in("reader").username).json()["token"])
    codes = [client.post("/api/v1/auth/logout/").status_code, client.get("/api/v1/cities/").status_code]

    assert codes == [204, 401]


def test_a_token_ends_in_time():
    client = with_token(sign_in(user_in("reader").username).json()["token"])
    AuthToken.objects.update(expiry="2024-01-01T00:00:00Z")

    assert client.get("/api/v1/cities/").status_code == 401


def test_a_token_ends_with_its_account():
    user = user_in("reader")
    client = with_token(sign_in(user.username).json()["token"])
    user.is_active = False
    user.save()

    assert client.get("/api/v1/cities/").status_code == 401


def test_a_token_buys_no_further_token():
    client = with_token(sign_in(UserFactory().username).json()["token"])

    assert client.post("/api/v1/auth/login/").status_code == 401


def test_a_password_opens_nothing_but_the_sign_in():
    word = base64.b64encode(f"{user_in('reader').username}:{PASSWORD}".encode()).decode()
    answer = APIClient().get("/api/v1/cities/", headers={"Authorization": f"Basic {word}"})

    assert answer.status_code == 401


def test_a_wrong_password_is_refused_as_a_problem():
    answer = sign_in(UserFactory().username, "wrong")

    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert not AuthToken.objects.exists()


def test_guessing_passwords_is_slowed_down_whatever_the_guesser_says_of_its_address():
    codes = [
        sign_in("nobody", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=f"{n}").status_code for n in range(21)
    ]

    assert codes == [401] * 20 + [429]
