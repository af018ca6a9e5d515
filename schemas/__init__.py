"""The recipe that makes the typed models: RELAX NG -> XSD 1.1 -> dataclasses (see ``schemas/README.md``)."""
