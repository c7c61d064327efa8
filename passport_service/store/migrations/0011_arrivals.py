"""What came through each key in each hour, in place of the days on which a key was heard."""

from passport_service.store.ddl import define, drop, is_sqlite
from passport_service.store.fields import moment_text, read_moment

ARRIVAL = (
    """CREATE TABLE arrival (
        key_id {code} NOT NULL REFERENCES api_key (id),
        hour_at {moment} NOT NULL,
        day_on {day} NOT NULL,
        last_at {moment},
        requests INTEGER NOT NULL DEFAULT 0 CONSTRAINT arrival_requests_not_negative CHECK (requests >= 0),
        statements INTEGER NOT NULL DEFAULT 0 CONSTRAINT arrival_statements_not_negative CHECK (statements >= 0),
        added INTEGER NOT NULL DEFAULT 0 CONSTRAINT arrival_added_of_statements CHECK (added BETWEEN 0 AND statements),
        completions INTEGER NOT NULL DEFAULT 0
            CONSTRAINT arrival_completions_of_added CHECK (completions BETWEEN 0 AND added),
        refused INTEGER NOT NULL DEFAULT 0 CONSTRAINT arrival_refused_not_negative CHECK (refused >= 0),
        CONSTRAINT arrival_heard_at CHECK ((last_at IS NULL) = (requests = 0)),
        PRIMARY KEY (key_id, hour_at)
    )""",
    "CREATE INDEX arrival_hour_at ON arrival (hour_at)",
)
LAST_HEARD = """CREATE TABLE last_heard (
    key_id {code} NOT NULL REFERENCES api_key (id),
    day_on {day} NOT NULL,
    last_at {moment} NOT NULL,
    batches INTEGER NOT NULL CONSTRAINT heard_batches_from_one CHECK (batches >= 1),
    PRIMARY KEY (key_id, day_on)
)"""
HEARD = "SELECT key_id, day_on, last_at, batches FROM last_heard"
PLACE = "INSERT INTO arrival (key_id, hour_at, day_on, last_at, requests) VALUES (?, ?, ?, ?, ?)"
BACK = (
    "INSERT INTO last_heard SELECT key_id, day_on, max(last_at), sum(requests) FROM arrival"
    " WHERE requests > 0 GROUP BY key_id, day_on"
)


def up(migrator, db):
    """A day that was heard becomes the hour in which it was heard last; how many statements came then was not counted."""
    define(db, ARRIVAL)
    place = PLACE if is_sqlite(db) else PLACE.replace("?", "%s")
    for key, day, at, batches in db.execute_sql(HEARD).fetchall():
        moment = read_moment(at)
        hour = moment.replace(minute=0, second=0, microsecond=0)
        db.execute_sql(place, (key, moment_text(hour), day, moment_text(moment), batches))
    drop(db, ("last_heard",))


def down(migrator, db):
    define(db, (LAST_HEARD, BACK))
    drop(db, ("arrival",))
