"""libvirt's second library for QEMU alone: commands for a guest's agent and for QEMU's monitor.

``libvirt_qemu`` comes with libvirt-python, and works on the same objects.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType

from virtsdk.binding.library import library
from virtsdk.binding.protocol import VirDomain

_BLOCK = -2  # VIR_DOMAIN_QEMU_AGENT_COMMAND_BLOCK
_HUMAN = 1  # VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP


@cache
def _qemu_library() -> ModuleType:
    library()  # says what is missing, and keeps libvirt from printing
    return import_module("libvirt_qemu")


def agent_command(raw: VirDomain, command: str, seconds: int | None) -> str:
    """Have a guest's agent do something.

    Parameters
    ----------
    raw
        The domain.
    command
        The command, as JSON.
    seconds
        How long libvirt waits for the answer; None for as long as it takes.

    Returns
    -------
    str
        The answer, as JSON.
    """
    return str(_qemu_library().qemuAgentCommand(raw, command, _BLOCK if seconds is None else seconds, 0))


def monitor_command(raw: VirDomain, command: str, *, human: bool) -> str:
    """Have a guest's QEMU do something.

    Parameters
    ----------
    raw
        The domain.
    command
        The command: as JSON, or as a person types it.
    human
        It is as a person types it, and so is the answer.
    """
    return str(_qemu_library().qemuMonitorCommand(raw, command, _HUMAN if human else 0))
