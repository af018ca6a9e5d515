"""The commands, in the order in which the help lists them."""

from virtsdk.cli.command import Command
from virtsdk.cli.commands.check import CHECK
from virtsdk.cli.commands.compact import COMPACT
from virtsdk.cli.commands.convert import CONVERT
from virtsdk.cli.commands.demo import DEMO
from virtsdk.cli.commands.diff import DIFF
from virtsdk.cli.commands.exporter import EXPORTER
from virtsdk.cli.commands.headroom import HEADROOM
from virtsdk.cli.commands.record import RECORD
from virtsdk.cli.commands.report import REPORT
from virtsdk.cli.commands.top import TOP
from virtsdk.cli.commands.validate import VALIDATE

COMMANDS: tuple[Command, ...] = (
    DEMO, TOP, HEADROOM, RECORD, EXPORTER, CHECK, COMPACT, REPORT, DIFF, VALIDATE, CONVERT,
)  # fmt: skip
