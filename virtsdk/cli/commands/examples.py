"""Examples for the help of each command; they are on docs/commands.md, too."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[str, ...]] = {
    "demo": ("virtsdk demo", "virtsdk demo --uri qemu:///system --output /tmp/first_look.html"),
    "top": (
        "virtsdk top qemu:///system",
        "virtsdk top --hosts hosts.toml --filter 'state:running cpu>50%'",
    ),
    "headroom": (
        "virtsdk headroom qemu:///system",
        "virtsdk headroom --hosts hosts.toml --policy nova",
        "virtsdk headroom history --json",
    ),
    "record": (
        "virtsdk record qemu+ssh://ana@kvm7/system -d history",
        "virtsdk record --hosts hosts.toml -d history --keep raw=14d,5min=2y --json",
    ),
    "exporter": ("virtsdk exporter --hosts hosts.toml --listen 127.0.0.1:9177",),
    "check": ("virtsdk check history", "virtsdk check history s3://bucket/history --json"),
    "compact": ("virtsdk compact history", "virtsdk compact history --to s3://bucket/history"),
    "report": ("virtsdk report history --html review.html",),
    "diff": (
        "virtsdk diff before.xml after.xml",
        "virsh dumpxml web1 | virtsdk diff web1.xml - --only-said",
    ),
    "validate": ("virtsdk validate web1.xml net.xml", "virsh dumpxml web1 | virtsdk validate - --json"),
    "convert": (
        "virtsdk convert web1.xml --output web1.json",
        "virtsdk convert web1.json --output web1.xml",
    ),
}
