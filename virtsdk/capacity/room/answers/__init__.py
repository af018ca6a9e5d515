"""Reports about room, and the figures that only some frames have."""
