from ada_tf.data.prepared import data_report
from ada_tf.data.prepared.data_report import MOST_GROUPS, MOST_NAMES, Line


def test_files_are_grouped_by_reason_and_ending_and_counted():
    found = [(f"s/{i}.OGG", "not named like an image") for i in range(3)]
    found += [("a.png", "hidden"), ("b", "hidden"), ("1.longer than an ending", "hidden")]
    found += [(f"{i}.jpg", f"truncated ({i} bytes)") for i in (7, 30)]
    assert list(data_report.section(data_report.left_out(found))) == [
        "skipped, not named like an image (.ogg): 3",
        "  s/0.OGG",
        "  s/1.OGG",
        "  s/2.OGG",
        "skipped, hidden: 2",
        "  b",
        "  1.longer than an ending",
        "skipped, truncated (N bytes) (.jpg): 2",
        "  7.jpg: truncated (7 bytes)",
        "  30.jpg: truncated (30 bytes)",
        "skipped, hidden (.png): 1",
        "  a.png",
    ]


def test_thousands_of_files_are_a_page():
    lines = list(data_report.section(Line("kind", str(number)) for number in range(10_000)))
    assert lines[0] == "kind: 10000"
    assert lines[-1] == f"  and {10_000 - MOST_NAMES} more"
    assert len(lines) == MOST_NAMES + 2
    lines = list(data_report.section(Line(f"kind {number:04}", "x") for number in range(10_000)))
    assert lines[-1] == f"of {10_000 - MOST_GROUPS} other kinds: {10_000 - MOST_GROUPS}"
    assert len(lines) == 2 * MOST_GROUPS + 1
    assert list(data_report.section([])) == []
