"""What holds for all views: a page that looks once looks on, however long a busy machine takes."""

from __future__ import annotations

import pytest

from virtsdk.widgets import looks


@pytest.fixture(autouse=True)
def looking_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "LOOK_SECONDS", 3600.0)
