"""The verbs on a guest's devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from virtsdk.resources.domain.devices.plugging import PluggingVerbs
from virtsdk.resources.domain.devices.updating import UpdatingVerbs

if TYPE_CHECKING:
    from virtsdk.resources.domain import Domain
    from virtsdk.resources.domain.devices.disks import GuestDisks


class DeviceVerbs(PluggingVerbs, UpdatingVerbs):
    """Plugging devices in and out, changing them, changing media; the disks."""

    @property
    def disks(self) -> GuestDisks:
        """Its disks: ``guest.disks["vda"]``, ``guest.disks.frame()``."""
        from virtsdk.resources.domain.devices.disks import GuestDisks

        return GuestDisks(cast("Domain", self))
