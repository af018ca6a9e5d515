"""The end of a connection: whether it is still alive."""

from __future__ import annotations

import libvirt

from virtsdk.binding.farewell import alive


def test_a_driver_that_cannot_say_whether_it_is_alive_is() -> None:
    """Each has to be asked before a call; one that does not answer must not be reconnected for ever."""

    class Silent:
        def __init__(self, code: int) -> None:
            self.code = code

        def isAlive(self) -> int:  # noqa: N802
            error = libvirt.libvirtError("unused")
            error.err = (self.code, 0, "", 2, "", None, None, -1, -1)
            raise error

    assert alive(Silent(libvirt.VIR_ERR_NO_SUPPORT))
    assert not alive(Silent(libvirt.VIR_ERR_INVALID_CONN))
