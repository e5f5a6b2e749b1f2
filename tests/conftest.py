"""What tests of all folders share."""

from hypothesis import settings

# How long a step takes says something of the machine, not of a rule.
settings.register_profile("pearl", deadline=None)
settings.load_profile("pearl")
