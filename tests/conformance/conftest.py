"""The corpus, once a session, and its count by kind in the summary."""

from collections import Counter

import pytest

from tests.conformance import corpus

COUNTS = pytest.StashKey[Counter]()


@pytest.fixture(scope="session")
def documents(pytestconfig):
    """Every document of the corpus; an empty one is a failure."""
    found = list(corpus.documents())
    pytestconfig.stash[COUNTS] = counts = Counter(document.kind for document in found)
    assert counts["domain"] > 1000
    assert {"network", "pool", "volume", "filter", "device", "domainsnapshot", "cpu", "disk"} < set(counts)
    return found


def pytest_sessionfinish(session):
    counts = session.config.stash.get(COUNTS, None)
    if counts and hasattr(session.config, "workeroutput"):  # in a worker: told to the one that reports
        session.config.workeroutput["corpus"] = dict(counts)


def pytest_testnodedown(node):
    counts = getattr(node, "workeroutput", {}).get("corpus")
    if counts:
        node.config.stash[COUNTS] = Counter(counts)


def pytest_terminal_summary(terminalreporter, config):
    counts = config.stash.get(COUNTS, None)
    if counts:
        terminalreporter.section(f"{counts.total()} of libvirt's own documents")
        terminalreporter.write_line(", ".join(f"{kind} {count}" for kind, count in counts.most_common()))
