"""What test_every_verb.py cannot find by looking: what reads, what is no handle, what verbs are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# what reads, by the class that says how; "*": whoever has a method of that name
READS = {
    "*": {"definition", "definition_xml", "find", "get", "frame", "native"},
    "DomainCore": {"refresh"},
    "SettingVerbs": {"metadata"},
    "SavedDefinitionVerbs": {"managed_save_definition"},
    "HypervisorVerbs": {"messages", "control", "security_labels"},
    "WaitingVerbs": {"address", "addresses", "wait"},
    "JobVerbs": {"job"},
    "Network": {"dhcp_leases"},
    "StorageVolume": {"refresh", "used_by"},
    "StoragePool": {"domains"},
    "StoragePools": {"volume"},
    "Domains": {"definitions", "vcpus_frame"},
    "Domain": {"live"},
    "Host": {"events", "explore", "live"},
    "HostCore": {"close", "features", "run", "supports"},
    "NodeVerbs": {
        "capabilities",
        "capabilities_xml",
        "domain_capabilities",
        "domain_capabilities_xml",
        "node_info",
    },
    "FigureVerbs": {"stats", "stats_records", "node_stats", "guest_stats", "job_stats", "storage_stats"},
}
# what a live object hands out, and what works for it: no handles, so that what they do is done by its verbs;
# frozen dataclasses are values and need no entry
NO_HANDLES = {
    "Channel": "Domain.channel opens it",
    "Console": "Domain.console opens it: a guest's shell takes what is typed",
    "EventStream": "a subscription",
    "Frozen": "what Agent.freeze began: Agent.thaw ends it",
    "Inbox": "the queue of a subscription",
    "KnownFacts": "what was read, kept",
    "Meter": "counts for StorageVolume.download and the like",
    "Operation": "a verb that goes on; cancelling it is a verb of its guest's",
    "Tally": "counts for StorageVolume.upload and the like",
    "Scoped": "libvirt's object, as a scope asks it",
    "Reference": "what is behind a handle",
    "Rows": "a list of values",
    "Seen": "what was read, kept",
    "Row": "what a value has to be",
    "_Told": "the base of values",
    "SingleReader": "reads for HostFigures.stats",
    "Source": "reads a file or bytes for StorageVolume.upload",
    "_Measuring": "counts seconds for Domain.measure_dirty_rate",
}
# what reads, and what libvirt itself refuses to a read-only connection
REFUSED_READS = {"Domain.screenshot", "StorageVolume.download", "StorageVolume.read"} | {
    "Domain.migration_limits",
    "Domain.launch_security",
    "Domain.peek_memory",
} | {
    f"Agent.{name}"
    for name in (
        "info", "os", "timezone", "users", "disks", "interfaces", "filesystems", "hostname", "time",
        "ssh_keys", "read_file",
    )
}  # fmt: skip
# what a method that wants something is given, by the name of the parameter
GIVEN: dict[str, object] = {
    "definition": "<nothing/>",
    "value": b"s3cret",
    "path": "/nowhere",
    "name": "other",
    "seconds": 1.0,
    "bandwidth": 2**20,
    "destination": "qemu:///system",
    "capacity": 2**20,
    "source": b"data",
    "target": "/dev/null",
    "argv": ["true"],
    "data": b"data",
    "when": "host",
    "user": "root",
    "keys": "ssh-ed25519 AAAA",
    "password": "s3cret",
    "command": "query-block",
    "text": "s3cret",
    "title": "a title",
    "description": "a description",
    "uri": "urn:example",
    "element": "<a/>",
    "event": "crash",
    "action": "destroy",
    "signal": "term",
    "header": "aGVhZGVy",
    "secret": "czNjcmV0",
    "address": 0,
    "size": 4,
}

# what may be or hold a password, by the name of the parameter
MAY_HOLD = {
    "definition": "<nothing passwd='hunter2'",
    "persistent_definition": "<nothing passwd='hunter2'",
    "destination": "qemu+tcp://ana:hunter2@kvm7/system",
    "value": b"hunter2",
    "argv": ["login", "hunter2"],
    "input": "hunter2",
    "env": {"PASSWORD": "hunter2"},
    "data": "hunter2",
    "password": "hunter2",
    "text": "hunter2",
    "secret": "hunter2",
}
# what is called in a way of its own
CALLED: dict[str, Callable[[Any], object]] = {
    "send_keys": lambda verb: verb("ctrl", "c"),
    "set_migration_limits": lambda verb: verb(bandwidth=2**20),
}
