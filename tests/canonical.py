"""XML documents in a form that compares: independent of the library's own code."""

BLANK = " \t\r\n"

# Elements whose children of these names are in one order, since libvirt heeds it; None: of all names.
ORDERED = {"filter": {"filterref", "rule"}, "rule": None}


def canonical(element, exact=False):
    """An element as nested tuples: name, attributes, text, children grouped by name, each group in order.

    Names whose order among each other means something are one group. Comments and white space between
    elements do not count; below ``<metadata>`` everything does, in order.
    """
    children = [child for child in element if isinstance(child.tag, str)]
    texts = [element.text or "", *(child.tail or "" for child in element)]
    if exact:
        below = [canonical_exact(child) for child in element]
        return (element.tag, tuple(sorted(element.items())), texts[0], tuple(below))
    if children:
        texts = [text for text in texts if text.strip(BLANK)]
    text = "".join(texts)
    groups = {}
    together = ORDERED.get(element.tag, ())
    for child in children:
        group = "in one order" if together is None or child.tag in together else child.tag
        groups.setdefault(group, []).append(canonical(child, exact=child.tag == "metadata"))
    return (
        element.tag,
        tuple(sorted(element.items())),
        text if text.strip(BLANK) else "",
        tuple((name, tuple(group)) for name, group in sorted(groups.items())),
    )


def canonical_exact(node):
    if not isinstance(node.tag, str):
        return (type(node).__name__, str(node), node.tail or "")
    return (
        node.tag,
        node.prefix,
        tuple(sorted(node.items())),
        node.text or "",
        tuple(canonical_exact(child) for child in node),
        node.tail or "",
    )
