"""Where alerts go: files of JSON lines, feeds, commands; what happens when one of them fails."""

import io
import json
import os
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from search import alerting
from search.alerts import command, delivering
from search.alerts.journal import key_of
from search.errors import ConfigError
from tests.unit.alerts.desk import article

ATOM = "{http://www.w3.org/2005/Atom}"
NASTY = "]]><script>alert('&')</script> \x00\x08\x1b[31m \ufffe \U0001f600 贸易 \u202e <!--"


def lines(path):
    return [json.loads(line) for line in Path(path).read_bytes().splitlines()]


def python(code):
    return f'command:{sys.executable} -c "{code}"'


# --- what is a target ---


def test_texts_become_targets(tmp_path):
    texts = [
        "jsonl:a.jsonl",
        "b.jsonl",
        "-",
        "jsonl:-",
        "atom:feeds",
        "command:mail -s 'two words' me",
    ]
    targets = alerting.targets_of(texts, tmp_path)
    assert [target.name for target in targets] == [
        f"jsonl:{tmp_path / 'a.jsonl'}", f"jsonl:{tmp_path / 'b.jsonl'}", "jsonl:-",
        f"atom:{tmp_path / 'feeds'}", "command:mail -s 'two words' me",
    ]  # fmt: skip
    assert targets[0].path == tmp_path / "a.jsonl"


def test_the_name_of_a_target_is_a_text_for_the_same_target(tmp_path):
    """So settings can be anchored where their file lies before they are handed on."""
    texts = ["a.jsonl", "-", "atom:my feeds", "command:mail -s 'it''s' \"$HOME\" 'a b'"]
    names = [target.name for target in alerting.targets_of(texts, tmp_path)]
    assert [target.name for target in alerting.targets_of(names)] == names


def test_relative_paths_begin_where_we_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert alerting.targets_of(["x.jsonl"])[0].path == tmp_path / "x.jsonl"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "mail:me",
        "atom:",
        "jsonl: ",
        "command:",
        "command:'",
        "command:''",
        "feeds",
        "atom:\0",
        7,
        "http://x/y",
    ],
)
def test_anything_else_is_refused_in_one_sentence(text):
    with pytest.raises(
        ConfigError, match="give jsonl:FILE, jsonl:-, atom:FOLDER or command:"
    ) as caught:
        alerting.targets_of([text, "-"])
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)


def test_all_mistakes_are_told_at_once():
    with pytest.raises(ConfigError, match="'one' is no target; 'two' is no target"):
        alerting.targets_of(["one", "two"])


# --- JSON lines ---


def test_lines_are_added(desk, tmp_path):
    out = tmp_path / "out.jsonl"
    desk.save("trade", "trade")
    assert desk.run(article("a", "trade"), to=[f"jsonl:{out}"]) == (1, 1)
    assert desk.run(article("b", "trade"), article("c", "trade"), to=[f"jsonl:{out}"]) == (2, 2)
    assert [one["id"] for one in lines(out)] == ["a", "b", "c"]
    assert [one["number"] for one in lines(out)] == [1, 2, 3]
    assert out.read_bytes() == (desk.folder / "alerts.jsonl").read_bytes()


def test_standard_output_gets_lines(local, monkeypatch):
    written = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", written)
    local.save("trade", "trade")
    local.run(article("a", "trade 贸易", title=NASTY), to=["-"])
    text = written.buffer.getvalue().decode()
    assert json.loads(text)["title"] == NASTY
    assert not {"\x1b", "\x00", "\u202e"} & set(text)


def test_half_a_line_is_followed_by_whole_ones(local, tmp_path):
    out = tmp_path / "out.jsonl"
    out.write_text('{"half')
    local.save("trade", "trade")
    local.run(article("a", "trade"), to=[str(out)])
    half, whole = out.read_text().splitlines()
    assert (half, json.loads(whole)["id"]) == ('{"half', "a")


def test_a_file_that_cannot_be_written_is_tried_again(local, tmp_path):
    out = tmp_path / "no" / "out.jsonl"
    local.save("trade", "trade")
    assert local.run(article("a", "trade"), to=[str(out)]) == (1, 0)
    assert local.failed[0] == (
        f"The alerts for jsonl:{out} were not delivered: No such file or directory;"
        f" the next run tries again."
    )
    out.parent.mkdir()
    assert local.fire(str(out)) == (0, 1)
    assert local.failed == ()
    assert [one["id"] for one in lines(out)] == ["a"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_with_no_reader_does_not_stop_the_job(local, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    local.save("trade", "trade")
    assert local.run(article("a", "trade"), to=[f"jsonl:{tmp_path / 'pipe'}"]) == (1, 0)
    assert "it is no file" in local.failed[0]


@pytest.mark.parametrize("kind", ["jsonl:{}/alerts.jsonl", "atom:{}", "atom:{}/feeds"])
def test_a_target_in_the_folder_of_the_index_is_refused(local, kind):
    local.save("trade", "trade")
    assert local.run(article("a", "trade"), to=[kind.format(local.folder)]) == (1, 0)
    assert "folder of the index" in local.failed[0]
    assert local.told() == [("trade", "a")]


@pytest.mark.parametrize("target", ["jsonl:{}/out.jsonl", "jsonl:{}", "atom:{}"])
def test_a_target_behind_links_that_go_in_a_circle_is_told(local, tmp_path, target):
    circle = tmp_path / "circle"
    circle.symlink_to(circle)
    local.save("trade", "trade")
    assert local.run(article("a", "trade"), to=[target.format(circle)]) == (1, 0)
    assert "were not delivered" in local.failed[0]


def test_a_new_target_begins_with_the_run_that_names_it(local, tmp_path):
    out = tmp_path / "out.jsonl"
    local.save("trade", "trade")
    local.run(article("a", "trade"))
    assert local.fire(str(out)) == (0, 0)
    assert local.run(article("b", "trade"), to=[str(out)]) == (1, 1)
    assert [one["id"] for one in lines(out)] == ["b"]


def test_a_target_that_comes_back_is_told_what_it_missed(local, tmp_path):
    out = tmp_path / "out.jsonl"
    local.save("trade", "trade")
    local.run(article("a", "trade"), to=[str(out)])
    local.run(article("b", "trade"))
    assert local.fire(str(out)) == (0, 1)
    assert [one["id"] for one in lines(out)] == ["a", "b"]


def test_many_alerts_go_in_batches(local, tmp_path, monkeypatch):
    monkeypatch.setattr(delivering, "_BATCH", 2)
    out = tmp_path / "out.jsonl"
    local.save("trade", "trade")
    assert local.run(*(article(str(n), "trade") for n in range(7)), to=[str(out)]) == (7, 7)
    assert [one["number"] for one in lines(out)] == list(range(1, 8))


# --- Atom ---


def test_a_feed_is_valid_atom(desk, tmp_path):
    desk.save("trade", 'trade <b> & "war"')
    desk.run(
        article(
            "a",
            f"trade b war {NASTY}",
            title=NASTY,
            source=NASTY,
            url="https://example.org/?a=1&b=2",
        ),
        to=[f"atom:{tmp_path / 'feeds'}"],
    )
    root = ET.parse(tmp_path / "feeds" / "trade.atom").getroot()
    assert root.tag == f"{ATOM}feed"
    assert root.findtext(f"{ATOM}id") == "tag:duowen,2026:saved/trade"
    assert root.findtext(f"{ATOM}title") == "trade"
    assert root.findtext(f"{ATOM}updated") == "2024-05-15T08:30:00Z"
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "duowen"
    [entry] = root.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == "tag:duowen,2026:alert/" + key_of("trade", "a")
    left = "".join(character for character in NASTY if character not in "\x00\x08\x1b\ufffe")
    assert entry.findtext(f"{ATOM}title") == left
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == left
    assert (
        entry.findtext(f"{ATOM}updated")
        == entry.findtext(f"{ATOM}published")
        == "2024-05-15T08:30:00Z"
    )
    assert entry.find(f"{ATOM}link").attrib == {
        "rel": "alternate",
        "href": "https://example.org/?a=1&b=2",
    }
    assert "trade b war ]]>" in entry.findtext(f"{ATOM}summary")


@pytest.mark.parametrize(
    "url", ["", "javascript:alert(1)", "file:///etc/passwd", "http://x/ y", "https://x/<"]
)
def test_an_entry_whose_url_is_none_has_content(local, tmp_path, url):
    local.save("trade", "trade")
    local.run(article("a", "trade", url=url, precision="day"), to=[f"atom:{tmp_path / 'feeds'}"])
    [entry] = ET.parse(tmp_path / "feeds" / "trade.atom").getroot().findall(f"{ATOM}entry")
    assert entry.find(f"{ATOM}link") is None
    assert entry.findtext(f"{ATOM}content") == "trade"
    assert entry.find(f"{ATOM}published") is None
    assert entry.findtext(f"{ATOM}title") == "a"


def test_a_feed_has_the_last_hundred_newest_first(local, tmp_path):
    feeds = f"atom:{tmp_path / 'feeds'}"
    local.save("卫星", "trade")
    local.save("other", "weather")
    local.run(*(article(f"n{n:03}", "trade") for n in range(103)), to=[feeds])
    local.run(article("last", "trade"), to=[feeds])
    root = ET.parse(tmp_path / "feeds" / "卫星.atom").getroot()
    titles = [entry.findtext(f"{ATOM}title") for entry in root.findall(f"{ATOM}entry")]
    assert titles == ["last", *(f"n{n:03}" for n in range(102, 3, -1))]
    assert os.listdir(tmp_path / "feeds") == ["卫星.atom"]


def test_a_feed_is_replaced_whole_and_ids_stay(local, tmp_path):
    feeds = f"atom:{tmp_path}"
    local.save("trade", "trade")

    def ids():
        root = ET.parse(tmp_path / "trade.atom").getroot()
        return [entry.findtext(f"{ATOM}id") for entry in root.findall(f"{ATOM}entry")]

    local.run(article("a", "trade"), to=[feeds])
    before = ids()
    local.run(article("b", "trade"), to=[feeds])
    assert ids()[1:] == before


# --- commands ---


def test_a_command_gets_json_once_for_each_search(desk, tmp_path):
    out = tmp_path / "got"
    code = f"import sys; open({str(out)!r}, 'a').write(sys.stdin.read() + chr(10)); print('noise')"
    desk.save("trade", "trade")
    desk.save("all", "trade OR weather")
    assert desk.run(
        article("a", "trade", title=NASTY), article("b", "weather"), to=[python(code)]
    ) == (3, 3)
    first, second = lines(out)
    assert (first["schema_version"], first["search"], first["query"]) == (
        1,
        "all",
        "trade OR weather",
    )
    assert sorted(one["id"] for one in first["alerts"]) == ["a", "b"]
    assert [one["title"] for one in second["alerts"]] == [NASTY]


def test_no_shell_reads_a_command(local, tmp_path):
    local.save("trade", "trade")
    local.run(
        article("$(touch x)", "trade"), to=[f"command:echo > {tmp_path / 'x'} ; false | $HOME"]
    )
    assert local.failed == ()
    assert not (tmp_path / "x").exists()


def test_a_command_that_fails_is_told_and_tried_again(local, tmp_path):
    """Only for the search that it refused; the others are not told twice."""
    mark, out = tmp_path / "mark", tmp_path / "out"
    code = (
        "import sys, json, os; got = json.load(sys.stdin); "
        f"bad = got['search'] == 'bad' and not os.path.exists({str(mark)!r}); "
        f"bad or open({str(out)!r}, 'a').write(got['search'] + chr(10)); "
        "bad and sys.exit('no mail' + chr(27) + '[31m')"
    )
    local.save("bad", "trade")
    local.save("good", "trade")
    assert local.run(article("a", "trade"), to=[python(code)]) == (2, 1)
    assert len(local.failed) == 1
    assert (
        "it ended with 1 for “bad” (no mail\ufffd[31m); the next run tries again."
        in local.failed[0]
    )
    assert local.run(article("b", "trade"), to=[python(code)]) == (2, 1)
    mark.touch()
    assert local.fire(python(code)) == (0, 2)
    assert out.read_text().split() == ["good", "good", "bad"]
    before = local.contents()
    assert local.fire(python(code)) == (0, 0)
    assert local.contents() == before


def test_a_command_that_is_not_there_is_told(local):
    local.save("trade", "trade")
    assert local.run(article("a", "trade"), to=["command:duowen-no-such-command"]) == (1, 0)
    assert "No such file" in local.failed[0]


def test_a_command_that_takes_too_long_is_ended_with_what_it_started(local, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "TIME_LIMIT", 1.0)
    alive = tmp_path / "alive"
    child = f"import time; time.sleep(2); open({str(alive)!r}, 'w')"
    code = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(60)"
    (tmp_path / "slow.py").write_text(code)
    local.save("a", "trade")
    local.save("b", "trade")
    assert local.run(
        article("a", "trade"), to=[f"command:{sys.executable} {tmp_path / 'slow.py'}"]
    ) == (2, 0)
    assert len(local.failed) == 1  # the other search was not tried: it would take as long
    assert "took longer than 1 s" in local.failed[0]
    time.sleep(2)
    assert not alive.exists()


def test_a_command_that_does_not_listen_may_succeed(local):
    local.save("trade", "trade")
    articles = [article(str(n), "trade", title="x" * 10_000) for n in range(50)]
    assert local.run(*articles, to=[python("pass")]) == (50, 50)


def test_one_target_that_fails_is_no_matter_to_the_others(local, tmp_path):
    out = tmp_path / "out.jsonl"
    local.save("trade", "trade")
    assert local.run(article("a", "trade"), to=["command:false", str(out), f"atom:{tmp_path}"]) == (
        1,
        2,
    )
    assert len(local.failed) == 1
    assert len(lines(out)) == 1
