"""What the tests of the compiler share."""

import pickle

import pytest
from xsdata.models.config import GeneratorConfig, StructureStyle

from schemas import flavour
from schemas.generate import XSD


@pytest.fixture(scope="session")
def classes():
    """What xsdata makes of the XSD: nine tenths of the work, and the same for all that do not change it."""
    config = GeneratorConfig()
    config.output.structure_style = StructureStyle.FILENAMES
    return pickle.dumps(flavour.load(sorted(XSD.glob("*.xsd")), config))


@pytest.fixture
def analysed(classes, monkeypatch):
    """Spare the test that work."""
    monkeypatch.setattr(flavour, "load", lambda paths, config: pickle.loads(classes))
