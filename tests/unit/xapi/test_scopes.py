"""Scopes in the standard's words (xAPI 1.0.3 Communication 4.2): what holds what."""

import pytest

from passport_service.xapi.scopes import Scope, allows, read_scopes, scopes_text

WRITE, MINE, READ = Scope.STATEMENTS_WRITE, Scope.STATEMENTS_READ_MINE, Scope.STATEMENTS_READ
STATE, PROFILE, ALL_READ, ALL = Scope.STATE, Scope.PROFILE, Scope.ALL_READ, Scope.ALL

PERMITTED = {
    WRITE: {WRITE},
    MINE: {MINE},
    READ: {READ, MINE},
    STATE: {STATE},
    PROFILE: {PROFILE},
    ALL_READ: {ALL_READ, READ, MINE},
    ALL: set(Scope),
}


@pytest.mark.parametrize("held", Scope)
@pytest.mark.parametrize("wanted", Scope)
def test_a_scope_permits_itself_and_what_is_within_it(held: Scope, wanted: Scope) -> None:
    assert allows(frozenset({held}), wanted) is (wanted in PERMITTED[held])


def test_scopes_add_up_and_none_permits_nothing() -> None:
    assert allows(frozenset({WRITE, STATE}), STATE)
    assert not allows(frozenset({WRITE, STATE}), MINE)
    assert not any(allows(frozenset(), one) for one in Scope)


def test_scopes_are_read_and_written_as_words_in_the_standards_order() -> None:
    text = "state statements/read/mine statements/write"
    assert read_scopes(text) == {WRITE, MINE, STATE}
    assert scopes_text(read_scopes(text)) == "statements/write statements/read/mine state"
    assert read_scopes("") == frozenset()
    with pytest.raises(ValueError, match="define"):
        read_scopes("state define")
