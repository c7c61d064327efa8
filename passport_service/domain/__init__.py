"""The sector's rules as pure values and functions: standard library only, no clock, no database, no web."""
