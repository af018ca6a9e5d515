"""pyarrow, which has no types of its own: what of it is used here goes by these names."""

from __future__ import annotations

from importlib import import_module
from typing import Any

pa: Any = import_module("pyarrow")
pc: Any = import_module("pyarrow.compute")
pq: Any = import_module("pyarrow.parquet")

Schema = Any  #: pyarrow.Schema
Table = Any  #: pyarrow.Table
Column = Any  #: pyarrow.ChunkedArray
