"""One request to a cluster: repeated while that may help, and every failure told in one sentence."""

import gzip
import logging
import random
import ssl
import threading
import time
from collections.abc import Mapping
from math import inf
from typing import Any
from urllib.parse import quote, urlsplit

from search.engines.opensearch_meaning import (
    Conflicting,
    NotThere,
    failure_of,
    short,
)
from search.engines.opensearch_settings import OpenSearchSettings
from search.errors import ConfigError, DuowenError, EngineUnavailable

__all__ = [
    "Cluster", "Conflicting", "Json", "NotThere", "Pauses", "path_of",
]  # fmt: skip

Json = dict[str, Any]

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 8.0  # seconds
_WHILE_GONE, _WHILE_BUSY = 5.0, 30.0
"""Seconds a reader waits for a cluster of which nothing is there, and for one that is mending itself."""

_CONNECTIONS = 8
"""So many to each host are kept for further requests; more can be open."""

_VERSION_HOLDS = 300.0
"""Seconds after which a cluster may have been upgraded."""

_SMALL = 10_000
"""Bytes that are sent as they are."""


_NO_TLS = ("WRONG_VERSION_NUMBER", "wrong version number", "record layer failure", "RECORD_LAYER")
_OTHER_NAME = ("Hostname mismatch", "IP address mismatch", "doesn't match")


class Pauses:
    """Waits between repetitions, longer each time and never in step with others."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._pause = _FIRST_PAUSE

    def take(self, patience: float) -> bool:
        """Wait, and say whether it is worth trying again, where so many seconds are to be given."""
        pause = self._pause * random.uniform(0.5, 1.0)  # noqa: S311  # not for secrets
        if time.monotonic() + pause > self._started + patience:
            return False
        time.sleep(pause)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        return True


class Cluster:
    """A cluster that is asked by way of whichever of its hosts answers. Safe in threads."""

    def __init__(self, settings: OpenSearchSettings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._users = 1
        self._version = 0, -inf
        try:
            import opensearchpy
        except ImportError as error:
            raise ConfigError(
                "The engine opensearch needs a library that is not there;"
                " install it: pip install 'duowen[opensearch]'."
            ) from error
        # Failures are told by errors; without a handler each attempt would be told on stderr as well.
        logging.getLogger("opensearch").addHandler(logging.NullHandler())
        self._errors = opensearchpy.exceptions
        options: Json = {}
        if settings.api_key:
            options["headers"] = {"authorization": f"ApiKey {settings.api_key}"}
        elif settings.user:
            options["http_auth"] = (settings.user, settings.password)
        try:
            if settings.ca_file:
                ssl.create_default_context(cafile=settings.ca_file)
                options["ca_certs"] = settings.ca_file
            self._client = opensearchpy.OpenSearch(
                [_with_port(host) for host in settings.hosts],
                timeout=settings.timeout,
                max_retries=0,  # repeated here, where it is known what may be repeated, and how long
                retry_on_timeout=True,
                pool_maxsize=_CONNECTIONS,
                # Nor are answers compressed: few are so large that it would not take longer.
                **options,
            )
        except (OSError, opensearchpy.exceptions.ImproperlyConfigured) as error:
            raise ConfigError(
                f"The certificates {settings.ca_file} cannot be used ({error}); mend ca_file."
            ) from error

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        params: Mapping[str, str] | None = None,
        *,
        patient: bool = False,
    ) -> Json:
        """Return the answer to a request, which must do no harm when it is done twice.

        `patient`: repeat it for as long as the settings say, as jobs do. Raises NotThere, Conflicting,
        DiskFull, IndexCorrupt, EngineUnavailable or EngineError.
        """
        pauses = Pauses()
        headers: dict[str, str] = {}
        if isinstance(body, bytes):
            headers["content-type"] = "application/x-ndjson"
            if len(body) > _SMALL:
                # The library would take four times as long, to make it a quarter smaller.
                body = gzip.compress(body, compresslevel=1)
                headers["content-encoding"] = "gzip"
        while True:
            try:
                answer = self._client.transport.perform_request(
                    method, path, params=params, body=body, headers=headers
                )
            except self._errors.TransportError as error:
                failure = self._failure(error)
                if isinstance(failure, EngineUnavailable) and pauses.take(
                    self._patience(error, patient=patient)
                ):
                    continue
                raise failure from error
            except self._errors.OpenSearchException as error:
                raise EngineUnavailable(
                    f"What answers at {self._hosts} is no OpenSearch; mend the hosts."
                ) from error
            return answer if isinstance(answer, dict) else {}

    def major_version(self) -> int:
        """Return the first number of the version of OpenSearch; 0 of what came before OpenSearch."""
        number, asked = self._version
        if time.monotonic() > asked + _VERSION_HOLDS:
            told = self.ask("GET", "/")["version"]
            is_its_own = told.get("distribution") == "opensearch"
            number = int(told["number"].split(".")[0]) if is_its_own else 0
            self._version = number, time.monotonic()
        return number

    def share(self) -> "Cluster":
        """Return the same connections for one more who is going to close them."""
        with self._lock:
            self._users += 1
        return self

    def close(self) -> None:
        """Let go of the connections, when the last one does who shares them."""
        with self._lock:
            self._users -= 1
            is_last = not self._users
        if is_last:
            self._client.close()

    @property
    def patience_of_readers(self) -> float:
        """For how many seconds who searches waits for a cluster that is mending itself."""
        return min(self.settings.patience, _WHILE_BUSY)

    @property
    def _hosts(self) -> str:
        return ", ".join(self.settings.hosts)

    def _patience(self, error: Any, *, patient: bool) -> float:  # noqa: ANN401
        """Return for how many seconds a request is repeated that failed so."""
        if isinstance(error, self._errors.SSLError):
            return 0.0
        if patient:
            return self.settings.patience
        is_gone = isinstance(error, self._errors.ConnectionError)
        return min(self.patience_of_readers, _WHILE_GONE if is_gone else _WHILE_BUSY)

    def _failure(self, error: Any) -> DuowenError:  # noqa: ANN401
        """Return what a failed request means."""
        if isinstance(error, self._errors.SSLError):
            return EngineUnavailable(_of_certificates(self._hosts, str(error.error)))
        if isinstance(error, self._errors.ConnectionTimeout):
            return EngineUnavailable(
                f"The cluster at {self._hosts} did not answer in {self.settings.timeout:g} s;"
                f" try again, or raise the timeout."
            )
        if isinstance(error, self._errors.ConnectionError):
            return EngineUnavailable(
                f"The cluster at {self._hosts} cannot be reached;"
                f" see that it runs, and mend the hosts in the settings of opensearch."
            )
        return failure_of(self.settings, int(error.status_code), error.info, str(error.error))


def path_of(*parts: str) -> str:
    """Return the path of a request."""
    return "/" + "/".join(quote(part, safe=",*") for part in parts)


def _of_certificates(hosts: str, told: str) -> str:
    """Return what is said where no secure connection came about."""
    if any(word in told for word in _NO_TLS):
        return (
            f"What answers at {hosts} does not speak https;"
            f" write http:// in the hosts, or mend their port."
        )
    if any(word in told for word in _OTHER_NAME):
        return (
            f"The certificate of {hosts} is one for another name ({short(told)});"
            f" write the name that stands in it into the hosts."
        )
    return (
        f"The certificate of {hosts} is not to be trusted ({short(told)});"
        f" name the file of its authority as ca_file, or mend the hosts."
    )


def _with_port(host: str) -> str:
    parts = urlsplit(host)
    if parts.port is not None:
        return host
    return f"{parts.scheme}://{parts.netloc}:{443 if parts.scheme == 'https' else 80}{parts.path}"
