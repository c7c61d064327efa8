"""The file by which people are brought in: what is read, what is refused, and where the fault is said to be."""

from datetime import date

import pytest

from passport_service.domain.people_columns import COLUMNS, TEMPLATE_ROWS
from passport_service.domain.people_file import MOST_BYTES, MOST_ROWS, read_people
from passport_service.domain.spreadsheets import harmless, is_formula, write_csv

HEAD = "reference,name,role,team\n"


def faults_of(text: str | bytes) -> list[tuple[int, str | None]]:
    _, faults = read_people(text if isinstance(text, bytes) else text.encode())
    return [(one.line, one.column) for one in faults]


def test_the_template_can_be_read_back_without_a_fault():
    lines, faults = read_people(write_csv(list(COLUMNS), TEMPLATE_ROWS).encode())

    assert faults == []
    asha, rhys = lines
    assert asha.attributes["role"] == "social_worker"
    assert asha.accounts == (("https://moodle.council.example", "12"),)
    assert asha.checked_on == date(2026, 3, 2)
    assert rhys.absence == (date(2026, 8, 3), date(2026, 8, 14))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_any_usual_delimiter_line_end_and_byte_order_mark_will_do(delimiter, end, mark):
    text = mark + end.join([delimiter.join(["Staff reference", "Name"]), delimiter.join(["C1", "Zoë"])]) + end

    (line,), faults = read_people(text.encode())

    assert faults == []
    assert (line.ref, line.attributes["name"]) == ("C1", "Zoë")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("reference,name\nC1,Zoë\n".encode("cp1252"), "Windows-1252"),
        ("reference,name\nC1,Zoë\n".encode("utf-16"), "UTF-8"),
        ("reference,name\nC1,Zoe\n".encode("utf-16-le"), "UTF-16"),
        (b"PK\x03\x04 a workbook", "workbook"),
        (b"", "empty"),
        (b"\xef\xbb\xbf\n", "headings"),
        (b"x" * (MOST_BYTES + 1), "too large"),
        (b'reference,name\nC1,"never closed\n', "cannot be read"),
    ],
)
def test_what_is_no_such_file_is_refused_with_what_to_do(text, words):
    lines, faults = read_people(text)

    assert lines == []
    assert any(words in one.message for one in faults), faults


@pytest.mark.parametrize("cell", ["=1+1", "+44", "-5", "@SUM(A1)", "\t=1", " =1", "＝1", '"\n=1"'])
def test_a_cell_that_a_spreadsheet_would_run_is_refused(cell):
    assert (2, "name") in faults_of(f"reference,name,role\nC1,{cell},social_worker\n")


@pytest.mark.parametrize("cell", ["=1+1", "+44", "-5", "@SUM(A1)", "\t=1", "\r=1", " =1"])
def test_an_exported_cell_that_a_spreadsheet_would_run_is_made_harmless(cell):
    assert is_formula(cell)
    assert harmless(cell).startswith("'")
    assert f"'{cell.strip()[:1]}" in write_csv(["name"], [[cell]]) or f"'{cell[:1]}" in write_csv(
        ["name"], [[cell]]
    )


def test_an_ordinary_cell_is_exported_as_it_is():
    assert harmless("O’Neill-Smith") == "O’Neill-Smith"
    assert harmless(None) == ""
    assert harmless(3) == "3"


@pytest.mark.parametrize(
    ("head", "cells", "column"),
    [
        ("reference,role", "C1,wizard", "role"),
        ("reference,left_on", "C1,31/02/2026", "left_on"),
        ("reference,left_on", "C1,1/2/26", "left_on"),
        ("reference,registration_checked_on", "C1,yesterday", "registration_checked_on"),
        ("reference,registered", "C1,maybe", "registered"),
        ("reference,agency", "C1,perhaps", "agency"),
        ("reference,email", "C1,not an address", "email"),
        ("reference,email_identifies", "C1,yes", "email_identifies"),
        ("reference,accounts", "C1,moodle 12", "accounts"),
        ("reference,accounts", "C1,https://moodle.example", "accounts"),
        ("reference,absent_from", "C1,2026-03-01", "absent_until"),
        ("reference,absent_from,absent_until", "C1,2026-03-02,2026-03-01", "absent_until"),
        ("reference,name", ",Nobody", "reference"),
        ("reference,name", "C 1!,Nobody", "reference"),
        ("reference,name", "C1,a\x07b", "name"),
        ("reference,name", f"C1,{'x' * 501}", "name"),
    ],
)
def test_each_wrong_cell_is_named_by_line_and_column(head, cells, column):
    assert (2, column) in faults_of(f"{head}\n{cells}\n")


def test_every_fault_is_told_not_only_the_first():
    assert faults_of(HEAD + "C1,A,wizard,\nC2,=1,social_worker,\nC3,C,sorcerer,\n") == [
        (2, "role"),
        (3, "name"),
        (4, "role"),
    ]


def test_the_same_reference_or_account_twice_is_a_fault_on_the_second_line():
    assert faults_of(HEAD + "C1,A,social_worker,\nc1,B,social_worker,\n") == [(3, "reference")]
    both = "reference,accounts\nC1,https://m.example 1\nC2,https://m.example 1\n"
    assert faults_of(both) == [(3, "accounts")]


def test_unknown_and_repeated_headings_are_faults_of_the_first_line():
    assert faults_of("reference,shoe size\nC1,7\n") == [(1, "shoe size")]
    assert faults_of("reference,name,name\nC1,A,B\n") == [(1, "name")]
    assert (1, "reference") in faults_of("name\nA\n")


def test_a_line_with_too_many_cells_is_a_fault_and_one_with_too_few_is_not():
    assert faults_of("reference,name\nC1,A,B\n") == [(2, None)]
    assert faults_of("reference,name\nC1\n") == []


def test_a_file_with_too_many_lines_is_refused_whole():
    body = "reference\n" + "".join(f"C{number}\n" for number in range(MOST_ROWS + 1))

    assert read_people(body.encode())[0] == []
    assert len(read_people(body.encode()[: -len(f"C{MOST_ROWS}\n")])[0]) == MOST_ROWS


def test_lines_are_counted_as_an_editor_counts_them_also_past_blank_ones():
    assert faults_of("reference,role\n\n\nC1,wizard\n") == [(4, "role")]


def test_several_accounts_stand_in_one_cell():
    (line,), _ = read_people(
        b"reference,accounts\nC1,https://m.example 1 | https://lms.example/x Asha P | https://m.example 1\n"
    )

    assert line.accounts == (("https://m.example", "1"), ("https://lms.example/x", "Asha P"))


def test_an_empty_cell_says_nothing_and_the_word_none_takes_away():
    (line,), _ = read_people(b"reference,team,manager,left_on\nC1,,none,none\n")

    assert line.attributes == {"manager": None}
    assert line.returns
