"""The picture of the chain: whose credit reached whom, as one self-contained SVG. Pure functions from data to text."""

from chain.picture.drawing import draw
from chain.picture.model import BlockedTrade, Flow, FlowKind, Node, Picture

__all__ = ["BlockedTrade", "Flow", "FlowKind", "Node", "Picture", "draw"]
