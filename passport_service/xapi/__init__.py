"""The standard, pure: the Experience API's data rules, without database, web or clock."""
