"""Columns of the frames: each figure's place, unit, kind and trust."""
