"""What a password may be."""

import pytest

from passport_service.domain.errors import Refused
from passport_service.domain.passwords import check_password, normalised

KNOWN = ("Asha Patel", "asha.patel@westhaven.example", "Westhaven County Council")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "blue-kettle-mountain",
        "tr33-l4mp-b1scuit",
        "ünd dann kam der Wal",
        "9 lives & 1 tin of tuna",
    ],
)
def test_a_long_password_of_any_composition_will_do(password):
    check_password(password, KNOWN)


@pytest.mark.parametrize("password", ["", "short", "elevenchars"])
def test_a_password_has_at_least_twelve_characters(password):
    with pytest.raises(Refused, match="at least 12") as refused:
        check_password(password, KNOWN)
    assert refused.value.where == "password"


@pytest.mark.parametrize(
    "password",
    [
        "Password1234",
        "passwordpassword",
        "P@ssw0rd2026!",
        "qwertyuiop12",
        "abcdefghijkl",
        "987654321098",
        "aaaaaaaaaaaab",
        "Summer2026!!!",
        "asha-patel-2026",
        "WesthavenCouncil1",
        "Westhaven.Asha.7",
    ],
)
def test_what_anybody_would_try_first_is_refused(password):
    with pytest.raises(Refused, match="easy to guess"):
        check_password(password, KNOWN)


def test_a_password_is_not_endless():
    with pytest.raises(Refused, match="at most 200"):
        check_password("a quiet river " * 20)


def test_the_same_letter_from_two_keyboards_is_the_same_letter():
    assert normalised("caf\u00e9") == normalised("cafe\u0301")
