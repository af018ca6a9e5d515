"""The hand-written base of the generated dataclasses in `virtsdk.models`.

A model is a dataclass with slots: set what you need, leave the rest. Everything that the schema does not know
stays with it in ``extras``, so that a document that was read is written back whole (`virtsdk.xml`).

A field takes a value in the form in which people have it, and gives it back in one form:

========================= ========================================== =====================
field                     takes                                      gives
========================= ========================================== =====================
text                      text, a path, a UUID, a whole number       ``str``
number                    a whole number (numpy's too), its text     ``int``
one of some words         the word or the member of its enumeration  the member
presence                  True, ``Empty()``; False removes it        ``Empty()``, which is true
the same, with options    True, the model; False removes it          the model
a size                    ``GiB(8)``, a number of its default unit   the model, with ``.bytes``
an element around a text  the text or number itself                  the model
one about an attribute    its value: ``boots=["hd"]``                the model
free XML                  its text                                   the model; false for none
========================= ========================================== =====================

None stands for what is not written. Anything else is a TypeError at once; what was put into a list is looked
at when the model is written.
"""

from typing import TYPE_CHECKING

from virtsdk.model._base import Empty, Model, Scaled
from virtsdk.model._extras import Extras, Leaf, Place, Stray, beyond
from virtsdk.model._fields import SECRET, Kind, field, kinds, model
from virtsdk.model._forms import (
    Amount,
    Free,
    Named,
    NamedParts,
    Number,
    Numbers,
    Part,
    Parts,
    Switch,
    Text,
    Texts,
    Word,
    Worded,
    WordedParts,
    Words,
)
from virtsdk.model._free import FreeXml
from virtsdk.model._secrets import MASK, SECRET_NAMES, SECRET_WORDS, is_secret_name, masked
from virtsdk.model._taking import settle
from virtsdk.model._views import View, view

if TYPE_CHECKING:
    from virtsdk.model._forms import Flag
else:
    Flag = Empty | None

__all__ = [
    # the classes
    "Model",
    "Empty",
    "Scaled",
    "FreeXml",
    # what a model carries along
    "Extras",
    "Leaf",
    "Place",
    "Stray",
    # what is masked where it is shown
    "SECRET_NAMES",
    "SECRET_WORDS",
    # how a class is declared
    "model",
    "field",
    "view",
    "Text",
    "Texts",
    "Number",
    "Numbers",
    "Word",
    "Words",
    "Flag",
    "Part",
    "Parts",
    "Amount",
    "Worded",
    "Free",
    "Switch",
    "Named",
    "NamedParts",
    "WordedParts",
    # for the codec
    "Kind",
    "View",
    "kinds",
    "beyond",
    "is_secret_name",
    "masked",
    "settle",
    "SECRET",
    "MASK",
]
