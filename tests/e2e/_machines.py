"""Other machines for the end-to-end tests: phones made of folders behind the real adb, an sshd of our own behind the real
ssh. Each is reached from this machine alone, with keys, servers and ports of its own, and gone at the end."""
import atexit
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time

from _outside import photos, program, skip, source

ours = "nnstretch-device"
here = os.getcwd()


def fresh(*folders):
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def until(condition, what, seconds=20):
    """Waits for it, and fails with `what` if it does not come."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, what() if callable(what) else what
        time.sleep(0.02)
    return found


class Said:
    """What a command gave."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit code {self.code}\n{self.out[-2000:]}\n{self.err[-4000:]}"


def start(*words, environment=None):
    return subprocess.Popen([program, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
                            env={**os.environ, **(environment or {})})


def said_by(child, seconds=280):
    out, err = child.communicate(timeout=seconds)
    return Said(child.returncode, out, err)


def call(*words, environment=None, seconds=280):
    return said_by(start(*words, environment=environment), seconds)


def expect(code, *words, says=(), environment=None, seconds=280):
    """Runs nnstretch; its exit code, and words of what it says on standard error."""
    said = call(*words, environment=environment, seconds=seconds)
    assert said.code == code, (words, said)
    for word in [says] if isinstance(says, str) else says:
        assert word in said.err, (word, words, said)
    if code in (1, 2):
        assert said.err.count("\nnnstretch: ") + said.err.startswith("nnstretch: ") <= 1, said
    return said


def bundle():
    """The folder of the released program, made by scripts/bundle unless it is there."""
    if not os.path.exists(os.path.join(source, "build/release/cli/nnstretch")):
        skip("scripts/bundle takes build/release, which is not built")
    made = subprocess.run([os.path.join(source, "scripts/bundle")], stdout=subprocess.PIPE, text=True, check=True)
    return made.stdout.strip()


def processes_in(folder):
    """Those that work below it, but for daemons of ours."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            where = os.readlink(f"/proc/{pid}/cwd")
            words = open(f"/proc/{pid}/cmdline").read().split("\0")
        except OSError:
            continue
        if (where + "/").startswith(os.path.abspath(folder) + "/"):
            found.append((pid, words))
    return found


class Phone:
    """Android's side of adb, in a folder; `words` are those of tests/support/phone.py. `storage`: its /data/local/tmp is
    a file system of its own, mounted so."""

    def __init__(self, adb, name, *words, storage=""):
        self.adb, self.folder, self.storage = adb, os.path.abspath(name), storage
        fresh(self.folder, self.folder + "/bin", self.folder + "/data/local/tmp")
        self.words, self.port, self.daemon = words, 0, None
        self.plug_in()
        self.serial = f"127.0.0.1:{self.port}"
        atexit.register(self.unplug)

    @property
    def ours(self):
        return f"{self.folder}/data/local/tmp/{ours}"

    def plug_in(self):
        around = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o "$0" none "$1/data/local/tmp" && shift && exec "$@"', self.storage, self.folder]
        words = [os.path.join(source, "tests/support/phone.py"), self.folder, "--port", str(self.port), *self.words]
        self.daemon = subprocess.Popen([*(around if self.storage else []), *words], stdout=subprocess.PIPE, text=True)
        self.port = int(self.daemon.stdout.readline().split()[1])
        return self.adb.call("connect", f"127.0.0.1:{self.port}")

    def cut(self):
        """The cable is pulled: the phone goes on by itself, and is there again when it is plugged in."""
        self.daemon.send_signal(signal.SIGUSR1)

    def connect_again(self):
        self.adb.call("disconnect", self.serial)
        until(lambda: "connected" in self.adb.call("connect", self.serial) and self.adb.call("-s", self.serial, "get-state").strip() == "device", "the phone is not there again")

    def unplug(self):
        self.daemon.kill()
        self.daemon.wait()

    def leave(self):
        self.adb.call("disconnect", self.serial)
        self.unplug()

    def tool(self, name, script):
        """A program of the phone's own, before those of the system."""
        path = f"{self.folder}/bin/{name}"
        with open(path, "w") as file:
            file.write("#!/bin/sh\n" + script + "\n")
        os.chmod(path, 0o755)

    def nobody_left(self):
        until(lambda: not processes_in(self.folder), lambda: f"left there: {processes_in(self.folder)}")


class Adb:
    """An adb server of the test's own."""

    def __init__(self):
        if not shutil.which("adb"):
            skip("adb is not installed; scripts/setup --tests")
        self.home = os.path.join(here, "home")
        fresh(self.home)
        self.port = free_port()
        for name in ("ANDROID_SERIAL", "ADB_SERVER_SOCKET", "ANDROID_ADB_SERVER_ADDRESS"):
            os.environ.pop(name, None)
        os.environ.update(ANDROID_ADB_SERVER_PORT=str(self.port), HOME=self.home, XDG_CACHE_HOME=os.path.join(here, "cache"))
        self.call("start-server")
        atexit.register(self.call, "kill-server")

    def call(self, *words):
        done = subprocess.run(["adb", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        return done.stdout


class Board:
    """OpenSSH's server on the loopback; `board` is its name for ssh."""

    def __init__(self, folder="board"):
        server = shutil.which("sshd", path="/usr/sbin:/sbin:" + os.environ["PATH"])
        if not server or not shutil.which("ssh"):
            skip("openssh-server is not installed; scripts/setup --tests")
        self.folder = os.path.abspath(folder)
        fresh(self.folder, self.folder + "/bin", self.folder + "/tmp")
        os.chmod(self.folder, 0o700)
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        for key in ("host", "user", "other"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.file(key)], check=True)
        shutil.copy(self.file("user.pub"), self.file("authorized"))
        self.port = free_port()
        self.write("sshd_config", f"""Port {self.port}
ListenAddress 127.0.0.1
HostKey {self.file('host')}
AuthorizedKeysFile {self.file('authorized')}
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
SetEnv XDG_CACHE_HOME={self.folder}/tmp
""")
        host_key = " ".join(open(self.file("host.pub")).read().split()[:2])
        self.write("known", f"[127.0.0.1]:{self.port} {host_key}\n")
        self.write("empty", "")
        self.write("config", "".join(self.host(name, **what) for name, what in {
            "board": {}, "stranger": {"known": "empty"}, "wrong-key": {"key": "other"}, "refused": {"port": free_port()}}.items()))
        self.write("bin/ssh", f"#!/bin/sh\nexec {shutil.which('ssh')} -F {self.file('config')} \"$@\"\n", 0o755)
        os.environ["PATH"] = self.file("bin") + ":" + os.environ["PATH"]
        os.environ["XDG_CACHE_HOME"] = os.path.join(here, "cache")
        self.daemon = subprocess.Popen([server, "-D", "-e", "-f", self.file("sshd_config")], stderr=open(self.file("log"), "w"), start_new_session=True)
        atexit.register(self.stop)
        until(self.listens, lambda: open(self.file("log")).read())

    def listens(self):
        with socket.socket() as end:
            return end.connect_ex(("127.0.0.1", self.port)) == 0

    def host(self, name, known="known", key="user", port=None):
        return (f"Host {name}\n  HostName 127.0.0.1\n  Port {port or self.port}\n  User {pwd.getpwuid(os.geteuid()).pw_name}\n"
                f"  IdentityFile {self.file(key)}\n  IdentitiesOnly yes\n  UserKnownHostsFile {self.file(known)}\n"
                "  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking yes\n")

    def file(self, name):
        return f"{self.folder}/{name}"

    def write(self, name, text, mode=0o600):
        with open(self.file(name), "w") as file:
            file.write(text)
        os.chmod(self.file(name), mode)

    @property
    def ours(self):
        return self.file(f"tmp/{ours}")

    def cut(self):
        """Ends every session, as when the network goes away; the server stays."""
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                words = open(f"/proc/{pid}/stat").read()
                parent = int(words.rsplit(")", 1)[1].split()[1])
            except (OSError, ValueError):
                continue
            if parent == self.daemon.pid:
                os.kill(int(pid), signal.SIGKILL)

    def stop(self):
        self.cut()
        self.daemon.terminate()
        self.daemon.wait()

    def nobody_left(self):
        until(lambda: not processes_in(self.ours), lambda: f"left there: {processes_in(self.ours)}")


def stand_in(folder, bench="", version=None):
    """A bundle whose program is a script: what it does when it times something is given."""
    fresh(folder, folder + "/lib")
    version = version or subprocess.run([program, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    with open(folder + "/nnstretch", "w") as file:
        file.write(f"#!/bin/sh\ncase $1 in --version) echo '{version}' ;;\ndevices) echo '{{}}' ;;\n*) {bench or ':'} ;; esac\n")
    os.chmod(folder + "/nnstretch", 0o755)
    with open(folder + "/lib/data", "wb") as file:
        file.write(os.urandom(3_000_000))
    return os.path.abspath(folder)


tiny = os.path.join(source, "configs/tiny/TINY-")


def small(*names, folder="work"):
    """Words of a `run` that takes a moment."""
    if not os.path.exists("two"):
        fresh("two")
        for photo in ["cat.jpg", "dogs.jpg"]:
            shutil.copy(os.path.join(photos, photo), "two")
    return ["run", "--configs", *(f"{tiny}{name}.yaml" for name in names), "--workdir", folder, "--calibration", "two",
            "--num_runs", "3", "--warmup_runs", "1", "--no_best"]


def result(folder="work"):
    return json.load(open(f"{folder}/data/result.json"))["configs"]


def children_cpu_s():
    times = os.times()
    return times.children_user + times.children_system


def main(tests):
    """All of them, or those that are named on the command line; each in turn."""
    for test in tests:
        if len(sys.argv) > 1 and test.__name__ not in sys.argv[1:]:
            continue
        began = time.monotonic()
        test()
        print(f"{test.__name__}: {time.monotonic() - began:.1f} s", flush=True)
    print("all as expected")
