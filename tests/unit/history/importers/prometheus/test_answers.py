"""JSON of Prometheus: the forms that it has, and what is none, named by file, line and what to do."""

from __future__ import annotations

import io
import json

import pytest

from virtsdk.errors import RecordingError
from virtsdk.history.importers.prometheus.answers import series_of_json
from virtsdk.history.importers.prometheus.importer import import_prometheus

SERIES = {"metric": {"__name__": "up", "instance": "a:1"}, "values": [[1.5, "2"], [3, "NaN"]]}
LINE = {"metric": {"__name__": "up"}, "values": [2, None, "1e3"], "timestamps": [1500, 2500, 3500]}


def read(document):
    return series_of_json(document if isinstance(document, str) else json.dumps(document), "f.json")


@pytest.mark.parametrize(
    "document",
    [
        {"status": "success", "data": {"resultType": "matrix", "result": [SERIES]}},
        {"resultType": "matrix", "result": [SERIES]},
        {"result": [SERIES]},
        SERIES,
        [SERIES],
        json.dumps({"data": {"result": [SERIES]}}, indent=2),
        json.dumps(SERIES) + "\n",
    ],
)
def test_forms_of_an_answer(document):
    (one,) = read(document).series
    assert one.labels["instance"] == "a:1"
    assert one.times.tolist() == [1_500_000, 3_000_000]
    assert one.values[0] == 2 and one.values[1] != one.values[1]


def test_lines_of_an_export_and_of_answers():
    found = read("\n".join(json.dumps(one) for one in (LINE, LINE, {"result": [SERIES]})))
    assert found.series[0].times.tolist() == [1_500_000, 2_500_000, 3_500_000]
    assert found.series[0].values.tolist()[::2] == [2.0, 1000.0]
    assert len(found.series) == 3


def test_an_answer_of_one_moment():
    answer = {"data": {"resultType": "vector", "result": [{"metric": {"__name__": "up"}, "value": [7, "1"]}]}}
    (one,) = read(answer).series
    assert (one.times.tolist(), one.values.tolist()) == ([7_000_000], [1.0])


def test_only_answers_by_steps_are_stepped():
    assert not read(json.dumps(LINE)).stepped
    assert read({"result": [{**SERIES, "values": [[t, "1"] for t in (0, 15, 30, 60)]}]}).stepped
    assert not read({"result": [{**SERIES, "values": [[t, "1"] for t in (0, 15, 29, 60)]}]}).stepped


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ('{"data": ', r"f.json: no JSON \(column 10: Expecting value\): is the file complete"),
        (json.dumps(LINE) + '\n{"metric"', r"f.json, line 2: no JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[" + "9" * 5000 + "]", "f.json: no JSON: Exceeds the limit"),
        ({"status": "error", "error": "bad query"}, "the server gave an error, bad query"),
        (
            {"data": {"resultType": "scalar", "result": [1, "2"]}},
            "expected series .* not resultType 'scalar'",
        ),
        ({"data": {"result": {"a": 1}}}, "'result' must be a list, not dict"),
        ({"panels": [], "title": "x"}, "no answer of query_range .* it has 'panels', 'title'"),
        ("17", r"expected an answer of Prometheus, not int \(17\)"),
        ({"result": [{"values": []}]}, "result 0: 'metric' must be labels .* not nothing"),
        ({"result": [{"metric": {"a": 1}, "values": []}]}, "'metric' must be labels"),
        ({"result": [{"metric": {}, "values": [[1, "x"]]}]}, "must be pairs of seconds .* 'x'"),
        ({"result": [{"metric": {}, "values": [[1, "1", 2], [1]]}]}, "result 0"),
        ({"result": [{"metric": {}, "values": [[1]]}]}, "pairs of a time and a value"),
        ({"result": [{"metric": {}, "values": 5}]}, "must be pairs"),
        ({"result": [{"metric": {}}]}, "must be pairs"),
        ({"result": [{"metric": {}, "values": [["x", "1"]]}]}, "must be pairs"),
        ({"result": [{"metric": {}, "values": [[1e300, "1"]]}]}, "a time is none, or outside the years"),
        ('{"result": [{"metric": {}, "values": [[NaN, "1"]]}]}', "a time is none"),
        ({**LINE, "timestamps": [1]}, "3 values and 1 timestamps: is it complete"),
        ({**LINE, "values": [[1], [2], [3]]}, "values"),
        ({**LINE, "values": ["a", 1, 2]}, "must be lists of numbers"),
    ],
)
def test_what_is_none_says_where_and_what_to_do(document, says):
    with pytest.raises(RecordingError, match=says):
        read(document)


def test_a_file_that_is_not_there_or_empty_is_named(tmp_path):
    with pytest.raises(RecordingError, match=r"none\.json cannot be read: No such file"):
        import_prometheus(tmp_path / "none.json")
    (tmp_path / "empty.json").write_bytes(b"")
    with pytest.raises(RecordingError, match=r"empty\.json is empty"):
        import_prometheus(tmp_path / "empty.json")
    (tmp_path / "cut.gz").write_bytes(b"\x1f\x8b\x08\x00")
    with pytest.raises(RecordingError, match=r"cut\.gz cannot be read"):
        import_prometheus(tmp_path / "cut.gz")
    with pytest.raises(RecordingError, match=r"neither JSON nor text in UTF-8: byte 4 is none"):
        import_prometheus(io.BytesIO(b"abcd\xff"))
    with pytest.raises(TypeError, match="source must be a file, several, or an open one, not int"):
        import_prometheus(3)
    with pytest.raises(ValueError, match="not an empty list"):
        import_prometheus([])


def test_two_values_of_one_time_are_refused_and_the_same_twice_is_one():
    name = {"__name__": "libvirt_domain_info_cpu_time_seconds_total", "domain": "a", "instance": "h:1"}

    def found(values):
        return import_prometheus(
            io.BytesIO(json.dumps({"result": [{"metric": name, "values": values}]}).encode())
        )

    domains = found([[30, "2"], [10, "1"], [30, "2"], [20, "1"]]).frames["domains"]
    assert domains["cpu_time_seconds_total"].tolist() == [1, 1, 2]
    with pytest.raises(RecordingError, match="two values at 1970-01-01T00:00:30 UTC, 2 and 3"):
        found([[30, "2"], [30, "3"]])
