"""The house keeps its form: short files, folders that can be taken in, a test for every module.

structure.toml lists what does not keep to it, each with its reason. What is listed and not needed any more
fails: the lists can only shrink.
"""

import ast
import io
import tokenize
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from tests.unit.imports import PACKAGE, ROOT, modules

LISTS = tomllib.loads((ROOT / "tests/unit/structure.toml").read_text())
FOLDERS = ["virtsdk", "schemas", "tools", "packaging", "tests", "notebooks"]
MODELS = PACKAGE / "models"
GENERATED = (MODELS, PACKAGE / "xml/written")
WRITTEN = {".py", ".js", ".css", ".sh"}

MOST_LINES = 400
MOST_MODULES = 18
FEW_LINES = 25  # of code: a module of no more is held by the tests of those that use it

UNIT = ROOT / "tests/unit"
PROJECT = ROOT / "tests/project"  # tests/project/schemas is about schemas/, and tools alike


def written():
    """Return every file that was written by hand, relative to the project."""
    found = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
    return sorted(
        path.relative_to(ROOT)
        for path in found
        if path.suffix in WRITTEN and not generated(path) and not hidden(path)
    )


def generated(path):
    return ".bundle." in path.name or any(folder in path.parents for folder in GENERATED)


def hidden(path):
    parts = path.relative_to(ROOT).parts
    return any(part.startswith(".") or part in {"__pycache__", "node_modules"} for part in parts)


def too_long(lines):
    """Return the files of {path: lines} that are longer than is good."""
    return {str(path): count for path, count in lines.items() if count > MOST_LINES}


def too_full(paths):
    """Return {folder: modules} of the folders that hold too many; a script and its style are one module."""
    stems = {(path.parent, path.stem) for path in paths if path.stem != "__init__"}
    counted = Counter(str(folder) for folder, _ in stems)
    return {folder: count for folder, count in counted.items() if count > MOST_MODULES}


def subject(test):
    """Return the module, or package, that a unit test mirrors; None where there is none of its name.

    ``tests/unit/A/test_b.py`` is about ``b.py``, ``_b.py`` or the package ``b`` in ``virtsdk/A``, or ``_A``.
    """
    parts = relative(test).parts
    folder = ROOT if PROJECT in test.parents else PACKAGE
    for part in parts[:-1]:
        folder /= part if (folder / part).is_dir() else f"_{part}"
    stem = test.stem.removeprefix("test_")
    names = [f"{stem}.py", f"_{stem}.py", f"{stem}/__init__.py", f"_{stem}/__init__.py"]
    return next((folder / name for name in names if (folder / name).is_file()), None)


def code_lines(source):
    """Count the lines that hold code: no comments, no docstrings, nothing blank."""
    texts = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for line in range(node.lineno, node.end_lineno + 1)
    }
    blank = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    held = {line for one in tokens if one.type not in blank for line in range(one.start[0], one.end[0] + 1)}
    return len(held - texts)


def relative(test):
    return test.relative_to(PROJECT if PROJECT in test.parents else UNIT)


def script(test):
    """Return the JavaScript that a test in JavaScript is about, which has its place and its name."""
    return PACKAGE / test.relative_to(UNIT).with_name(test.name.removeprefix("test_"))


TESTS = [*sorted(UNIT.rglob("test_*.py")), *sorted(PROJECT.rglob("test_*.py"))]
MIRRORED = {subject(test) for test in TESTS}
# {module: its path}, as in the lists: without the generated models, packages by their name
MODULES = {name.replace(".", "/"): path for name, path in modules().items() if name and not generated(path)}
HELD = {module: test for test, listed in LISTS["held"].items() for module in listed}


def test_files_are_short():
    lines = {path: len((ROOT / path).read_text().splitlines()) for path in written()}
    found, allowed = too_long(lines), LISTS["long"]
    assert found.keys() == allowed.keys(), f"split these, or strike them off the list: {found}"
    grown = {path: count for path, count in found.items() if count > allowed[path]["lines"]}
    assert not grown, "longer than listed"


def test_folders_are_not_full():
    found = too_full(written())
    assert found.keys() == LISTS["full"].keys(), f"divide these, or strike them off the list: {found}"


def test_what_is_too_long_and_too_full_is_seen():
    assert too_long({Path("a.js"): 401, Path("b.py"): 400}) == {"a.js": 401}
    many = [Path(f"a/m{number}.py") for number in range(18)]
    same = [Path("a/m1.js"), Path("a/__init__.py"), Path("a/b/c.py")]
    assert too_full([*many, *same]) == {}
    assert too_full([*many, *same, Path("a/d.css")]) == {"a": 19}


def test_what_was_written_by_hand_is_found():
    found = {str(path) for path in written()}
    assert {
        "virtsdk/widgets/explorer/explorer.js",
        "virtsdk/display/style.css",
        "tests/project/test_structure.py",
    } <= found
    assert not [path for path in found if path.startswith("virtsdk/models/")]


def test_every_object_has_its_document():
    resources, models = stems(PACKAGE / "resources"), stems(MODELS)
    assert resources - models == LISTS["stems"].keys(), "a stem in resources is that of its document"


def stems(folder):
    found = {
        path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    return found - {"__init__"}


def test_tests_mirror_modules():
    astray = {str(relative(test)) for test in TESTS if subject(test) is None}
    assert astray == LISTS["subjects"].keys(), "a test has the place and name of its module, or is listed"


def test_tests_in_javascript_mirror_it():
    tests = [*UNIT.rglob("test_*.js")]
    assert tests
    assert [str(test) for test in tests if not script(test).is_file()] == []


@pytest.mark.parametrize(
    ("test", "module"),
    [
        ("test_units.py", "virtsdk/units.py"),
        ("xml/test_validate.py", "virtsdk/xml/_validate"),
        ("stats/change/test_rates.py", "virtsdk/stats/change/"),
        ("xml/diff/test_values.py", "virtsdk/xml/_diff/values.py"),
        ("lab/guest/test_guests.py", "virtsdk/lab/guest/guests.py"),
        ("../project/tools/test_check.py", "tools/check.py"),
    ],
)
def test_a_mirror_is_found(test, module):
    test = (UNIT / test).resolve()
    found = subject(test)
    assert found is not None
    assert str(found.relative_to(ROOT)).startswith(module)
    assert subject(test.with_name(test.name.replace("test_", "test_no_"))) is None


def test_every_module_has_its_test():
    large = {module for module, path in MODULES.items() if code_lines(path.read_text()) > FEW_LINES}
    alone = {module for module in large if MODULES[module] not in MIRRORED}
    assert alone == HELD.keys() | LISTS["free"].keys(), (
        "give it a test of its name, or say which one holds it"
    )
    assert not HELD.keys() & LISTS["free"].keys()


def test_no_module_is_listed_twice():
    listed = [module for modules in LISTS["held"].values() for module in modules]
    assert [module for module, times in Counter(listed).items() if times > 1] == []


def test_a_test_that_holds_others_is_there():
    for test in LISTS["held"]:
        assert Path(test).name.startswith("test_")
        assert (ROOT / test).is_file()


@pytest.mark.parametrize("name", LISTS)
def test_each_entry_has_its_reason(name):
    for entry, value in LISTS[name].items():
        if name == "held":
            assert value, entry
        else:
            reason = value["why"] if isinstance(value, dict) else value
            assert len(reason.split()) > 2, f"{entry}: why?"


SOURCE = '''"""Title.

More.
"""

# a comment
X = """a
b"""


def f():
    """Doc."""
    return (
        X
    )
'''


def test_lines_of_code_are_counted():
    assert code_lines(SOURCE) == 6
