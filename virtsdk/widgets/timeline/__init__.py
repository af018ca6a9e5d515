"""The timeline: `host.live()`, `guest.live()` and `recording.view()`, one component.

How to put it into another view: ``Timeline(LiveSource(host, every, keep), [uuid], panels="cpu", compact=True)``
is a small one of one guest; it is a widget, and `close` ends it.
"""

from virtsdk.widgets.timeline.live import LiveSource
from virtsdk.widgets.timeline.recorded import RecordedSource
from virtsdk.widgets.timeline.timeline import Timeline, guest_view, live_view, recording_view

__all__ = ["LiveSource", "RecordedSource", "Timeline", "guest_view", "live_view", "recording_view"]
