"""Text that looks like personal data is seen; references and the dates of practice are not (D.18.2).

Every number here is invented or from a range kept for examples.
"""

import time
from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport_service.domain.errors import Refused
from passport_service.domain.personal import (
    PersonalData,
    find_personal_data,
    is_nhs_number,
    opaque_reference,
    refuse_personal_data,
)

TODAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("text", "kind", "part"),
    [
        ("the number is 943 476 5919 as given", PersonalData.NHS_NUMBER, "943 476 5919"),
        ("943-476-5919", PersonalData.NHS_NUMBER, "943-476-5919"),
        ("943\u00a0476\u00a05919", PersonalData.NHS_NUMBER, "943\u00a0476\u00a05919"),
        ("see 9434765919.", PersonalData.NHS_NUMBER, "9434765919"),
        ("NHS9434765919", PersonalData.NHS_NUMBER, "9434765919"),
        ("ref_9434765919", PersonalData.NHS_NUMBER, "9434765919"),
        ("her NI is QQ123456C", None, ""),
        ("her NI is AB123456C", PersonalData.NATIONAL_INSURANCE, "AB123456C"),
        ("ab 12 34 56 c", PersonalData.NATIONAL_INSURANCE, "ab 12 34 56 c"),
        ("lives at CM1 1QH now", PersonalData.POSTCODE, "CM1 1QH"),
        ("sw1a2aa", PersonalData.POSTCODE, "sw1a2aa"),
        ("EC1A 1BB", PersonalData.POSTCODE, "EC1A 1BB"),
        ("M1 1AE", PersonalData.POSTCODE, "M1 1AE"),
        ("B33 8TH", PersonalData.POSTCODE, "B33 8TH"),
        ("ring 01632 960001 after four", PersonalData.PHONE, "01632 960001"),
        ("07700900123", PersonalData.PHONE, "07700900123"),
        ("+44 7700 900123", PersonalData.PHONE, "+44 7700 900123"),
        ("+44 (0)20 7946 0018", PersonalData.PHONE, "+44 (0)20 7946 0018"),
        ("(020) 7946 0018", PersonalData.PHONE, "(020) 7946 0018"),
        ("0044 1632 960001", PersonalData.PHONE, "0044 1632 960001"),
        ("+1 202-555-0123", PersonalData.PHONE, "+1 202-555-0123"),
        ("write to jo.bloggs@example.org.", PersonalData.EMAIL, "jo.bloggs@example.org"),
        ("<o'neil+x@mail.example.co.uk>", PersonalData.EMAIL, "o'neil+x@mail.example.co.uk"),
        ("he was born on 3 March 2015", PersonalData.BIRTH_DATE, "3 March 2015"),
        ("DOB: 03/03/15", PersonalData.BIRTH_DATE, "03/03/15"),
        ("D.O.B. 03.03.2015", PersonalData.BIRTH_DATE, "03.03.2015"),
        ("date of birth 2015-03-03", PersonalData.BIRTH_DATE, "2015-03-03"),
        ("her birthday is March 3rd, 2015", PersonalData.BIRTH_DATE, "March 3rd, 2015"),
        ("12/03/2015 (DOB)", PersonalData.BIRTH_DATE, "12/03/2015"),
        ("Mrs T, 12/03/1941, came", PersonalData.BIRTH_DATE, "12/03/1941"),
        ("12th of March 1941", PersonalData.BIRTH_DATE, "12th of March 1941"),
        ("1941-03-12", PersonalData.BIRTH_DATE, "1941-03-12"),
        ("10/03/2010", PersonalData.BIRTH_DATE, "10/03/2010"),
    ],
)
def test_personal_data_is_seen_where_it_stands(text: str, kind: PersonalData | None, part: str) -> None:
    found = [(finding.kind, text[finding.start : finding.end]) for finding in find_personal_data(text, TODAY)]
    assert found == ([(kind, part)] if kind else [])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A1",
        "W-1001",
        "LL-2026-000123",
        "2026-000123",
        "CASE/2026/00017#2",
        "2b1f3c9e-4a5d-4e8b-9c3a-1f2e3d4c5b6a",
        "01234567-0123-4567-8901-012345678901",
        "3e1892281f4514df718013cea13d26e885f04223561a496b6bd37a083f89c047",
        "reviewed on 3 March 2026",
        "reviewed on 3 March 2026 and 12/03/2026; see 2026-03-12",
        "assessment of 01-04-2026 10:30, plan of 01.04.2026 10.45",
        "2026-03-02T09:00:00Z",
        "11/03/2010",
        "visits at 09.30 10.30 11.30",
        "under the Care Act 2014, in force since 1 April 2015",
        "it was borne in mind on 12/03/2026",
        "visits at 10.30 and 14.00; 3 of 10 goals met; 45 working days",
        "weekly cost of 1,250.00 over 52 weeks, 65000 a year",
        "section 42 enquiry, KS2 4th term, B2 1st floor, Q4 3rd week",
        "score 0.1234567890",
        "9434765918",
        "943 476 5918",
        "0000000000",
        "99/99/1941",
        "version 10.12.14",
        "user@host",
        "R10.3 and xAPI 1.0.3",
        "P000123",
        "a good, plain, strengths-based assessment; the person's own words lead",
    ],
)
def test_references_identifiers_and_words_of_practice_pass(text: str) -> None:
    assert find_personal_data(text, TODAY) == []


def test_several_things_are_found_in_order_of_place() -> None:
    text = "Call 01632 960001 or jo@example.org, CM1 1QH, born 1.2.1950"
    assert [finding.kind for finding in find_personal_data(text)] == [
        PersonalData.PHONE,
        PersonalData.EMAIL,
        PersonalData.POSTCODE,
        PersonalData.BIRTH_DATE,
    ]


def test_without_a_today_only_dates_before_2000_are_old() -> None:
    assert find_personal_data("12/03/2005") == []
    assert find_personal_data("12/03/2005", date(2026, 1, 1)) != []
    assert find_personal_data("31/12/1999") != []


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("9434765919", True),
        ("943 476 5919", True),
        ("4010232137", True),
        ("9434765910", False),
        ("943476591", False),
        ("94347659190", False),
        ("0000000000", False),
    ],
)
def test_the_check_digit_of_an_nhs_number(text: str, holds: bool) -> None:
    assert is_nhs_number(text) is holds


@given(st.integers(10**8, 10**9 - 1))
def test_of_ten_last_figures_at_most_one_makes_an_nhs_number(nine: int) -> None:
    assert sum(is_nhs_number(f"{nine}{last}") for last in range(10)) <= 1


def test_what_is_refused_names_the_kinds_and_never_repeats_the_text() -> None:
    with pytest.raises(Refused) as refusal:
        refuse_personal_data("jo@example.org, kim@example.org and CM1 1QH", "reason")
    assert (refusal.value.code, refusal.value.where) == ("MALFORMED", "reason")
    assert "an e-mail address and a postcode" in refusal.value.message
    assert "example.org" not in str(refusal.value)
    assert "CM1" not in str(refusal.value)
    refuse_personal_data("kind words about a clear plan")


@pytest.mark.parametrize(
    "text", ["A1", "W-1001", "LL-2026-000123", "7", "a/b:c#d_e.f", "x" * 64, "2026-000123", "9434765918"]
)
def test_an_opaque_reference_passes(text: str) -> None:
    assert opaque_reference(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "A 1",
        "-A1",
        "x" * 65,
        "A1\n",
        "A\x001",
        "é1",
        "=1+1",
        "A1|A2",
        None,
        7,
        ["A1"],
        "9434765919",
        "943-476-5919",
        "AB123456C",
        "CM11QH",
        "07700900123",
        "jo@example.org",
        "1941-03-12",
        "\ud800",
    ],
)
def test_a_reference_that_is_malformed_or_speaks_of_a_person_is_refused(text: object) -> None:
    with pytest.raises(Refused) as refusal:
        opaque_reference(text, "submit.item")
    assert (refusal.value.code, refusal.value.where) == ("MALFORMED", "submit.item")


@pytest.mark.parametrize("number", range(200))
def test_a_random_identifier_is_an_opaque_reference(number: int) -> None:
    identifier = str(uuid4())
    assert opaque_reference(identifier) == identifier


@given(st.text(alphabet="0123456789 -./+()@abAB\u00a0", max_size=200))
def test_any_text_is_read_and_every_finding_lies_in_it(text: str) -> None:
    for finding in find_personal_data(text, TODAY):
        assert 0 <= finding.start < finding.end <= len(text)


@pytest.mark.parametrize(
    "text", ["0" * 100_000, "a" * 100_000, "1 " * 50_000, "a@" * 50_000, "07700 " * 20_000]
)
def test_long_text_is_read_in_reasonable_time(text: str) -> None:
    began = time.process_time()
    find_personal_data(text)
    assert time.process_time() - began < 20  # seconds; what grows with the square takes minutes
