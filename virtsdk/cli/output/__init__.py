"""The output of commands: what a script reads, and streams that cannot be written."""

from virtsdk.cli.output.for_scripts import write_bytes, write_json

__all__ = ["write_bytes", "write_json"]
