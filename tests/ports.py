"""Ports of loopback for servers that take a number rather than find one."""

import random
import socket

# below the range from which the kernel takes ports for whoever asks for none (ip_local_port_range): between
# the look and the start of the server nobody else gets one of these
_PORTS = range(12_000, 32_000)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """So many of them, all different."""
    ports: list[int] = []
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                ports.append(port)
        if len(ports) == count:
            return ports
    raise AssertionError(f"fewer than {count} of the ports {_PORTS} are free")
