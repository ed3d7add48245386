"""The console as deployed in docs/deploy.md: web processes on held sockets behind a real nginx with TLS."""

import contextlib
import datetime
import ipaddress
import os
import re
import signal
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.environment import OPS_ADMIN
from tests.support.network import free_port, poll_until
from tests.support.processes import START_SECONDS, Console, Process
from tests.support.requirements import require_program
from tests.support.sources import ROOT

TEMPLATE = ROOT / "deploy" / "nginx.conf.template"
TOKEN = "a-token-for-prometheus"
# Does what systemd does for a service with a socket: passes it as descriptor 3 and names the process it is for.
_HAND_OVER = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); "
    "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1'); os.execv(sys.argv[2], sys.argv[2:])"
)


@dataclass
class HeldWeb:
    """A web process whose socket outlives it."""

    console: Console
    listener: socket.socket = field(init=False)
    process: Process = field(init=False)

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
        os.set_inheritable(self.listener.fileno(), True)

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.listener.getsockname()[1]}"

    def start(self) -> None:
        """Start a process on the socket, without waiting for it."""
        number = self.listener.fileno()
        program: Sequence[str | Path] = (sys.executable, "-c", _HAND_OVER, str(number), str(OPS_ADMIN))
        name = f"web-{self.address.partition(':')[2]}"
        environment = self.console.environment | {"OTEL_RESOURCE_ATTRIBUTES": f"process={name}"}
        folder = self.console.folder
        self.process = Process.start(name, ["web"], environment, folder, program, keep=(number,))
        self.console.processes.append(self.process)

    def wait(self) -> None:
        """Wait until it answers."""
        self.process.wait_until(f"http://{self.address}/readyz")

    def sockets(self) -> int:
        """How many browsers are connected to this process, as reported to Prometheus."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        text = requests.get(f"http://{self.address}/metrics", headers=headers, timeout=30).text
        found = re.search(r"^ops_admin_sockets_connected (\S+)$", text, re.MULTILINE)
        assert found is not None, text
        return int(float(found[1]))


@dataclass
class Site:
    """Everything behind one address."""

    console: Console
    webs: list[HeldWeb]
    workers: list[Process]
    folder: Path
    port: int
    http_port: int
    certificate: Path
    worker_ports: list[int] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The URL for browsers."""
        return f"https://localhost:{self.port}"

    def start_worker(self) -> Process:
        """Start one more worker process, with its own port for metrics."""
        port = free_port()
        self.worker_ports.append(port)
        self.console.environment |= {
            "OPS_ADMIN_METRICS_LISTEN": f"127.0.0.1:{port}",
            "OTEL_RESOURCE_ATTRIBUTES": f"process=worker-{port}",
        }
        return self.console.start_worker()

    def replace_machine(self, number: int) -> None:
        """Restart a web and a worker process as `systemctl restart` does: the old one ends first."""
        web, worker = self.webs[number], self.workers[number]
        for process in (web.process, worker):
            process.popen.terminate()
        web.process.stop()
        web.start()
        worker.stop()
        self.start_worker()
        web.wait()

    def worker_metrics(self) -> str:
        """The metrics of all worker processes."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        urls = [f"http://127.0.0.1:{port}/metrics" for port in self.worker_ports]
        return "".join(requests.get(url, headers=headers, timeout=30).text for url in urls)

    def held_on_disk(self) -> int:
        """The bytes of answers that nginx has buffered in files."""
        return sum(path.stat().st_size for path in (self.folder / "proxy").rglob("*") if path.is_file())

    def web_log(self) -> str:
        """nginx's access log."""
        return (self.folder / "access.log").read_text()


@contextlib.contextmanager
def running_site(folder: Path, console: Console, webs: int, workers: int) -> Iterator[Site]:
    """Start the processes of a prepared console, and nginx in front of them."""
    console.environment |= {"OPS_ADMIN_TRUSTED_PROXIES": "1", "OPS_ADMIN_METRICS_TOKEN": TOKEN}
    console.environment |= {"OPS_ADMIN_LOG_FORMAT": "json"}
    held = [HeldWeb(console) for _ in range(webs)]
    for web in held:
        web.start()
    site = Site(console, held, [], folder, free_port(), free_port(), folder / "certificate.pem")
    site.workers += [site.start_worker() for _ in range(workers)]
    for web in held:
        web.wait()
    nginx = _start_nginx(site)
    console.processes.append(nginx)
    try:
        poll_until(lambda: _answers(site, nginx), timeout=START_SECONDS, message="nginx does not answer")
        yield site
    finally:
        for process in console.processes:
            process.popen.terminate()  # all at once; the console waits for each of them
        for web in held:
            web.listener.close()


def render(template: str, values: Mapping[str, str]) -> str:
    """Substitute as `envsubst '$NAME …'` does, leaving nginx's own variables alone."""
    return re.sub(r"\$\{([A-Z_]+)\}", lambda match: values[match[1]], template)


def _answers(site: Site, nginx: Process) -> bool:
    assert nginx.is_running(), nginx.log_text()
    try:
        return requests.get(f"{site.url}/healthz", verify=str(site.certificate), timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


def _start_nginx(site: Site) -> Process:
    key = _write_certificate(site.certificate)
    values = {
        "SERVERS": "\n    ".join(f"server {web.address} max_fails=2 fail_timeout=3s;" for web in site.webs),
        "SERVER_NAME": "localhost",
        "HTTP_PORT": f"127.0.0.1:{site.http_port}",
        "HTTPS_PORT": f"127.0.0.1:{site.port}",
        "CERTIFICATE": str(site.certificate),
        "CERTIFICATE_KEY": str(key),
    }
    text = render(TEMPLATE.read_text(), values)
    # The only line with a path of this machine.
    text = text.replace("/var/log/nginx/ops_admin.log", str(site.folder / "access.log"))
    (site.folder / "site.conf").write_text(text)
    (site.folder / "nginx.conf").write_text(_main_file(site.folder))
    program = require_program("nginx", "nginx", also_in="usr/sbin")
    words = ["-p", str(site.folder), "-e", "stderr", "-c", str(site.folder / "nginx.conf")]
    return Process.start("nginx", words, dict(os.environ), site.folder, [program], last_signal=signal.SIGTERM)


def _main_file(folder: Path) -> str:
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{name}_temp_path {folder / name.removesuffix('_body')};" for name in names)
    user = "user root;" if os.geteuid() == 0 else ""
    return (
        f"{user} daemon off; worker_processes 2; pid {folder / 'nginx.pid'}; error_log stderr warn;\n"
        f"events {{ worker_connections 1024; }}\nhttp {{ {temporary} include {folder / 'site.conf'}; }}\n"
    )


def _write_certificate(path: Path) -> Path:
    """Write a self-signed certificate for localhost, and return the path of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path = path.with_name("key.pem")
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key_path.write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
    return key_path
