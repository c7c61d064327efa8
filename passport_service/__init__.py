"""Training passports for the people who carry out a council's statutory social-care assessments.

The path of a statement, in ten lines:

1.  A learning system posts a batch to ``lrs``, which knows its key and sets ``now``, once.
2.  ``xapi`` reads it by the standard and refuses what is wrong, naming path and rule; nothing is stored then.
3.  ``services`` begins one write transaction and stores what is new; the same id with other content is a conflict.
4.  ``evidence`` says what each statement means; most mean nothing here and only rest in ``store``.
5.  The practitioners touched are locked, in sorted order, and the meaning is appended to the ledger as events.
6.  ``domain`` folds each practitioner's events into requirements, streak and passport, under the policy in force.
7.  Whatever changed is written beside them: projections, the next moment to look again, and the notices it causes.
8.  The transaction commits, and the learning system is answered with the ids.
9.  The worker claims each notice and sends it; the clock's changes come in by the same door, through its sweep.
10. A page in ``web`` shows the passport with its reasons, and every reason leads back to its events.
"""

__version__ = "0.1.0"
