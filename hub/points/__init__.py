"""Household points (家庭信用积分), computed from events and the rule book; pure, and kept nowhere.

``compute`` takes the events as they are known, the editions as they are known and a day, and gives a line for every
event and a total for every household and year. The same input gives the same answer, in whatever order it comes.
"""

from hub.points.computing import Computed, compute
from hub.points.events import EVENTS
from hub.points.words import in_words

__all__ = ["EVENTS", "Computed", "compute", "in_words"]
