"""Questions to hosts whose answers are figures; the frames are made in `virtsdk.stats`."""
