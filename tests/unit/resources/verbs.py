"""What test_every_verb.py cannot find by looking: what reads, what is no handle, what verbs are given."""

from __future__ import annotations

# what reads, by the class that says how; "*": whoever has a method of that name
READS = {
    "*": {"definition", "definition_xml", "find", "get", "frame", "native"},
    "DomainCore": {"refresh"},
    "WaitingVerbs": {"address", "addresses", "wait"},
    "JobVerbs": {"job"},
    "Network": {"dhcp_leases"},
    "ChangeVerbs": {"metadata"},
    "NetworkPort": {"bandwidth"},
    "NodeDevice": {"tree"},
    "NodeDevices": {"by_wwn", "tree"},
    "Interfaces": {"by_mac"},
    "Secrets": {"by_usage"},
    "StorageVolume": {"refresh", "used_by"},
    "StoragePool": {"domains"},
    "StoragePools": {"at", "capabilities", "volume"},
    "Domains": {"definitions", "vcpus_frame"},
    "Domain": {"live"},
    "MemoryVerbs": {"memory_devices"},
    "VcpuVerbs": {"emulator_cpus", "vcpus"},
    "ProcessorVerbs": {"scheduler", "numa", "perf_events"},
    "LimitVerbs": {"memory_limits", "block_weights"},
    "NicVerbs": {"bandwidth"},
    "IOThreadVerbs": {"iothreads"},
    "Host": {"events", "explore", "live"},
    "HostCore": {"close", "features", "run", "supports"},
    "NodeVerbs": {
        "capabilities",
        "capabilities_xml",
        "domain_capabilities",
        "domain_capabilities_xml",
        "node_info",
    },
    "CpuVerbs": {"cpu_baseline", "cpu_compare", "cpu_models", "node_cpus"},
    "NodeMemoryVerbs": {"free_memory", "free_pages", "ksm"},
    "PlatformVerbs": {"security_model", "sysinfo"},
    "FigureVerbs": {"stats", "stats_records", "node_stats", "guest_stats", "job_stats", "storage_stats"},
}
# what a live object hands out, and what works for it: no handles, so that what they do is done by its verbs;
# frozen dataclasses are values and need no entry
NO_HANDLES = {
    "Transaction": "Interfaces.transaction begins it; its ends are changes as that is",
    "Console": "Domain.console opens it: a guest's shell takes what is typed",
    "EventStream": "a subscription",
    "Inbox": "the queue of a subscription",
    "KnownFacts": "what was read, kept",
    "Meter": "counts for StorageVolume.download and the like",
    "Operation": "a verb that goes on; cancelling it is a verb of its guest's",
    "Tally": "counts for StorageVolume.upload and the like",
    "Scoped": "libvirt's object, as a scope asks it",
    "Reference": "what is behind a handle",
    "Seen": "what was read, kept",
    "SingleReader": "reads for HostFigures.stats",
    "Source": "reads a file or bytes for StorageVolume.upload",
    "_Measuring": "counts seconds for Domain.measure_dirty_rate",
}
# what reads, and what libvirt itself refuses to a read-only connection
REFUSED_READS = {
    "Domain.screenshot",
    "Domains.from_native",
    "Domains.saved_definition",
    "Domains.to_native",
    "Host.sev_info",
    "StoragePools.discover",
    "StorageVolume.download",
    "StorageVolume.read",
}
# what a method that wants something is given, by the name of the parameter
GIVEN: dict[str, object] = {
    "definition": "<nothing/>",
    "value": b"s3cret",
    "path": "/nowhere",
    "name": "other",
    "seconds": 1,
    "bandwidth": 2**20,
    "destination": "qemu:///system",
    "capacity": 2**20,
    "source": b"data",
    "target": "/dev/null",
    "size": 2**20,
    "vcpus": 1,
    "vcpu": 0,
    "cpus": "0",
    "number": 1,
    "nic": "vnet0",
    "counts": {2**21: 0},
    "configuration": "lxc.utsname = a",
    "part": "<host mac='52:54:00:00:00:01' ip='192.0.2.9'/>",
    "uri": "http://example.com/own",
    "element": "<own/>",
    "title": "a title",
    "description": "a description",
    "kind": "logical",
}
# what a method that wants nothing, and yet something, is given: by the verb
ALSO_GIVEN: dict[str, dict[str, object]] = {
    "Tuning.set_scheduler": {"weight": 50},
    "Tuning.set_memory_limits": {"hard_bytes": 2**30},
    "Tuning.set_block_weights": {"weight": 500},
    "Tuning.set_numa": {"mode": "strict"},
    "Tuning.set_bandwidth": {"inbound_bytes_per_second": 1000},
    "Tuning.set_perf_events": {"enable": ["cmt"]},
    "Tuning.set_iothread": {"poll_grow": 2},
    "NetworkPort.set_bandwidth": {"inbound_bytes_per_second": 1000},
    "Host.set_ksm": {"pages_to_scan": 100},
    "Host.suspend_node": {"kind": "mem", "seconds": 60},
    "Domains.to_native": {"format": "qemu-argv"},
    "Domains.from_native": {"format": "lxc-tools"},
}

# what may be or hold a password, by the name of the parameter
MAY_HOLD = {
    "definition": "<nothing passwd='hunter2'",
    "persistent_definition": "<nothing passwd='hunter2'",
    "destination": "qemu+tcp://ana:hunter2@kvm7/system",
    "value": b"hunter2",
}
