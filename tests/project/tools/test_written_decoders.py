"""The written decoders are what the recipe writes of the models that are there."""

from tools import written_decoders


def test_the_committed_decoders_are_up_to_date():
    assert written_decoders.main(["--check"]) == 0


def test_every_class_has_one():
    from virtsdk import models

    made = written_decoders.files()
    for name, home in models.HOMES.items():
        if getattr(models, name).__mro__[1].__name__ != "StrEnum":
            assert f"def decode_{name}(e):" in made[f"{home}.py"]


def test_what_was_edited_left_over_or_lost_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(written_decoders, "HOME", tmp_path)
    written_decoders.main([])
    assert written_decoders.main(["--check"]) == 0
    (tmp_path / "secret.py").write_text("# edited\n")
    (tmp_path / "gone.py").write_text("")
    (tmp_path / "cpu.py").unlink()
    assert "outdated: cpu.py, gone.py, secret.py" in written_decoders.main(["--check"])
    written_decoders.main([])
    assert written_decoders.main(["--check"]) == 0
    assert not (tmp_path / "gone.py").exists()
