"""What the pages about the service say that depends on the council: its rules in words."""

from passport_service.doors import deployment, moment
from passport_service.services import councils, public_rules
from passport_service.services.public_rules import PublicRules


def live_rules() -> PublicRules | None:
    """The rules in force, filled in from the policy; None before a council has been set up."""
    return public_rules.rules(councils.load(deployment().store), moment())
