"""Client managers in which closing a room ends the sockets in it, on whatever web process they are.

The library publishes `close_room` to every process, but there it only empties the room. For us a closed room means
that a right ended (R25): the socket has to go, and to come back with what its user may see by then.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.retry import Retry
from socketio import Manager, RedisManager

from ops_admin.infra.outages import Outage

log = logging.getLogger(__name__)

# Long enough for a busy Redis, short enough that a worker is not held up by one that is gone.
_CONNECT_SECONDS = 2
_SEND_SECONDS = 1
# A connection that is silent for so long is asked for a sign of life, and given up after as long again.
_SILENCE_SECONDS = 5
_PAUSE_SECONDS = 1
_NOTED_SECONDS = 5

NAMESPACE = "/"


class _EndsSockets:
    """Disconnects the participants of a room that is closed."""

    server: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ending: set[str] = set()
        self.when_unheard: Callable[[], None] | None = None

    def basic_close_room(self, room: str, namespace: str) -> None:
        """End the sockets in `room`."""
        for sid, _ in list(self.get_participants(namespace, room)):  # type: ignore[attr-defined]  # of the library
            self.end_socket(sid, namespace)

    def end_socket(self, sid: str, namespace: str = NAMESPACE) -> None:
        """End a socket of this process; one still in its connect handler is ended as soon as that returns."""
        self._ending.add(sid)
        self.server.disconnect(sid, namespace=namespace, ignore_queue=True)

    def connect(self, sid: str, namespace: str) -> str:
        """Accept a socket, unless its rights ended while its connect handler was reading them."""
        accepted: str = super().connect(sid, namespace)  # type: ignore[misc]  # of the library
        if accepted in self._ending:
            self.server.disconnect(accepted, namespace=namespace, ignore_queue=True)
        return accepted

    def basic_disconnect(self, sid: str, namespace: str, **options: Any) -> None:
        """Forget a socket that is gone."""
        super().basic_disconnect(sid, namespace, **options)  # type: ignore[misc]  # of the library
        self._ending.discard(sid)

    def end_all(self) -> None:
        """Close every connection of this process, without waiting for what is still to be sent."""
        for connection in list(self.server.eio.sockets.values()):
            connection.close(wait=False)


class OneProcessManager(_EndsSockets, Manager):  # type: ignore[misc]  # socketio carries no types
    """All sockets are in this process."""

    def hears_everything(self) -> bool:
        """Whether what other processes publish arrives here: there are none."""
        return True

    def reaches_others(self) -> bool:
        """Whether other processes would hear of what this one does: they would not."""
        return False


class ManyProcessesManager(_EndsSockets, RedisManager):  # type: ignore[misc]
    """Sockets are spread over web processes that hear of each other through Redis.

    While Redis is away, a browser must not believe that it is live: its socket is ended, and none is accepted before
    this process hears the others again. The pages then fall back to asking (R27).
    """

    def __init__(self, url: str) -> None:
        super().__init__(url, channel="ops-admin", redis_options={"socket_connect_timeout": _CONNECT_SECONDS})
        # A Redis that hangs must not hold up whoever presses a button: what is sent, is sent with its own, impatient
        # connection, apart from the one on which this process listens for as long as it takes.
        # Only a connection that was lost is tried once more, not one that hangs.
        self._sender = Redis.from_url(
            url,
            socket_connect_timeout=_SEND_SECONDS,
            socket_timeout=_SEND_SECONDS,
            retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        )
        self._listening = threading.Event()
        self._outage = Outage(
            log, "Redis cannot be heard (%s): browsers ask instead until it can", "Redis can be heard again"
        )
        self._noting = threading.Lock()
        self._noted_until = 0.0

    def hears_everything(self) -> bool:
        """Whether what other processes publish arrives here; waits a moment for a connection just begun."""
        return self._listening.is_set() if self._outage.is_on else self._listening.wait(_CONNECT_SECONDS)

    def reaches_others(self) -> bool:
        """Whether other processes would hear of what this one does."""
        try:
            return bool(self._sender.ping())
        except RedisError:
            return False

    def _publish(self, data: Any) -> None:
        """Tell the other processes; raises RedisError when they cannot be told within a second."""
        try:
            self._sender.publish(self.channel, self.json.dumps(data))
        except RedisError:
            self._note_unheard()
            raise

    def _note_unheard(self) -> None:
        # Not each time: a run that moves says something twice a second.
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

    def _listen(self) -> Iterator[bytes]:
        """Yield what other processes publish, for ever; the library calls this in a thread."""
        while True:
            try:
                yield from self._messages()
            except (RedisError, OSError) as error:
                self._lose(error)
            time.sleep(_PAUSE_SECONDS)

    def _lose(self, error: Exception) -> None:
        self._outage.begin(type(error).__name__)
        self._listening.clear()
        self.end_all()

    def _messages(self) -> Iterator[bytes]:
        # No retries: the library would subscribe again in silence, and what was said meanwhile would be lost unnoticed.
        redis = Redis.from_url(self.redis_url, socket_connect_timeout=_CONNECT_SECONDS, retry=Retry(NoBackoff(), 0))
        with redis, redis.pubsub() as pubsub:  # type: ignore[no-untyped-call]  # of the library
            pubsub.subscribe(self.channel)
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


AnyManager = OneProcessManager | ManyProcessesManager


def make_manager(redis_url: str | None) -> AnyManager:
    """Return the manager for one process (no Redis) or for any number of them."""
    return OneProcessManager() if redis_url is None else ManyProcessesManager(redis_url)
