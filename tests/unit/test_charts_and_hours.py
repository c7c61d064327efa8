"""What arrived, put into hours and days of London, and drawn; and where a rule stands in the standard."""

from datetime import UTC, date, datetime, timedelta

import pytest

from passport_service.store.arrivals import Came, Hour
from passport_service.web.charts import round_up, stacked
from passport_service.web.hours import Span, slots_of
from passport_service.web.standard import cited

NOW = datetime(2026, 6, 10, 12, 20, tzinfo=UTC)


def hour(at: datetime, number: int = 1, key: str = "k1") -> Hour:
    return Hour(key, at, Came(number, number, number))


def test_the_last_day_ends_with_the_hour_that_is_under_way():
    span = Span.last_day(NOW)
    slots = slots_of(span, [hour(NOW.replace(minute=0)), hour(NOW.replace(minute=0), key="k2")])
    assert len(slots) == 24
    assert (slots[-1].word, slots[-1].name, slots[-1].came.requests) == ("1pm", "Wed 10 Jun, 1pm", 2)
    assert sum(one.came.requests for one in slots) == 2


def test_a_week_is_seven_days_of_london():
    late = datetime(2026, 6, 9, 23, tzinfo=UTC)  # the 10th in London
    slots = slots_of(Span.last_week(NOW), [hour(late)])
    assert [one.day for one in slots] == [date(2026, 6, day) for day in range(4, 11)]
    assert [one.came.requests for one in slots] == [0, 0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)]
)
def test_a_day_has_as_many_hours_as_the_clocks_give_it(day, hours):
    slots = slots_of(Span.of_day(day), [])
    assert len(slots) == hours
    assert len({one.name for one in slots}) == hours


def test_what_lies_outside_is_left_out():
    assert (
        sum(one.came.requests for one in slots_of(Span.last_day(NOW), [hour(NOW - timedelta(days=3))])) == 0
    )


def test_bars_are_stacked_to_their_sum_and_stay_within_the_picture():
    chart = stacked([("a", "", (1, 3)), ("b", "", (0, 0)), ("c", "", (8, 0))])
    heights = [round(sum(part.height for part in bar.parts)) for bar in chart.bars]
    assert (heights[1], heights[2]) == (0, 2 * heights[0])
    assert all(part.y >= 0 for bar in chart.bars for part in bar.parts)
    assert [tick.value for tick in chart.ticks] == [0, 2, 4, 6, 8]


@pytest.mark.parametrize(
    ("most", "top"), [(0, 4), (1, 4), (4, 4), (5, 8), (9, 12), (13, 20), (41, 80), (1_234, 2_000)]
)
def test_a_scale_ends_at_a_round_number_that_four_steps_divide(most, top):
    assert round_up(most) == top


def test_an_empty_chart_can_be_drawn():
    assert stacked([]).bars == ()


@pytest.mark.parametrize(
    ("rule", "words", "end"),
    [
        (
            "xAPI 1.0.3 Data 2.4.2.1",
            "section 2.4.2.1 of xAPI 1.0.3, part two, Statements",
            "xAPI-Data.md#2.4.2.1",
        ),
        ("Data 4", "section 4 of xAPI 1.0.3, part two, Statements", "xAPI-Data.md#4.0"),
        (
            "xAPI 1.0.3 Communication 1.5.2",
            "section 1.5.2 of xAPI 1.0.3, part three, Communication",
            "md#1.5.2",
        ),
        ("xAPI 2.0 4.2.2.1", "section 4.2.2.1 of xAPI 2.0 (IEEE 9274.1.1)", ""),
        ("ID_CONFLICT", "a rule of this service (id conflict)", ""),
    ],
)
def test_a_rule_is_named_by_its_section(rule, words, end):
    found = cited(rule)
    assert found is not None
    assert found.words == words
    assert found.address.endswith(end)


def test_without_a_rule_nothing_is_cited():
    assert cited(None) is None
