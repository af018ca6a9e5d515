"""The page of the catalogue is made of the catalogue."""

from tools import catalogue_page
from virtsdk.stats import catalogue


def test_the_committed_page_is_up_to_date():
    assert catalogue_page.main(["--check"]) == 0


def test_every_column_and_every_fact_is_on_it():
    page = catalogue_page.page()
    sections = {part.partition("\n")[0]: part for part in page.split("\n## ")[1:]}
    for row in catalogue().to_dict("records"):
        start = f"| `{row['column']}` |"
        line = next(one for one in sections[row["frame"]].splitlines() if one.startswith(start))
        for fact in set(row) - {"frame", "grain", "definition"}:
            assert row[fact].replace("|", "\\|") in line, (row["column"], fact)


def test_a_page_that_was_edited_is_noticed(tmp_path, monkeypatch):
    edited = tmp_path / "catalogue.md"
    edited.write_text(catalogue_page.page() + "\nmore\n", encoding="utf-8")
    monkeypatch.setattr(catalogue_page, "PAGE", edited)
    assert "outdated" in catalogue_page.main(["--check"])
    catalogue_page.main([])
    assert catalogue_page.main(["--check"]) == 0


def test_every_column_that_answers_a_question_exists():
    table = catalogue()
    known = {(row["frame"], row["column"]) for row in table.to_dict("records")}
    for one in catalogue_page.questions():
        assert one["question"].endswith("?")
        for frame, columns in catalogue_page.answers(one["columns"]):
            for column in columns:
                assert (frame, column) in known, (one["question"], frame, column)


def test_every_frame_of_more_than_labels_answers_a_question():
    asked = {
        frame for one in catalogue_page.questions() for frame, _ in catalogue_page.answers(one["columns"])
    }
    assert {*catalogue()["frame"]} - asked == {
        "iothreads",
        "cache_monitors",
        "node.cpus",
        "node.total",
        "node.pressure",
        "other",
    }


def test_a_frame_is_where_the_page_says():
    """Of the classes: every attribute that a source names is one."""
    from virtsdk import stats

    kinds = {
        "host.stats()": stats.Stats,
        "host.node_stats()": stats.NodeStats,
        "host.storage_stats()": stats.StorageStats,
        "host.guest_stats()": stats.GuestStats,
        "host.job_stats()": stats.JobStats,
        "rates(...)": stats.Rates,
        "node_rates(...)": stats.NodeRates,
    }
    for frame in {*catalogue()["frame"]}:
        call, _, name = catalogue_page.source(frame).rpartition(".")
        assert hasattr(kinds[call], name), frame


def test_a_link_leads_to_a_heading():
    import re

    page = catalogue_page.page()
    headings = {
        re.sub(r"[^\w-]", "", one.lower().replace(" ", "-"))
        for one in re.findall(r"^## (.*)$", page, re.MULTILINE)
    }
    assert {*re.findall(r"\]\(#([^)]+)\)", page)} <= headings
