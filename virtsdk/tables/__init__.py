"""Tables of what hosts have, as a person watches them: rows, figures, filter and order.

The explorer of notebooks (`virtsdk.widgets`) and ``virtsdk top`` show the same tables: a `Source` reads a
host, a `Sheet` keeps the rows and figures of several. Nothing here needs a notebook.
"""
