"""A process that works like `ops-admin worker`, without the console: prints the calls of its hooks."""

import os
import sys
import threading
import time

from huey.storage import MemoryStorage

from ops_admin.infra.adapters.huey_consumer import ConsumerHooks, ConsumerLimits, ThreadedConsumer
from ops_admin.infra.adapters.huey_queue import LeanHuey

LIMITS = ConsumerLimits(threads=1, shortest_poll=0.01, longest_poll=0.01, between_checks=0.1, to_stop=60)


def say(text: str) -> None:
    """Print a complete line at once, since several threads print."""
    os.write(sys.stdout.fileno(), f"{text}\n".encode())


def main() -> None:
    """Work until a signal ends it. With `busy`, its running work takes longer than anybody waits."""
    queue = LeanHuey("queue")
    queue.use(MemoryStorage("queue"))

    def work() -> None:
        say("working")
        time.sleep(3600)

    task = queue.task(name="work")(work)
    if "busy" in sys.argv:
        task()
    alive = threading.Event()

    def beat() -> None:
        if not alive.is_set():
            alive.set()
            say("alive")

    hooks = ConsumerHooks(alive=beat, stopping=lambda: say("stopping"), ended=lambda: say("ended"))
    ThreadedConsumer(queue, hooks, LIMITS).run()
    say("over")


if __name__ == "__main__":
    main()
