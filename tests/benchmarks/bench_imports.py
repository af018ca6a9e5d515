"""What imports cost: virtsdk and its models above a bare Python, the smaller models above what they share."""

from tests.benchmarks.figures import best_of, in_fresh_process, report

# documents whose models hold another document's whole: that one's cost is not theirs
WITHIN = {"domain_snapshot": "domain", "domain_checkpoint": "domain"}
DOCUMENTS = [
    *("network", "network_port", "storage_pool", "storage_volume", "storage_pool_capabilities"),
    *("node_device", "interface", "nwfilter", "nwfilter_binding", "secret", "capabilities"),
    *("domain_capabilities", "cpu", "sysinfo", "domain_backup", "domain_snapshot", "domain_checkpoint"),
]


def run(code):
    in_fresh_process(f"{code}\nprint(0)")


def above(module, floor, repeat):
    return best_of(lambda: run(f"import {module}"), repeat=repeat) - floor


def main():
    bare = best_of(lambda: run("pass"), repeat=15)
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
