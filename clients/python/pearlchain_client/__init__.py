"""Typed client of the Pearlchain API; README.md says how it is used."""

from pearlchain_client.service import Awaiting, Declined, Event, Pearlchain, Refused, webhook

__all__ = ["Awaiting", "Declined", "Event", "Pearlchain", "Refused", "webhook"]
