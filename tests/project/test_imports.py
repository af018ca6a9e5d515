"""What `import virtsdk` costs, and what works with which extras installed."""

import subprocess
import sys
import textwrap

import pytest

from tests.unit.imports import modules
from tests.unit.layers import LAZY, is_about_frames, part_of

HEAVY = ("pandas", "numpy", "pyarrow", "libvirt", "lxml", "xsdata", "ipywidgets", "altair", "virtsdk.models")


def run_fresh(code, *, without=()):
    """Return what code prints in a fresh interpreter where the packages `without` cannot be imported."""
    blocked = "".join(f"sys.modules[{name!r}] = None\n" for name in without)
    script = f"import sys\n{blocked}{textwrap.dedent(code)}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    if done.returncode:
        pytest.fail(done.stderr, pytrace=False)
    return done.stdout


def test_import_loads_nothing_heavy():
    loaded = run_fresh("import virtsdk\nprint(*sys.modules)").split()
    assert not [name for name in HEAVY if name in loaded]


def test_looking_around_loads_nothing_heavy():
    code = "import virtsdk\ndir(virtsdk), virtsdk.__version__, virtsdk.VirtError\nprint(*sys.modules)"
    assert not [name for name in HEAVY if name in run_fresh(code).split()]


# the commands that make frames, keep them and read them
FRAMES = {"cli.headroom", "cli.record", "cli.report"}
FRAMES |= {f"cli.top.{name}" for name in ("choices", "layout", "painting", "run", "watching")}


@pytest.mark.parametrize("library", LAZY)
def test_what_is_imported_late_is_not_loaded_early_by_way_of_another_part(library):
    names = [
        f"virtsdk.{name}"
        for name in modules()
        if part_of(name) in LAZY[library] and not is_about_frames(name) and name not in FRAMES
        if not name.endswith("__main__")
    ]
    assert names
    code = f"""
        from importlib import import_module
        for name in {names}:
            import_module(name)
            assert {library!r} not in sys.modules, f"{{name}} loads {library}"
        """
    run_fresh(code)


@pytest.mark.parametrize("name", ["stats", "capacity", "xml", "units", "models", "events", "errors"])
def test_analysis_needs_no_libvirt_and_no_live_host(name):
    code = f"import virtsdk\nvirtsdk.{name}\nprint(*sys.modules)"
    assert "virtsdk.resources.host" not in run_fresh(code, without=["libvirt", "ipywidgets"]).split()


def test_every_public_name_can_be_had():
    run_fresh("import virtsdk\nfor name in virtsdk.__all__: getattr(virtsdk, name)")


def test_without_libvirt_a_host_says_what_to_install():
    said = run_fresh(
        """
        import virtsdk
        try:
            virtsdk.connect("test:///default")
        except virtsdk.MissingDependency as error:
            print(error)
        """,
        without=["libvirt"],
    )
    assert "pip install 'virtsdk[libvirt]'" in said


def test_without_libvirt_documents_figures_and_answers_work():
    said = run_fresh(
        """
        import pandas as pd
        from virtsdk import capacity, stats, units, xml
        from virtsdk.models.domain import DomainDef

        guest = xml.parse("<domain type='kvm'><name>web1</name><memory unit='GiB'>2</memory></domain>")
        assert isinstance(guest, DomainDef) and guest.memory.bytes == units.GiB(2)
        assert "web1" in xml.render(guest)

        record = {"state.state": 1, "vcpu.current": 2, "cpu.time": 10, "balloon.current": 4096}
        figures = stats.from_records([("4dea22b3-1d52-d8f3-2516-782e98ab3fa0", "web1", record)], host="kvm7")
        assert list(figures.domains["name"]) == ["web1"]

        node = {"host": "kvm7", "cpus": 8, "cores": 4, "memory_bytes": units.GiB(64)}
        guest = {"host": "kvm7", "domain": "a", "vcpus": 4, "memory_bytes": units.GiB(2)}
        hosts, domains = pd.DataFrame([node]), pd.DataFrame([guest])
        answer = capacity.headroom(hosts, domains, capacity.Policy())
        print(len(answer.frame()))
        """,
        without=["libvirt", "ipywidgets", "anywidget", "altair", "vl_convert", "distributed"],
    )
    assert said.strip() == "1"


def test_without_the_widgets_the_explorer_says_what_to_install():
    said = run_fresh(
        """
        import virtsdk
        with virtsdk.connect("test:///default") as host:
            try:
                host.explore()
            except virtsdk.MissingDependency as error:
                print(error)
        """,
        without=["ipywidgets", "anywidget"],
    )
    assert "pip install 'virtsdk[widgets]'" in said
