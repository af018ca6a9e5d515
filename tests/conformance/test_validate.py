"""libvirt's verdict on its own documents, and where its objections are."""

from virtsdk import xml
from virtsdk.models.domain import DomainDef


def test_what_libvirt_rejects_has_findings_with_a_place(documents):
    rejected = located = 0
    for document in documents:
        findings = xml.validate(document.data)
        if findings:
            rejected += 1
            located += all(finding.path or finding.expected for finding in findings)
            assert all(finding.line for finding in findings), str(document)
    assert rejected > 50
    assert located > 0.8 * rejected


def test_a_model_gets_the_verdict_of_its_document(documents):
    """Reading and writing changes no verdict."""
    for document in documents[::10]:
        model = xml.parse(document.data)
        if isinstance(model, DomainDef):
            assert bool(xml.validate(model)) == bool(xml.validate(document.data)), str(document)
