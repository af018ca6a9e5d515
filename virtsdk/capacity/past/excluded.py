"""Guests that a policy leaves alone."""

from __future__ import annotations

from fnmatch import fnmatchcase

import numpy as np

from virtsdk.capacity.past.series import Bools
from virtsdk.capacity.past.usage import Usage
from virtsdk.capacity.policy import Policy


def excluded(usage: Usage, policy: Policy) -> Bools:
    """Tell of each guest whether ``Policy.exclude`` names it, by name, UUID or tag."""
    found = np.zeros(len(usage), bool)
    for one in policy.exclude:
        for guest, (name, domain, tags) in enumerate(
            zip(usage.names, usage.domains, usage.tags, strict=True)
        ):
            found[guest] |= any(fnmatchcase(str(word), one) for word in (name, domain, *tags))
    return found
