"""Durations, languages, moments and IRIs: what is one and what is not."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport_service.xapi.languages import best_language
from passport_service.xapi.timestamps import format_timestamp, http_date, parse_timestamp
from passport_service.xapi.values import DURATION, is_iri, is_language

MOMENTS = {
    "2015-06-10T15:31:41+01:00": "2015-06-10T14:31:41.000Z",
    "2015-11-18T12:17": "2015-11-18T12:17:00.000Z",
    "2015-11-18T12:17:00,12Z": "2015-11-18T12:17:00.120Z",
    "2015-11-18T12:17:00.1234567Z": "2015-11-18T12:17:00.123456Z",
    "2015-11-18T12:00:00-0100": "2015-11-18T13:00:00.000Z",
    "2015-11-18T12:00-01": "2015-11-18T13:00:00.000Z",
    "0999-11-18T12:00:00Z": "0999-11-18T12:00:00.000Z",
    "20151118T121700Z": "2015-11-18T12:17:00.000Z",
    "20151118T121700.25+0100": "2015-11-18T11:17:00.250Z",
    "20151118T12": "2015-11-18T12:00:00.000Z",
    "2015-W47-3T12:00Z": "2015-11-18T12:00:00.000Z",
    "2015W473T1200-01": "2015-11-18T13:00:00.000Z",
    "2016-366T12:00:00Z": "2016-12-31T12:00:00.000Z",
    "2015322T1200Z": "2015-11-18T12:00:00.000Z",
    "2015-11-18t12:17:00z": "2015-11-18T12:17:00.000Z",
    "2015-11-18 12:17:00.5-00:30": "2015-11-18T12:47:00.500Z",
}
NO_MOMENTS = [
    "",
    "2015-11-18",
    "12:17",
    "2015-11-18 12:17",
    "20151118T12:17:00Z",
    "2015-11-18T121700Z",
    "201511T12Z",
    "2015-W54-3T12:00Z",
    "2015-W47-0T12:00Z",
    "2015-000T12:00Z",
    "2015-366T12:00Z",
    "0000-001T12:00Z",
    "2015-W47T12:00Z",
    "2015-11T12:00Z",
    "2015-02-29T10:00Z",
    "2015-11-18T24:00:00Z",
    "2015-11-18T12:17:61Z",
    "2015-11-18T12:17:00-00",
    "2015-11-18T12:17:00-0000",
    "2015-11-18T12:17:00-00:00",
    "2015-11-18T12:17:00+14:60",
    "2015-11-18T12:17:00-0199",
    "9999-12-31T23:59:59-14:00",
    "2015-11-18T12:17:00Z\n",
    "２０１５-11-18T12:17:00Z",
    "2015-11-18T12:17:00." + "1" * 200 + "Z",
]


@pytest.mark.parametrize(("text", "meant"), MOMENTS.items())
def test_a_moment_is_read_in_any_zone_and_written_in_utc(text: str, meant: str) -> None:
    assert format_timestamp(parse_timestamp(text)) == meant


@pytest.mark.parametrize("text", NO_MOMENTS)
def test_what_names_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_timestamp(text)


@given(st.datetimes(datetime.fromisoformat("0002-01-01"), datetime.fromisoformat("9998-12-31")))
def test_a_moment_is_the_same_in_every_form_of_the_standard(moment: datetime) -> None:
    """Data 4.5: ISO 8601 by month, week or year, with separators or without."""
    at = moment.replace(microsecond=0)
    clock, (year, week, day) = at.strftime("T%H:%M:%S"), at.isocalendar()
    forms = [
        f"{at.date()}{clock}Z",
        f"{at.date()}{clock}+00:00".replace("-", "").replace(":", "").replace("+0000", "Z"),
        f"{year:04}-W{week:02}-{day}{clock}",
        f"{year:04}W{week:02}{day}{clock.replace(':', '')}+00",
        f"{at.year:04}-{at.timetuple().tm_yday:03}{clock}Z",
        f"{at.year:04}{at.timetuple().tm_yday:03}{clock.replace(':', '')}Z",
    ]
    assert {parse_timestamp(form) for form in forms} == {at.replace(tzinfo=UTC)}


zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(
    st.datetimes(datetime.fromisoformat("0002-01-01"), datetime.fromisoformat("9998-12-31"), timezones=zones)
)
def test_a_moment_survives_being_written_and_read(moment: datetime) -> None:
    assert parse_timestamp(format_timestamp(moment)) == moment


def test_a_naive_moment_is_never_written() -> None:
    with pytest.raises(ValueError):
        format_timestamp(datetime(2026, 1, 1))  # noqa: DTZ001


def test_http_writes_moments_to_the_second() -> None:
    assert http_date(datetime(2026, 3, 2, 9, 0, 0, 999_999, UTC)) == "Mon, 02 Mar 2026 09:00:00 GMT"


@pytest.mark.parametrize(
    "text", ["PT1H0M0.1S", "P3Y1M29DT4H35M59.14S", "P4W", "P3Y", "PT16559.14S", "P1.5D", "PT0,5H", "P0D"]
)
def test_a_duration_is(text: str) -> None:
    assert DURATION.fullmatch(text)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1DT", "P4W1D", "PA1H", "PT1.5H3M", "1H", "pt1h", "P1S", "PT1D", "P-1D", "PT1H "]
)
def test_a_duration_is_not(text: str) -> None:
    assert not DURATION.fullmatch(text)


@pytest.mark.parametrize(
    "tag",
    ["en", "en-GB", "zh-Hant-TW", "x-private", "i-klingon", "de-1996", "sl-rozaj-biske", "es-419", "cy"],
)
def test_a_language_tag_is(tag: str) -> None:
    assert is_language(tag)


@pytest.mark.parametrize(
    "tag", ["", "e", "en_GB", "en-", "a12345", "should fail", "en-GB-", "englishlanguage"]
)
def test_a_language_tag_is_not(tag: str) -> None:
    assert not is_language(tag)


@pytest.mark.parametrize(
    "iri",
    [
        "http://a.example",
        "urn:articulate:storyline:5",
        "mailto:a@b.cd",
        "https://x.example/?a[]=1#b",
        "tag:x,2026:y",
    ],
)
def test_an_iri_is(iri: str) -> None:
    assert is_iri(iri)


@pytest.mark.parametrize(
    "iri",
    [
        "",
        "completed",
        "//x.example",
        "http:",
        "ab=c://x.example",
        "http://x y",
        "http://x\n",
        "http://<x>",
        ":x",
    ],
)
def test_an_iri_is_not(iri: str) -> None:
    assert not is_iri(iri)


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        (None, "en"),
        ("", "en"),
        ("cy", "cy"),
        ("cy-GB, cy;q=0.8", "cy"),
        ("fr;q=0.9, cy;q=0.5", "cy"),
        ("de", "en"),
        ("*", "en"),
        ("en;q=0, cy;q=0.1", "cy"),
        ("en-GB;q=nonsense", "en"),
        ("cy-GB", "cy"),
        ("cy-GB;q=0.1, en;q=0.05", "en"),
        ("en-GB;q=0.1, cy-GB;q=0.9", "cy"),
        ("en;q=0", "cy"),
        ("en;q=0, cy;q=0", "en"),
        ("*;q=0, cy", "cy"),
        ("CY", "cy"),
    ],
)
def test_the_language_that_a_reader_accepts_is_chosen(accepted: str | None, chosen: str) -> None:
    assert best_language(("en", "cy"), accepted) == chosen
