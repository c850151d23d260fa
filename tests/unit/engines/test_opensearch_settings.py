"""How a cluster is reached: what may be set where, and what is told of mistakes."""

from pathlib import Path

import pytest

from search.engines.opensearch_settings import OpenSearchSettings, read_settings
from search.errors import ConfigError

HERE = Path("/etc/duowen")


def test_what_is_not_set_has_its_default():
    settings = read_settings({}, HERE, {})
    assert settings == OpenSearchSettings()
    assert settings.hosts == ("http://127.0.0.1:9200",)


def test_a_mapping_is_read_and_the_environment_comes_first(tmp_path):
    (tmp_path / "secret").write_text("hush\n", encoding="utf-8")
    values = {
        "hosts": ["https://one:9200", "https://two:9200"], "index": "news", "user": "reader",
        "password_file": "secret", "ca_file": "ca.pem", "timeout": 5, "shards": 6, "replicas": 0,
    }  # fmt: skip
    settings = read_settings(values, tmp_path, {"DUOWEN_OPENSEARCH_USER": "writer"})
    assert settings.hosts == ("https://one:9200", "https://two:9200")
    assert (settings.user, settings.password) == ("writer", "hush")
    assert settings.ca_file == str(tmp_path / "ca.pem")
    assert (settings.timeout, settings.shards, settings.replicas) == (5.0, 6, 0)
    other = {"DUOWEN_OPENSEARCH_HOSTS": "http://a:1, http://b:2", "DUOWEN_OPENSEARCH_API_KEY": "k"}
    settings = read_settings({"hosts": "http://c:3"}, tmp_path, other)
    assert settings.hosts == ("http://a:1", "http://b:2")
    assert settings.api_key == "k"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ("http://x:1", "must be a mapping"),
        ({"host": "http://x:1"}, "host: is unknown"),
        ({"password": "sesame"}, "set DUOWEN_OPENSEARCH_PASSWORD or name a password_file"),
        ({"api_key": "sesame"}, "set DUOWEN_OPENSEARCH_API_KEY or name an api_key_file"),
        ({"password_file": "absent"}, "password_file absent cannot be read"),
        ({"hosts": "search.example.org"}, "hosts must be URLs"),
        ({"hosts": ["https://me:sesame@x:1"]}, "hosts must not hold a user or password"),
        ({"hosts": []}, "hosts must be a URL or a list"),
        ({"hosts": "http://x:port"}, "hosts must be URLs"),
        ({"index": "News Archive"}, "index must be small letters"),
        ({"shards": "many"}, "shards must be a whole number"),
        ({"shards": 0}, "shards must be above 0"),
        ({"replicas": -1}, "replicas must be 0 or more"),
        ({"timeout": "5s"}, "timeout must be a number"),
        ({"user": "me"}, "user has no password"),
    ],
)
def test_mistakes_are_told_and_secrets_are_not(values, told):
    with pytest.raises(ConfigError) as caught:
        read_settings(values, HERE, {})
    assert told in str(caught.value)
    assert "sesame" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_all_mistakes_are_told_at_once():
    with pytest.raises(ConfigError, match=r"colour: is unknown.*shards must be a whole number"):
        read_settings({"colour": "red", "shards": True}, HERE, {})


def test_secrets_are_not_shown():
    settings = OpenSearchSettings(user="me", password="sesame", api_key="sesame")
    assert "sesame" not in repr(settings)
