"""Communication between web and worker processes: through Redis, or none (R50)."""

import logging
import threading
import time
from collections.abc import Callable, Iterator

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.retry import Retry

from ops_admin.infra.outages import Outage

log = logging.getLogger(__name__)

_CHANNEL = "ops-admin"
# Long enough for a busy Redis, short enough that a missing one does not delay a worker.
_CONNECT_SECONDS = 2
_SEND_SECONDS = 1
# A connection that is silent for so long is pinged, and given up after as long again.
_SILENCE_SECONDS = 5
_PAUSE_SECONDS = 1
_NOTED_SECONDS = 5


class NoOthers:
    """There are no other processes."""

    def hears_everything(self) -> bool:
        """Whether this process receives what others publish; there are no others."""
        return True

    def reaches_others(self) -> bool:
        """Whether other processes receive what this one publishes; there are none."""
        return False


class RedisChannel:
    """The other processes, reached through Redis.

    While Redis is down, no browser may believe that it is live: its socket is ended, and none is accepted until this
    process hears the others again. Pages then use the fallback (R27). `when_lost` is called when the others cannot be
    heard any more, `when_unheard` when they could not be told something, every few seconds at most.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        # A hanging Redis must not delay users. So messages are sent on a connection of their own with short timeouts,
        # apart from the one on which this process listens for as long as it takes.
        # A lost connection is tried once more, a hanging one is not.
        self._sender = Redis.from_url(
            url,
            socket_connect_timeout=_SEND_SECONDS,
            socket_timeout=_SEND_SECONDS,
            retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        )
        self.when_lost: Callable[[], None] | None = None
        self.when_unheard: Callable[[], None] | None = None
        self._listening = threading.Event()
        self._outage = Outage(
            log, "Redis cannot be heard (%s): browsers ask instead until it can", "Redis can be heard again"
        )
        self._noting = threading.Lock()
        self._noted_until = 0.0

    def hears_everything(self) -> bool:
        """Whether this process receives what others publish; waits a moment for a new connection."""
        return self._listening.is_set() if self._outage.is_on else self._listening.wait(_CONNECT_SECONDS)

    def reaches_others(self) -> bool:
        """Whether other processes receive what this one publishes."""
        try:
            return bool(self._sender.ping())
        except RedisError:
            return False

    def publish(self, text: str) -> None:
        """Publish to the other processes; raises RedisError if that fails within a second."""
        try:
            self._sender.publish(_CHANNEL, text)
        except RedisError:
            self._note_unheard()
            raise

    def messages(self) -> Iterator[bytes]:
        """Yield what other processes publish, forever."""
        while True:
            try:
                yield from self._messages_until_lost()
            except (RedisError, OSError) as error:
                self._lose(error)
            time.sleep(_PAUSE_SECONDS)

    def _note_unheard(self) -> None:
        # Not every time, because a running run publishes twice a second.
        if self.when_unheard is None or not self._noting.acquire(blocking=False):
            return
        try:
            if time.monotonic() >= self._noted_until:
                self.when_unheard()
                self._noted_until = time.monotonic() + _NOTED_SECONDS
        except Exception:
            log.exception("that other processes did not hear something could not be noted")
        finally:
            self._noting.release()

    def _lose(self, error: Exception) -> None:
        self._outage.begin(type(error).__name__)
        self._listening.clear()
        if self.when_lost is not None:
            self.when_lost()

    def _messages_until_lost(self) -> Iterator[bytes]:
        # No retries: the library would subscribe again silently, and messages sent meanwhile would be lost unnoticed.
        redis = Redis.from_url(self._url, socket_connect_timeout=_CONNECT_SECONDS, retry=Retry(NoBackoff(), 0))
        with redis, redis.pubsub() as pubsub:  # type: ignore[no-untyped-call]  # of the library
            pubsub.subscribe(_CHANNEL)
            asked = False
            while True:
                message = pubsub.get_message(timeout=_SILENCE_SECONDS)
                if message is None and asked:
                    raise TimeoutError
                asked = message is None
                if message is None:
                    pubsub.ping()
                elif message["type"] == "subscribe":
                    self._outage.end()
                    self._listening.set()
                elif message["type"] == "message":
                    yield message["data"]


OtherProcesses = NoOthers | RedisChannel
