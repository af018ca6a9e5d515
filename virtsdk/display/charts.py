"""Charts of frames (extra ``[plot]``): each function takes a frame and returns an Altair chart.

Plain frames in, so that they also serve recordings and frames from elsewhere. Axes, labels and titles have a grey
that reads on white and on black; the background is transparent; what a colour says, a label or a position says too.
Nothing is loaded from a network: `show_offline` makes a notebook draw them as pictures in the page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass

GREY = "#808080"
BLUE, ORANGE, RED, TEAL = "#3b7dd8", "#d97706", "#d64545", "#0d9488"
WIDTH = 420
