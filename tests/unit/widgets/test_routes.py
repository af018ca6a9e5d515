"""What a page sends goes where the page says, of a widget and of all that it is made of."""

from __future__ import annotations

from types import SimpleNamespace

from virtsdk.capacity import synthetic
from virtsdk.widgets.routes import keep_route, keep_routes


class Routed:
    """A comm as ipykernel 7.4 has them, which last published for a subshell that is gone."""

    def _reply_subshell_for(self, _data: object, _subshell: str | None) -> str | None:
        return "gone"


def way(comm: Routed, said: str | None) -> str | None:
    return comm._reply_subshell_for({"method": "custom"}, said)


def test_the_page_says_the_way() -> None:
    comm = Routed()
    keep_route(comm)
    assert way(comm, "here") == "here"
    assert way(comm, None) is None


def test_a_comm_without_routes_stays_as_it_is() -> None:
    keep_route(None)
    comm = SimpleNamespace()
    keep_route(comm)
    assert vars(comm) == {}


def test_parts_of_parts_keep_it_too() -> None:
    comms = [Routed() for _ in range(3)]
    inner = SimpleNamespace(comm=comms[0])
    keep_routes(SimpleNamespace(comm=comms[1], children=(SimpleNamespace(comm=comms[2], children=(inner,)),)))
    assert [way(comm, "here") for comm in comms] == ["here"] * 3


def test_a_what_if_keeps_them(monkeypatch) -> None:
    kept: list[object] = []
    monkeypatch.setattr("virtsdk.widgets.what_if.shown.keep_routes", kept.append)
    with synthetic.fleet(hosts=2, guests=3, seed=1).explore() as what_if:
        assert kept == [what_if.widget]
