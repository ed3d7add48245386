"""A console of several processes, any of which may be killed at any moment and is replaced as by a supervisor."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults import program
from tests.support.environment import console_environment
from tests.support.network import free_port, poll_until
from tests.support.processes import Console, Process

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, Path(program.__file__))


@dataclass
class Post:
    """One place in the installation, held by one process after another."""

    name: str
    words: list[str]
    holder: Process

    @property
    def is_web(self) -> bool:
        """Whether this post serves pages."""
        return self.words[0] == "web"


@dataclass
class Installation:
    """Web and worker processes on one database, each at its own post."""

    console: Console
    posts: list[Post] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """The folder with the logs."""
        return self.console.folder

    def add_web(self) -> str:
        """Start a web process and return its URL, which its successors keep."""
        port = free_port()
        post = self._add(f"web-{len(self.posts)}", ["web", "--host", "127.0.0.1", "--port", str(port)])
        url = f"http://127.0.0.1:{port}"
        post.holder.wait_until(f"{url}/readyz")
        self.console.base_urls.append(url)
        return url

    def add_worker(self) -> Post:
        """Start a worker process."""
        return self._add(f"worker-{len(self.posts)}", ["worker"])

    def replace(self, post: Post) -> None:
        """Kill the process at the post (SIGKILL, with its children) and start a new one there."""
        post.holder.kill()
        post.holder = self._start(post.name, post.words)

    def revive(self) -> None:
        """Start a new process at each post whose process has ended by itself (its port was still taken)."""
        for post in self.posts:
            if not post.holder.is_running():
                post.holder = self._start(post.name, post.words)

    def wait_until_ready(self) -> None:
        """Wait until every web process answers."""
        for post, url in zip([post for post in self.posts if post.is_web], self.console.base_urls, strict=True):
            post.holder.wait_until(f"{url}/readyz")

    def stop(self) -> None:
        """Stop all processes in order."""
        for post in self.posts:
            if post.holder.is_running():
                post.holder.popen.terminate()
        for post in self.posts:
            post.holder.stop()

    def _add(self, name: str, words: list[str]) -> Post:
        post = Post(name, words, self._start(name, words))
        self.posts.append(post)
        return post

    def _start(self, name: str, words: list[str]) -> Process:
        environment = {**self.console.environment, "PYTHONPATH": str(ROOT)}
        return Process.start(name, words, environment, self.console.folder, PROGRAM)


@contextmanager
def running_installation(
    folder: Path, database_url: str, *, webs: int = 1, workers: int = 2, **settings: str
) -> Iterator[Installation]:
    """A seeded console with a simulated tenant on a migrated database, stopped at the end."""
    variables = {"OPS_ADMIN_DATABASE_URL": database_url, "OPS_ADMIN_WORKERS": "3", **settings}
    console = Console(folder, console_environment(folder, **variables))
    installation = Installation(console)
    try:
        console.start_simulator()
        console.seed()
        for _ in range(workers):
            installation.add_worker()
        for _ in range(webs):
            installation.add_web()
        yield installation
    finally:
        installation.stop()
        console.stop()


def wait_for_exit(process: Process, seconds: float) -> int:
    """Wait for a process that was told to stop, and return its exit status."""
    poll_until(lambda: not process.is_running(), timeout=seconds, message=f"{process.name} runs on")
    return int(process.popen.returncode)
