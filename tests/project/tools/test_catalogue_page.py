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
