"""Random histories of jobs that are killed anywhere, against a plain dictionary; the page says what is so."""

import contextlib
import json
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from search import alerting
from search.alerts import delivering, journal, pending
from tests.unit.alerts.desk import Desk, Killed, article, killed

TOP = Path(__file__).parents[3]
WORDS = ("trade", "weather", "war", "卫星")
STEPS = [
    (delivering, "welcome"), (journal, "append"), (pending, "done"), (delivering, "deliver"),
    (delivering._Teller, "_note"), (journal, "cut"),
]  # fmt: skip


class Model:
    """What should be told, kept by plain sets."""

    def __init__(self):
        self.articles, self.searches, self.waiting, self.told = {}, {}, [], set()

    def commit(self, changed, removed):
        self.articles.update(changed)
        for article_id in removed:
            self.articles.pop(article_id, None)
        self.waiting += [(name, one) for name in self.searches for one in changed]

    def fire(self):
        self.told |= {
            (name, one)
            for name, one in self.waiting
            if name in self.searches and self.searches[name] in self.articles.get(one, ())
        }
        self.waiting.clear()


@pytest.mark.parametrize("seed", range(8))
def test_whoever_is_killed_everything_is_told_once_in_the_journal(tmp_path, monkeypatch, seed):
    print("seed", seed)
    chance, desk, model, out = (
        random.Random(seed),
        Desk(tmp_path / "index"),
        Model(),
        tmp_path / "out.jsonl",
    )
    for name, value in (("KEPT", 8), ("KEPT_OF_EACH", 2), ("_SLACK", 4)):
        monkeypatch.setattr(journal, name, value)
    for _ in range(25):
        step = chance.random()
        if step < 0.2:
            name = chance.choice("abc")
            model.searches[name] = chance.choice(WORDS)
            desk.save(name, model.searches[name], replace=True)
        elif step < 0.25 and model.searches:
            name = chance.choice(sorted(model.searches))
            del model.searches[name]
            alerting.remove(desk.folder, name)
            model.waiting = [pair for pair in model.waiting if pair[0] != name]
            fire(desk, model, out)  # else a search saved under the name would get what waits
        elif step < 0.7:
            changed = {str(chance.randrange(8)): chance.sample(WORDS, 2) for _ in range(3)}
            removed = [
                one for one in map(str, range(8)) if one not in changed and chance.random() < 0.1
            ]
            articles = [article(one, " ".join(words)) for one, words in changed.items()]
            if chance.random() < 0.3:
                desk.lose(*articles)
                continue
            desk.commit(*articles, remove=removed)
            model.commit(changed, removed)
        elif step < 0.85:
            fire(desk, model, out)
        else:
            with monkeypatch.context() as patched, contextlib.suppress(Killed):
                patched.setattr(*chance.choice(STEPS), killed)
                desk.fire(str(out))
            fire(desk, model, out)  # before anything changes: what was tried may have fired already
    fire(desk, model, out)
    told = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    by_key = {one["alert"]: (one["search"], one["id"]) for one in told}
    assert set(by_key.values()) == model.told
    assert len({one["number"] for one in told}) == len(by_key)  # none fired twice


def fire(desk, model, out):
    desk.fire(str(out))
    assert desk.failed == ()
    model.fire()


def test_jobs_that_fire_at_the_same_time_tell_each_alert_once(local, tmp_path):
    out = tmp_path / "out.jsonl"
    local.save("trade", "trade")
    local.commit(*(article(str(n), "trade") for n in range(50)))
    script = (
        "import sys; from search import alerting; from search.engines.registry import open_engine\n"
        "from pathlib import Path; engine = open_engine('local', Path(sys.argv[1]))\n"
        "outcome = alerting.fire(engine, sys.argv[1], alerting.targets_of([sys.argv[2]]))\n"
        "print(outcome.fired, outcome.delivered); sys.exit(bool(outcome.failed))"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(local.folder), str(out)],
            cwd=TOP,
            stdout=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    said = [process.communicate()[0].split() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert sorted(said) == [[b"0", b"0"], [b"0", b"0"], [b"50", b"50"]]
    assert len(out.read_text().splitlines()) == 50


# --- docs/alerts.md ---


def page(kind):
    text = (TOP / "docs/alerts.md").read_text(encoding="utf-8")
    return text, re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_the_page_shows_an_alert_as_it_is(local):
    text, (shown, handed) = page("json")
    local.save("trade", "trade")
    local.run(article("a", "trade"))
    [alert] = journal.read(local.folder)
    assert list(json.loads(shown)) == list(alert)
    assert set(json.loads(handed)) == {"schema_version", "search", "query", "alerts"}
    assert not [key for key in alert if f"`{key}`" not in text]


def test_the_program_of_the_page_runs(local, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    _, (program,) = page("python")
    local.run(article("a", "A trade war"))
    exec(program.replace("index_data", str(local.folder)), {})
    assert capsys.readouterr().out == "trade-war 1\n"


def test_the_page_names_the_files_that_are_there(local, tmp_path):
    local.save("trade", "trade")
    local.run(article("a", "trade"), to=[str(tmp_path / "x.jsonl")])
    local.commit(article("b", "trade"))
    text, _ = page("sh")
    ours = [name for name in local.contents() if name.startswith(("alert", "saved"))]
    assert len(ours) == 6
    assert not [name for name in ours if f"`{name}`" not in text]
