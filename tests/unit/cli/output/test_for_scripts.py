"""JSON of the commands: any reader takes it, and no terminal is harmed by it."""

from __future__ import annotations

import json
import math

from virtsdk.cli.output import write_json


def test_what_is_no_number_is_null_and_a_control_character_is_escaped(capsys):
    write_json({"a": [math.nan, math.inf, 1.5], "b": ({"name": "\x1b[31mä"},), 3: None})
    text = capsys.readouterr().out
    assert text.isascii() and text.endswith("}\n")
    assert "\x1b" not in text
    assert json.loads(text) == {"a": [None, None, 1.5], "b": [{"name": "\x1b[31mä"}], "3": None}


def test_a_line_for_each_object_where_it_is_asked_for(capsys):
    write_json({"a": [1, 2]}, indent=None)
    assert capsys.readouterr().out == '{"a": [1, 2]}\n'
