"""The timeline: `host.live()`, `guest.live()` and `recording.view()`, one component.

How to put it into another view: ``Timeline(LiveSource(host, every=2.0, keep=600.0), [uuid], panels="cpu",
compact=True)`` is a small one of one guest. It is a widget; `close` ends it and its source.
"""

from virtsdk.widgets.timeline.sources.live import LiveSource
from virtsdk.widgets.timeline.sources.recorded import RecordedSource
from virtsdk.widgets.timeline.timeline import Timeline, guest_view, live_view, recording_view

__all__ = ["LiveSource", "RecordedSource", "Timeline", "guest_view", "live_view", "recording_view"]
