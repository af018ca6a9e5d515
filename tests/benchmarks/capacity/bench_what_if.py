"""A what-if of 1,000 hosts and 30,000 guests: from a moved slider to room and code, and on to N+1."""

import time
from dataclasses import replace

from tests.benchmarks.figures import best_of, report
from virtsdk.capacity import synthetic
from virtsdk.widgets.what_if.answers import Room
from virtsdk.widgets.what_if.settings import Ground
from virtsdk.widgets.what_if.steps import Path, steps_of

HOSTS, GUESTS = 1000, 30_000


def main():
    fleet = synthetic.fleet(HOSTS, GUESTS, seed=1)
    bare = best_of(fleet.headroom, repeat=3)
    with fleet.explore() as what_if:
        report("what-if, opened", best_of(lambda: fleet.explore().close(), repeat=2), "s")
        moves = {
            "a guest more": lambda: what_if.add(_next(what_if, "add", 1)),
            "1000 guests more": lambda: what_if.add(_next(what_if, "add", 1000)),
            "another ratio": lambda: what_if.vcpu_ratio(_next(what_if, "vcpu_ratio", 0.5)),
            "a host fails": lambda: what_if.fail(f"kvm{_another():04}"),
            "five hosts drained": lambda: what_if.drain([f"kvm{_another():04}" for _ in range(5)]),
            "a month of growth": lambda: what_if.months(_next(what_if, "months", 1)),
        }
        for name, move in moves.items():
            what_if.growth(1.0)  # for no month yet
            _ = what_if.fleet
            steps, survivals = [], []
            for _ in range(4):
                begin = time.perf_counter()
                move()
                _ = what_if.fleet, what_if.code, what_if.room.binding
                step = time.perf_counter()
                _ = what_if.survival
                steps.append(step - begin)
                survivals.append(time.perf_counter() - step)
            what_if.reset()
            report(f"{name}: room and binding", min(steps), "s", bar=0.5)
            report(f"{name}: N+1 after that", min(survivals), "s", bar=1)
        everything(fleet)
        report("a guest more / headroom alone", _step(what_if) / bare, "x")
        report("a drag over 50 values / one step", _drag(what_if) / _step(what_if), "x", bar=10)


def everything(fleet):
    """All controls moved at once: no step of before is of use."""
    ground = Ground(fleet)
    settings = replace(
        ground.start, vcpu_ratio=5.0, growth=2.0, months=6, add=500, drain=("kvm0002",), fail=("kvm0001",)
    )

    def work():
        steps = steps_of(ground, settings)
        return Room.of(ground, Path(fleet).take(steps), settings, steps)

    report("all controls at once, from nothing", best_of(work, repeat=3), "s", bar=1)


def _step(what_if):
    def step():
        what_if.add(_next(what_if, "add", 1))
        return what_if.fleet

    return best_of(step, repeat=4)


def _drag(what_if):
    slider = what_if._controls.sliders["add"]
    begin = time.perf_counter()
    for value in range(50):
        slider.set_state({"value": float(value)})
    _ = what_if.fleet
    took = time.perf_counter() - begin
    assert what_if.settings["add"] == 49
    return took


def _next(what_if, name, step):
    return what_if.settings[name] + step


_counter = iter(range(2, HOSTS))


def _another():
    return next(_counter)


if __name__ == "__main__":
    main()
