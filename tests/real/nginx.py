"""nginx on the loopback: its master and workers are led by signals alone."""
import os
import signal
import socket
import threading
import time

from harness import Failed, case, descendants, expect, expect_in, expect_within, process_state, wait_for

CONFIG = """
{user}worker_processes 2; daemon {daemon}; pid pid; error_log error.log notice;
env LD_PRELOAD; env SIGTAME_PROFILE;
worker_shutdown_timeout 8s;
events {{ worker_connections 256; }}
http {{
    access_log access.log; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    server {{
        listen 127.0.0.1:{port};
        root {root};
        location = /version {{ return 200 "{version}"; }}
        location /slow/ {{ alias {root}/; limit_rate 200k; }}
    }}
}}
"""


class Nginx:
    """A master with two workers."""

    def __init__(self, host, daemon="off"):
        self.host, self.daemon = host, daemon
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        with open(host.path("big"), "wb") as file:
            file.write(b"x" * 300000)
        os.chmod(host.directory, 0o755)
        self.configure("one")
        self.process = host.start("nginx", "-p", host.directory, "-e", "error.log", "-c", host.path("conf"))
        if daemon == "on":
            expect("start", self.process.end(), (0, "", ""))
        wait_for("nginx answers", lambda: self.answers("one") or (daemon == "off" and self.process.must_live()))
        self.pid = self.process.pid if daemon == "off" else int(open(host.path("pid")).read())

    def configure(self, version):
        user = "user root; " if os.getuid() == 0 else ""
        with open(self.host.path("conf"), "w") as file:
            file.write(CONFIG.format(user=user, port=self.port, root=self.host.directory, version=version, daemon=self.daemon))

    def get(self, path, seconds=8):
        """The body of an answer."""
        with socket.create_connection(("127.0.0.1", self.port), seconds) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            data = b""
            while part := connection.recv(65536):
                data += part
        head, _, body = data.partition(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise Failed(f"answer {head!r}")
        return body.decode()

    def answers(self, version):
        try:
            return self.get("/version") == version
        except OSError:
            return False

    def workers(self):
        return sorted(pid for pid in descendants(self.pid) if process_state(pid) != "Z")

    def end(self, sig=signal.SIGQUIT):
        ended = self.process.send(sig).end(10)
        expect("nginx's status", ended.status, 0)
        log = open(self.host.path("error.log")).read()
        for word in ("[alert]", "[emerg]", "[crit]", "exited on signal"):
            expect(f"{word} in the log", word in log, False)


class Client:
    """Asks again and again, and keeps what went wrong."""

    def __init__(self, nginx):
        self.nginx, self.wrong, self.answers, self.stop = nginx, [], 0, threading.Event()
        self.threads = [threading.Thread(target=self.loop) for _ in range(2)]
        for thread in self.threads:
            thread.start()

    def loop(self):
        while not self.stop.is_set():
            try:
                self.nginx.get("/version")
                self.answers += 1
            except (OSError, Failed) as error:
                self.wrong.append(repr(error))

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()
        return self.wrong


@case("nginx")
def reloads_under_load(host):
    """HUP: new workers with the new configuration, the old ones go, and no request fails."""
    nginx = Nginx(host)
    client = Client(nginx)
    for version in ("two", "three", "four"):
        old = nginx.workers()
        nginx.configure(version)
        nginx.process.send(signal.SIGHUP)
        wait_for(f"version {version}", lambda: nginx.answers(version))
        wait_for("new workers", lambda: len(nginx.workers()) == 2 and not set(old) & set(nginx.workers()))
    expect("failures", client.end(), [])
    expect("requests went on", client.answers > 50, True)
    nginx.end()


@case("nginx")
def reopens_logs(host):
    """USR1 under load: the log that was moved away gets no more lines, the new one does."""
    nginx = Nginx(host)
    client = Client(nginx)
    for round in range(3):
        os.rename(host.path("access.log"), host.path(f"old{round}"))
        nginx.process.send(signal.SIGUSR1)
        wait_for("new log", lambda: os.path.exists(host.path("access.log")) and os.path.getsize(host.path("access.log")))
    expect("failures", client.end(), [])
    asked = nginx.get("/version")
    expect("answer", asked, "one")
    nginx.end()


@case("nginx")
def ends_gracefully(host):
    """QUIT while an answer is on its way: it arrives whole, then all processes are gone."""
    nginx = Nginx(host)
    bodies = []
    threads = [threading.Thread(target=lambda: bodies.append(len(nginx.get("/slow/big")))) for _ in range(4)]
    for thread in threads:
        thread.start()
    wait_for("answers", lambda: sum(opened.count(host.path("big")) for opened in map(open_files, nginx.workers())) == 4)
    nginx.end(signal.SIGQUIT)
    for thread in threads:
        thread.join()
    expect("bodies", bodies, [300000] * 4)
    expect("workers left", nginx.workers(), [])


def open_files(pid):
    """The names of the files that a process has open."""
    names = []
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            names.append(os.readlink(f"/proc/{pid}/fd/{fd}"))
        except FileNotFoundError:  # it was open a moment ago
            pass
    return names


@case("nginx")
def ends_at_once(host):
    """TERM and INT under load."""
    for sig in (signal.SIGTERM, signal.SIGINT):
        nginx = Nginx(host)
        client = Client(nginx)
        wait_for("requests", lambda: client.answers > 20)
        began = time.monotonic()
        nginx.end(sig)
        expect_within("end", time.monotonic() - began, 0, 3)
        client.end()


@case("nginx")
def replaces_dead_workers(host):
    """A worker that dies is replaced: the master's SIGCHLD is not slept over."""
    nginx = Nginx(host)
    for _ in range(5):
        workers = nginx.workers()
        os.kill(workers[0], signal.SIGKILL)
        wait_for("a new worker", lambda: len(nginx.workers()) == 2 and workers[0] not in nginx.workers(), 3)
        expect("answer", nginx.get("/version"), "one")
    expect("status", nginx.process.send(signal.SIGQUIT).end(10).status, 0)
