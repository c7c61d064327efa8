"""The database: peewee rows never leave. Everything outside gets plain values and dataclasses."""
