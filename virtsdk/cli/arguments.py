"""Arguments of the command line as values; what cannot be one is a wrong argument, in words."""

from __future__ import annotations

import argparse
from pathlib import Path

from virtsdk.errors import MissingDependency


def length(text: str) -> float:
    """Read a length of time, ``30s`` or ``8h``, in seconds."""
    from virtsdk.stats.change.spacing import seconds_of

    try:
        return seconds_of(text, "it")
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def every(text: str) -> float:
    """Read what use is averaged over, ``5min``, in seconds; with its unit, from a second to a day."""
    from virtsdk.stats.change.spacing import seconds_of

    wanted = "must be a length of time with its unit, from 1s to 1d, such as 5min or 2h"
    try:
        seconds = None if text.strip().replace(".", "", 1).isdecimal() else seconds_of(text, "it")
    except ValueError:
        seconds = None
    if seconds is None or not 1 <= seconds <= 86_400:
        hides = "; an average over more than a day hides its peaks" if seconds and seconds > 86_400 else ""
        raise argparse.ArgumentTypeError(f"{wanted}, not {text!r}{hides}")
    return seconds


def directory(text: str) -> Path:
    """Read a directory of this machine."""
    if not text:  # a variable of the shell that is not set: not the working directory
        raise argparse.ArgumentTypeError("it is empty; '.' is the working directory")
    if _is_url(text):
        raise argparse.ArgumentTypeError("it must be of this machine; virtsdk compact --to URL makes copies")
    return Path(_in_utf8(text))


def document(text: str) -> str:
    """Read a file, or ``-`` for the standard input; it is shown as it was given."""
    if not text:  # a variable of the shell that is not set
        raise argparse.ArgumentTypeError("it is empty; '-' is the standard input")
    return text


def written(text: str) -> str:
    """Read a file to write; it is shown as it was given."""
    if not text:
        raise argparse.ArgumentTypeError("it is empty; it must be a file")
    return text


def place(text: str) -> Path | str:
    """Read a directory, or a URL of one elsewhere."""
    return url(text) if _is_url(text) else directory(text)


def rules(text: str) -> Path:
    """Read a directory of libvirt's RELAX NG files: of any other the rules of this package would decide."""
    if not Path(text, "domain.rng").is_file():
        raise argparse.ArgumentTypeError(
            f"it must have libvirt's RELAX NG files, domain.rng ..., not {text!r}"
        )
    return Path(text)


def url(text: str) -> str:
    """Read a URL of a directory elsewhere, ``s3://bucket/history``."""
    from virtsdk.history.parquet.elsewhere import remote

    if not _is_url(_in_utf8(text)):
        raise argparse.ArgumentTypeError(f"it must be a URL, s3://bucket/history, not {text!r}")
    try:
        remote(text)
    except (ValueError, MissingDependency) as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def uri(text: str) -> str:
    """Read the URI of a host, which is opened later."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty; it must be a URI, for example qemu:///system")
    return _in_utf8(text)


def file(text: str) -> Path:
    """Read the place of a file of this machine."""
    return Path(written(text))


def _in_utf8(text: str) -> str:
    """Refuse bytes that are no UTF-8: neither libvirt nor Parquet's reader takes them."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError(f"it must be in UTF-8, not {text!r}") from None
    return text


def _is_url(text: str) -> bool:
    from virtsdk.history.parquet.elsewhere import is_url

    return is_url(text)


def names(text: str) -> frozenset[str]:
    """Read what a recorder includes beside the figures."""
    from virtsdk.history.sampling.told import included

    try:
        return included([one.strip() for one in text.split(",")])
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def keep(text: str) -> dict[str, str]:
    """Read how long samples and roll-ups are kept, ``raw=14d,5min=2y``."""
    from virtsdk.history.retention.keep import keep_of

    parts = [one.partition("=") for one in text.split(",")]
    found = {name.strip(): length.strip() for name, _, length in parts}
    try:
        keep_of(found)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return found


def mode(text: str) -> int:
    """Read rights of files, ``640``."""
    from virtsdk.history.writing.rights import check_mode

    try:
        return check_mode(int(text, 8))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"it must be rights such as 640, not {text!r}") from error


def listen(text: str) -> tuple[str, int]:
    """Read where to serve, ``127.0.0.1:9177``."""
    from virtsdk.binding.way_in.parts import is_port

    address, colon, port = text.rpartition(":")
    address = address[1:-1] if address.startswith("[") and address.endswith("]") else address
    if not colon or not address or not (is_port(port) or port == "0"):
        raise argparse.ArgumentTypeError(f"it must be an address and a port, 127.0.0.1:9177, not {text!r}")
    return address, int(port)


def guests(text: str) -> int:
    """Read how many guests a lab has."""
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"it must be a number from 1 to 64, not {text!r}")
    return int(text)


def positive(text: str) -> int:
    """Read a number of things, 1 or more."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"it must be a whole number from 1 on, not {text!r}")
    return int(text)
