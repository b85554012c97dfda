#!/usr/bin/python3
"""A board for tests: an ARM computer of four cores, two big and two little, with Debian's kernel under qemu.

    with Board(folder) as board:
        board.push("net.tflite", "/tmp/net.tflite")
        board.ssh("uname -m").stdout       # b"aarch64\\n"

    board.py FOLDER [CPU]                  # boots it, prints how it is reached, and waits for the end of its input

It is small on purpose: busybox, and dropbear without sftp and scp. It listens on a port of the loopback and reaches
nothing else. Its device tree says how fast the cores are, as a phone's does, so a real kernel tells it under /sys. What
it is made of are Debian packages, unpacked once in .deps/aarch64/board; nothing of them is installed.
"""
import contextlib
import glob
import gzip
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DEPS = ROOT / ".deps/aarch64"
PACKAGES = ("linux-image-cloud-arm64 busybox-static dropbear-bin libtomcrypt1 libtommath1 libgmp10 libcrypt1 zlib1g"
            " libc6").split()
MODULES = "virtio_ring virtio virtio_mmio failover net_failover virtio_net".split()  # in the order of their needs
CAPACITIES = (446, 446, 1024, 1024)  # of its cores, relative to the fastest there are
TOOLS = "qemu-system-aarch64 dtc cpio ssh ssh-keygen dpkg-deb apt-get".split()

INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin:/sbin:/usr/sbin HOME=/root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts
mount -t devpts pts /dev/pts
for module in %s; do insmod /modules/$module.ko; done
hostname board
ip link set lo up
ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
dropbear -R -s -j -k -p 22
echo "board: up"
exec sleep 1000000
""" % " ".join(MODULES)


def missing():
    """Why there can be no board here, or nothing."""
    tools = [tool for tool in TOOLS if not shutil.which(tool)]
    return f"{', '.join(tools)}: not there; scripts/setup --full" if tools else ""


def packages():
    """The folder with the unpacked packages."""
    folder, wanted = DEPS / "board", " ".join(PACKAGES)
    made = folder / ".made"
    if not made.exists() or made.read_text() != wanted:
        DEPS.mkdir(parents=True, exist_ok=True)
        subprocess.run([ROOT / "scripts/unpack-debs", DEPS / ".apt", "arm64", folder, *PACKAGES], check=True,
                       stdout=subprocess.DEVNULL)
        made.write_text(wanted)
    return folder


def find(folder, name):
    found = next((path for path in folder.rglob(name) if path.is_file()), None)
    if not found:
        raise FileNotFoundError(f"{folder}: there is no {name}")
    return found


def needed(folder, program):
    """Libraries of a program, and of those: name -> file."""
    libraries, todo = {}, [program]
    while todo:
        shown = subprocess.run(["readelf", "-dW", todo.pop()], capture_output=True, text=True, check=True).stdout
        for name in re.findall(r"\(NEEDED\).*\[(.*)\]", shown):
            if name not in libraries:
                libraries[name] = find(folder, name)
                todo.append(libraries[name])
    return libraries


def write_initrd(debs, key, out):
    """What the kernel begins with, and all that the board has."""
    with tempfile.TemporaryDirectory() as work:
        root = pathlib.Path(work)
        for folder in "bin sbin usr/sbin dev proc sys run tmp modules etc/dropbear root/.ssh lib".split():
            (root / folder).mkdir(parents=True)
        files = {"bin/busybox": find(debs, "bin/busybox"), "usr/sbin/dropbear": debs / "usr/sbin/dropbear"}
        for name, file in needed(debs, debs / "usr/sbin/dropbear").items():
            files[f"lib/{name}"] = file
        for module in MODULES:
            files[f"modules/{module}.ko"] = find(debs, f"{module}.ko")
        for name, file in files.items():
            shutil.copy(os.path.realpath(file), root / name)
        (root / "init").write_text(INIT)
        (root / "init").chmod(0o755)
        (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/tmp:/bin/sh\n")
        (root / "etc/group").write_text("root:x:0:\nuser:x:1000:\n")
        (root / "etc/shells").write_text("/bin/sh\n")
        shutil.copy(key.with_suffix(".pub"), root / "root/.ssh/authorized_keys")
        for folder in (root / "root", root / "root/.ssh"):
            folder.chmod(0o700)
        names = "".join(f"{path.relative_to(root)}\n" for path in sorted(root.rglob("*")))
        archive = subprocess.run(["cpio", "--quiet", "-o", "-H", "newc", "--owner=0:0"], cwd=root, check=True,
                                 input=names.encode(), stdout=subprocess.PIPE).stdout
        out.write_bytes(gzip.compress(archive, 1))


def with_kinds_of_cores(tree, capacities):
    """qemu's device tree as text, with the speed of each core, and a cluster for each kind."""
    handles = []
    for core, capacity in enumerate(capacities):
        at = re.search(r"cpu@%x \{" % core, tree)
        handles.append(re.search(r"phandle = (<0x[0-9a-f]+>);", tree[at.end():])[1])
        tree = tree[:at.end()] + f" capacity-dmips-mhz = <{capacity}>;" + tree[at.end():]
    clusters = ""
    for number, kind in enumerate(dict.fromkeys(capacities)):
        cores = [handle for handle, capacity in zip(handles, capacities) if capacity == kind]
        lines = " ".join(f"core{i} {{ cpu = {handle}; }};" for i, handle in enumerate(cores))
        clusters += f"cluster{number} {{ {lines} }};"
    at = re.search(r"socket0 \{", tree)
    depth, end = 1, at.end()
    while depth:
        depth += {"{": 1, "}": -1}.get(tree[end], 0)
        end += 1
    return f"{tree[:at.end()]} {clusters} {tree[end - 1:]}"


class Board:
    """Boots when it is entered; ends with the block. `folder` keeps its key, its console and its files."""

    def __init__(self, folder, cpu="cortex-a76", limit=60):
        self.folder, self.cpu, self.limit = pathlib.Path(folder).resolve(), cpu, limit
        self.folder.mkdir(parents=True, exist_ok=True)
        self.key, self.console = self.folder / "key", self.folder / "console"
        self.qemu, self.port = None, 0

    def __enter__(self):
        try:
            self.prepare()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.qemu:
            with contextlib.suppress(OSError, subprocess.SubprocessError):
                subprocess.run([*self.client(), "-O", "exit", "root@127.0.0.1"], capture_output=True, timeout=5)
            self.qemu.kill()
            self.qemu.wait()

    def prepare(self):
        debs = packages()
        shutil.copy(find(debs / "boot", "vmlinuz-*"), self.folder / "vmlinuz")
        if not self.key.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        write_initrd(debs, self.key, self.folder / "initrd")
        raw, text = self.folder / "qemu.dtb", self.folder / "board.dts"
        subprocess.run([*self.machine(f",dumpdtb={raw}"), "-nic", "none"], check=True, capture_output=True)
        tree = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", raw], check=True, capture_output=True, text=True)
        text.write_text(with_kinds_of_cores(tree.stdout, CAPACITIES))
        subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", self.folder / "board.dtb", text], check=True)

    def machine(self, more=""):
        return ["qemu-system-aarch64", "-machine", "virt" + more, "-cpu", self.cpu, "-smp", str(len(CAPACITIES)), "-m",
                "1024", "-display", "none", "-monitor", "none", "-no-reboot", "-serial", "stdio"]

    def start(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.qemu = subprocess.Popen(
            [*self.machine(), "-dtb", self.folder / "board.dtb", "-kernel", self.folder / "vmlinuz", "-initrd",
             self.folder / "initrd", "-append", "console=ttyAMA0 quiet panic=-1", "-netdev",
             f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{self.port}-:22", "-device",
             "virtio-net-device,netdev=net"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        up = threading.Event()
        threading.Thread(target=self.listen, args=(up,), daemon=True).start()
        if not up.wait(self.limit) or self.qemu.poll() is not None:
            raise TimeoutError(f"the board was not up after {self.limit} s; its console: {self.console}")

    def listen(self, up):
        """Keeps what the board says on its console."""
        with open(self.console, "wb") as console:
            for line in self.qemu.stdout:
                console.write(line)
                console.flush()
                if line.startswith(b"board: up"):
                    up.set()
        up.set()  # it ended

    def reach(self):
        """The words that reach it, without the destination."""
        return ["ssh", "-F", "none", "-i", str(self.key), "-p", str(self.port), "-o", "BatchMode=yes", "-o",
                "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]

    def client(self):
        """The same, over one connection for all who use these: for `ssh` below, and for whoever starts one."""
        return [*self.reach(), "-o", "ControlMaster=auto", "-o", "ControlPersist=600", "-o", f"ControlPath={self.folder}/control"]

    def as_known(self):
        """The environment in which `ssh root@127.0.0.1` of any program reaches this board, by connections of its own."""
        tool = self.folder / "bin/ssh"
        tool.parent.mkdir(exist_ok=True)
        tool.write_text(f"#!/bin/sh\nexec {shutil.which('ssh')} {shlex.join(self.reach()[1:])} \"$@\"\n")
        tool.chmod(0o755)
        return {"PATH": f"{tool.parent}:{os.environ['PATH']}"}

    def cut(self):
        """Ends all connections, as a pulled cable does: without a word to anybody."""
        lines = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
        ours = {f"socket:[{words[9]}]" for words in lines if words[2].endswith(f":{self.port:04X}")}
        for file in glob.glob("/proc/[0-9]*/fd/*"):
            with contextlib.suppress(OSError):
                if os.readlink(file) in ours:
                    os.kill(int(file.split("/")[2]), signal.SIGKILL)

    def ssh(self, command, timeout=280, check=True, **more):
        """A command line there; both outputs are kept."""
        done = subprocess.run([*self.client(), "root@127.0.0.1", command], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=timeout, check=False,
                              **(more or {"stdin": subprocess.DEVNULL}))
        if check and done.returncode:
            raise RuntimeError(f"the board: `{command}`: code {done.returncode}: {done.stderr.decode()}")
        return done

    def push(self, file, to):
        with open(file, "rb") as content:
            self.ssh(f"mkdir -p '{os.path.dirname(to)}' && cat >'{to}' && chmod {os.stat(file).st_mode & 0o777:o} '{to}'",
                     stdin=content)

    def push_folder(self, folder, to):
        for file in sorted(pathlib.Path(folder).rglob("*")):
            if file.is_file():
                self.push(file, f"{to}/{file.relative_to(folder)}")


def main():
    why_not = missing()
    if why_not:
        sys.exit(f"board.py: {why_not}")
    with Board(sys.argv[1], *sys.argv[2:3]) as board:
        print(*board.client(), "root@127.0.0.1", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
