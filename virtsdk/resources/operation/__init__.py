"""Long verbs: waited for with a bar, or followed in the background as an `Operation`.

How a verb gets ``wait=``, ``progress=`` and ``timeout=``: put what it does into a function of the seconds
that it may take, and hand that to `started`::

    def save(self, path, *, timeout=None, wait=True, progress=None):
        file = on_host(path)                                   # bad arguments raise here, before a call

        def run(seconds: float | None) -> None:                # the verb as it is without wait= and progress=
            self._change("save", lambda raw: raw.saveFlags(file, None, 0), seconds)

        self._session.refuse_readonly("save", self.subject)    # at once, also where nobody waits
        return started(
            run,
            what=f"save {self.subject}",                       # in words: of the repr, of messages
            figures=self.job,                                  # None, or a value with .progress and .amount
            cancel=self.abort_job,                             # asks for its end; run raises then
            wait=wait, progress=progress, timeout=timeout,
        )

- ``wait=True, progress=None`` calls ``run(timeout)`` in the caller's thread, and that is all of it.
- ``progress="auto"`` or a function: `run` goes to a thread, the caller draws or calls.
- ``wait=False``: `run` goes to a thread with no end of time, the caller gets the `Operation`.

`figures` is asked five times a second at most, and what it raises of `VirtError` is passed over; `Job` will
do, and `Amount` where there is no class of one's own. ``ready`` says that a job waits to be told how it
ends: a block copy before its pivot. ``again`` takes over when the connection is lost: it is given the
`ConnectionLost`, and gives the result or raises; `followed` does that for whatever has figures. A method
with `wait` has two overloads: ``wait: Literal[True] = True`` gives T, ``wait: Literal[False]`` gives
``Operation[T]``.
"""

from virtsdk.resources.operation.figures import Amount, Figures, Progress, Tally
from virtsdk.resources.operation.following import followed, patience_with
from virtsdk.resources.operation.operation import Operation, OperationState
from virtsdk.resources.operation.starting import started

__all__ = [
    "Amount",
    "Figures",
    "Operation",
    "OperationState",
    "Progress",
    "Tally",
    "followed",
    "patience_with",
    "started",
]
