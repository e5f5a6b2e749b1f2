"""Typed client of the Pearlchain API; README.md says how it is used."""

from pearlchain_client.service import Awaiting, Event, Pearlchain, Refused, webhook

__all__ = ["Awaiting", "Event", "Pearlchain", "Refused", "webhook"]
