"""Charts of answers about room (extra ``[plot]``); as `virtsdk.display.charts`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from virtsdk.display import listing
from virtsdk.display.bars import bars, full_mark, words_clear
from virtsdk.display.chart_style import (
    BLUE,
    GREY,
    RED,
    STEP,
    TEAL,
    WIDTH,
    labels,
    load_altair,
    nothing,
    percent_axis,
    row_header,
    styled,
)
from virtsdk.display.text import count, resource_words, shorten, size

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.display.chart_style import Chart

_MOST = 20


def two_ways(frame: pd.DataFrame, *, interactive: bool = False) -> Chart:
    """Draw what is promised beside what is used, two bars a resource and host; 100 % is full.

    Parameters
    ----------
    frame
        `HeadroomReport.frame` with demand: the shares, ``vcpus_demand_share``, ``memory_demand_share``.
    interactive
        With tooltips.
    """
    title = "Headroom: promised and used"
    rows: list[dict[str, Any]] = []
    for row in listing.records(frame):
        host = shorten(str(row["host"]), 30)
        for resource, stem in (("vCPUs", "vcpus"), ("memory", "memory")):
            for how, column in (("promised", f"{stem}_share"), ("used", f"{stem}_demand_share")):
                share = row[column]
                said = f"{'not known' if share is None else percent(share)} {how}"
                if share is not None and share > 1:
                    said += ", above the policy" if how == "promised" else ", more than there is"
                colour = RED if share is not None and share > 1 else BLUE if how == "promised" else TEAL
                tip = f"{host}, {resource}: {said}"
                rows.append(
                    {
                        "host": host, "what": resource, "how": how, "value": share, "said": said,
                        "colour": colour, "tip": tip,
                    }
                )  # fmt: skip
    if not rows:
        return nothing(title, frame)
    alt = load_altair()
    top = max([1.0, *(row["value"] for row in rows if row["value"] is not None)])
    room = 1.75 if top > 1 else 1.3
    words_clear(rows, WIDTH / (room * top), mark=1)
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("what:N", title=None, sort=["vCPUs", "memory"], axis=alt.Axis(minExtent=56)),
        yOffset=alt.YOffset("how:N", sort=["promised", "used"]),
        x=alt.X(
            "value:Q",
            title="promised: of what the policy allows; used: of what is there",
            axis=percent_axis(alt),
            scale=alt.Scale(domain=[0, top * room]),
        ),
    )
    drawn = base.mark_bar().encode(
        color=alt.Color("colour:N", scale=None), tooltip=["host:N", "what:N", "said:N"], description="tip:N"
    )
    words = base.mark_text(align="left", dx=5, color=GREY, fontSize=10).encode(x="end:Q", text="said:N")
    chart = alt.layer(drawn, words, full_mark(alt, base)).properties(width=WIDTH, height=2.5 * STEP)
    facets = chart.facet(row=alt.Row("host:N", title=None, sort=None, header=row_header(alt)), spacing=8)
    return styled(facets, title, interactive=interactive)


def failures(frame: pd.DataFrame, title: str, *, others: bool = True, interactive: bool = False) -> Chart:
    """Draw how much of the room left each failure needs, the first rows of the frame.

    Parameters
    ----------
    frame
        `NPlusReport.frame`: failed, ok, share.
    title
        The title of the chart.
    others
        Hosts are left that may take guests.
    interactive
        With tooltips.
    """
    words = {True: "fits", False: "does not fit", None: "not decided"}
    if not others:
        words[False] = "nothing to fail over to"
    rows = [
        {
            "what": shorten(str(row["failed"]) or "any", 30),
            "value": _drawn(row["share"]),
            "said": f"{words[row['ok']]}, {percent(row['share'])}" if others else words[row["ok"]],
            "colour": RED if row["ok"] is False else GREY if row["ok"] is None else BLUE,
        }
        for row in listing.records(frame.head(_MOST))
    ]
    return bars(frame, rows, "of the room left on the others", title, interactive=interactive, scale="share")


def guests_left(frame: pd.DataFrame, *, interactive: bool = False) -> Chart:
    """Draw how many more guests each host takes.

    Parameters
    ----------
    frame
        `GuestsLeft.frame`: host, more, stopped_by.
    interactive
        With tooltips.
    """
    rows = [
        {
            "what": shorten(str(row["host"]), 30),
            "value": row["more"],
            "said": _more(row["more"], row["stopped_by"]),
            "colour": BLUE,
        }
        for row in listing.records(frame)
    ]
    return bars(frame, rows, "more guests", "Guests that still fit", interactive=interactive, scale="whole")


def changes(frame: pd.DataFrame, *, interactive: bool = False) -> Chart:
    """Draw the memory that comes to each host and leaves it, the most changed first.

    Parameters
    ----------
    frame
        `FleetDiff.frame`: change, from, to, memory_bytes_before, memory_bytes_after.
    interactive
        With tooltips.
    """
    title = "What changed"
    come: dict[str, list[int]] = {}
    leave: dict[str, list[int]] = {}
    for row in listing.records(frame):
        before, after = row["memory_bytes_before"] or 0, row["memory_bytes_after"] or 0
        there = row["to"] or ("no host" if row["change"] == "unplaced" else None)
        ends = [(row["from"], -before), (there, after)] if row["from"] != there else [(there, after - before)]
        for host, much in ends:
            if host is not None:
                (come if much >= 0 else leave).setdefault(host, []).append(abs(much))
    sums = {host: sum(come.get(host, ())) + sum(leave.get(host, ())) for host in (*come, *leave)}
    rows: list[dict[str, Any]] = []
    for host in sorted(sums, key=lambda one: (-sums[one], one))[:_MOST]:
        said = [
            f"{verb} {count(len(much), 'guest')}, {size(sum(much))}"
            for verb, much in (("+", come.get(host)), ("\N{MINUS SIGN}", leave.get(host)))
            if much
        ]
        for sign, much in ((1, come.get(host)), (-1, leave.get(host))):
            if much:
                colour = RED if host == "no host" else BLUE if sign > 0 else GREY
                rows.append(
                    {
                        "what": shorten(host, 30), "value": sign * sum(much) / 2**30,
                        "end": sum(come.get(host, ())) / 2**30, "said": "; ".join(said), "colour": colour,
                    }
                )  # fmt: skip
                said = [] if sign > 0 else said
    return bars(frame, rows, "GiB that leave, and that come", title, interactive=interactive)


def rules(frame: pd.DataFrame, title: str, *, interactive: bool = False) -> Chart:
    """Draw how much of what may be needed each rule says a failure needs, and its verdict.

    Parameters
    ----------
    frame
        ``rule``, ``ok`` and ``share`` of each rule.
    title
        The title of the chart.
    interactive
        With tooltips.
    """
    words = {True: "survives", False: "does not survive", None: "not decided"}
    rows = [
        {
            "what": str(row["rule"]),
            "value": _drawn(row["share"]),
            "said": f"{words[row['ok']]}, {percent(row['share'])}",
            "colour": RED if row["ok"] is False else GREY if row["ok"] is None else BLUE,
        }
        for row in listing.records(frame)
    ]
    unit = "of what the rule says there is for it"
    return bars(frame, rows, unit, title, interactive=interactive, scale="share")


def migrations(frame: pd.DataFrame, title: str, *, interactive: bool = False) -> Chart:
    """Draw when each guest moves, the first moves of the frame; red where one would not converge.

    Parameters
    ----------
    frame
        `MigrationsReport.frame`: step, name, to, memory_bytes, begin_seconds, seconds, downtime.
    title
        The title of the chart.
    interactive
        With tooltips.
    """
    if not len(frame):
        return nothing(title, frame)
    alt = load_altair()
    rows: list[dict[str, Any]] = []
    stand = 0.0
    minute, unit = (60, "minutes") if _length(frame) >= 120 else (1, "seconds")
    for row in listing.records(frame.head(_MOST)):
        ends = row["seconds"] is not None
        begin = stand if row["begin_seconds"] is None else row["begin_seconds"]
        stand = begin + (row["seconds"] or 0)
        said = f"{size(row['memory_bytes'])}, {_time(row['seconds'])}" if ends else "does not converge"
        what = f"{row['step']}. {shorten(str(row['name']), 24)} to {shorten(str(row['to']), 24)}"
        rows.append(
            {
                "what": what, "begin": begin / minute, "end": stand / minute, "said": said,
                "colour": BLUE if ends else RED, "tip": f"{what}: {said}",
            }
        )  # fmt: skip
    top = max(stand / minute, 1e-9)
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("what:N", title=None, sort=None, axis=labels(alt, (one["what"] for one in rows))),
    )
    drawn = base.mark_bar(minBandSize=2).encode(
        x=alt.X("begin:Q", title=f"{unit} since the first began", scale=alt.Scale(domain=[0, top * 1.35])),
        x2="end:Q",
        color=alt.Color("colour:N", scale=None),
        tooltip=["what:N", "said:N"],
        description="tip:N",
    )
    words = base.mark_text(align="left", dx=5).encode(
        x="end:Q", text="said:N", color=alt.Color("words:N", scale=None)
    )
    for row in rows:
        row["words"] = RED if row["colour"] == RED else GREY
    chart = alt.layer(drawn, words).properties(width=WIDTH, height=alt.Step(STEP))
    return styled(chart, title, interactive=interactive)


def placement(frame: pd.DataFrame, title: str, *, interactive: bool = False) -> Chart:
    """Draw how many guests each host holds in a placement.

    Parameters
    ----------
    frame
        `PlacementReport.frame`: host, to.
    title
        The title of the chart.
    interactive
        With tooltips.
    """
    before, after = frame["host"].value_counts(), frame["to"].value_counts()
    names = sorted(set(before.index) | set(after.index), key=lambda name: (-after.get(name, 0), name))
    rows = [
        {
            "what": shorten(str(name), 30),
            "value": int(after.get(name, 0)),
            "said": f"{int(after.get(name, 0))} (now {int(before.get(name, 0))})",
            "colour": BLUE,
        }
        for name in names[:_MOST]
    ]
    return bars(frame, rows, "guests", title, interactive=interactive, scale="whole")


def shares(frame: pd.DataFrame, title: str, *, interactive: bool = False) -> Chart:
    """Draw the largest share of each host, before and after moves; those over their capacity in red.

    Parameters
    ----------
    frame
        `RebalanceReport.shares`: host, before, after.
    title
        The title of the chart.
    interactive
        With tooltips.
    """
    fullest = frame.sort_values(["before", "host"], ascending=[False, True], kind="stable").head(_MOST // 2)
    rows = [
        {
            "what": shorten(str(row["host"]), 30),
            "how": when,
            "value": _drawn(row[when]),
            "said": f"{percent(row[when], 'no capacity')} {when}",
            "colour": RED if row[when] > 1 else GREY if when == "before" else BLUE,
        }
        for row in listing.records(fullest)
        for when in ("before", "after")
    ]
    return bars(frame, rows, "of what may be committed", title, interactive=interactive, scale="share")


def rounds(frame: pd.DataFrame, title: str, *, interactive: bool = False) -> Chart:
    """Draw the memory that each round of a migration sends.

    Parameters
    ----------
    frame
        `MigrationReport.frame`: round, sent_bytes, seconds.
    title
        The title of the chart.
    interactive
        With tooltips.
    """
    rows = [
        {
            "what": f"round {row['round']}",
            "value": row["sent_bytes"] / 2**30,
            "said": f"{size(row['sent_bytes'])}, {row['seconds']:.3g} s",
            "colour": BLUE,
        }
        for row in listing.records(frame.head(_MOST))
    ]
    return bars(frame, rows, "GiB sent", title, interactive=interactive)


def percent(share: float, none: str = "no room") -> str:
    """Write a share; `none` where it is one of nothing."""
    return none if share == float("inf") else f"{100 * share:.0f} %"


def _more(number: int | None, scarce: str | None) -> str:
    return "not known" if number is None else f"{number}, {resource_words(scarce)}"


def _length(frame: pd.DataFrame) -> float:
    """Return how many seconds the moves take that are drawn."""
    drawn = frame.head(_MOST)
    ends = (drawn["begin_seconds"].fillna(0) + drawn["seconds"].fillna(0)).max()
    return max(float(ends), float(drawn["seconds"].sum()) if drawn["begin_seconds"].isna().any() else 0.0)


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def _drawn(share: float) -> float | None:
    return None if share == float("inf") else share
