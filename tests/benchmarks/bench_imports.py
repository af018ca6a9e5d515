"""Import costs in CPU time: virtsdk and its models above a bare Python."""

from tests.benchmarks.figures import in_fresh_process, report

# documents whose models hold another document's whole: that one's cost is not theirs
WITHIN = {"domain_snapshot": "domain", "domain_checkpoint": "domain"}
DOCUMENTS = [
    *("network", "network_port", "storage_pool", "storage_volume", "storage_pool_capabilities"),
    *("node_device", "interface", "nwfilter", "nwfilter_binding", "secret", "capabilities"),
    *("domain_capabilities", "cpu", "sysinfo", "domain_backup", "domain_snapshot", "domain_checkpoint"),
]


def least(code, repeat):
    """Return the least CPU time of a process that runs some code, in seconds, its start included."""
    return min(in_fresh_process(f"{code}\nimport time\nprint(time.process_time())") for _ in range(repeat))


def above(module, floor, repeat):
    return least(f"import {module}", repeat) - floor


def main():
    bare = least("pass", 15)
    report("bare python", bare * 1e3, "ms")
    report("import virtsdk, above bare python", above("virtsdk", bare, 15) * 1e3, "ms", bar=60)
    domain = above("virtsdk.models.domain", bare, 15)
    report("import virtsdk.models.domain, above bare python", domain * 1e3, "ms", bar=100)
    shared = above("virtsdk.models.common", bare, 15)
    floors = {"domain": domain}
    worst, name = max(
        (above(f"virtsdk.models.{each}", bare, 12) - floors.get(WITHIN.get(each, ""), shared), each)
        for each in DOCUMENTS
    )
    report(f"the dearest other document ({name}), beyond what it contains", worst * 1e3, "ms", bar=40)
