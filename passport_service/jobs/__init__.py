"""The scheduled jobs: ``table`` lists them, ``timetable`` says when, ``running`` runs one, ``worker`` is the process."""
