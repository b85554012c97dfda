#!/usr/bin/python3
"""A phone made of a folder: the daemon at the other end of Android's `adb`.

    phone.py FOLDER [--port N] [--features A,B] [--unauthorised] [--mute] [--shell WORDS]

Speaks adb's transport over TCP on the loopback and says "listening PORT" once it does. /data/local/tmp is
FOLDER/data/local/tmp; FOLDER/bin stands before the PATH of its shell, for `getprop`, `uname` or `df` of a test's own.
It is as strict as the real daemon: input and output of a command are the two ways of one socket, so that whoever holds
the input keeps the session open; when a session is cut, the shell alone gets SIGHUP, and nobody else. SIGUSR1 cuts all
connections, as a pulled cable does. --unauthorised: nobody says yes on its screen; --mute: it does not answer (offline). --features without shell_v2 is an old phone: no exit codes, errors among the output.
--shell "ssh board" makes it the daemon of another machine: its shell and its files are that one's.
Written from what the real client sends and takes (adb 29.0.6); protocol names are those of Android's protocol.txt.
"""
import argparse
import os
import shlex
import signal
import socket
import stat
import struct
import subprocess
import sys
import threading

CNXN, AUTH, OPEN, OKAY, CLSE, WRTE = (int.from_bytes(word, "little") for word in (b"CNXN", b"AUTH", b"OPEN", b"OKAY", b"CLSE", b"WRTE"))
VERSION = 0x01000001  # from here on nobody checks sums
LARGEST = 1 << 20     # bytes of a packet
STDIN, STDOUT, STDERR, EXIT, CLOSE_STDIN = 0, 1, 2, 3, 4  # of shell_v2

connections = set()


class Stream:
    """One service at work: what the host sends to it, and what it sends, a packet at a time."""

    def __init__(self, connection, own, theirs):
        self.connection, self.own, self.theirs = connection, own, theirs
        self.buffer, self.may_send, self.closed = bytearray(), True, False
        self.changed = threading.Condition()

    def change(self, **values):
        with self.changed:
            for name, value in values.items():
                setattr(self, name, value)
            self.changed.notify_all()

    def receive(self, data):
        with self.changed:
            self.buffer += data
            self.changed.notify_all()

    def take(self, count=None):
        """So many bytes, or some; EOFError at the end."""
        with self.changed:
            self.changed.wait_for(lambda: self.closed or len(self.buffer) >= (count or 1))
            taken = bytes(self.buffer[:count])
            del self.buffer[:len(taken)]  # which moves nothing
        if len(taken) < (count or 1):
            raise EOFError
        return taken

    def send(self, data):
        while data:
            piece, data = data[:self.connection.largest], data[self.connection.largest:]
            with self.changed:
                self.changed.wait_for(lambda: self.may_send or self.closed)
                if self.closed:
                    raise EOFError
                self.may_send = False
            self.connection.packet(WRTE, self.own, self.theirs, piece)

    def close(self):
        with self.changed:
            self.changed.wait_for(lambda: self.may_send or self.closed)
        self.connection.packet(CLSE, self.own, self.theirs)


class Connection(threading.Thread):
    """One adb server at the other end."""

    def __init__(self, end, phone):
        super().__init__(daemon=True)
        self.end, self.phone = end, phone
        self.lock, self.largest, self.streams = threading.Lock(), 4096, {}

    def packet(self, command, first, second, data=b""):
        head = struct.pack("<6I", command, first, second, len(data), sum(data) & 0xffffffff, command ^ 0xffffffff)
        with self.lock:
            try:
                self.end.sendall(head + data)
            except OSError as error:
                raise EOFError from error

    def bytes(self, count):
        got = bytearray(count)
        view = memoryview(got)
        while view:
            length = self.end.recv_into(view)
            if not length:
                raise EOFError
            view = view[length:]
        return bytes(got)

    def run(self):
        connections.add(self)
        try:
            while True:
                command, first, second, length, _, _ = struct.unpack("<6I", self.bytes(24))
                self.attend(command, first, second, self.bytes(length))
        except (EOFError, OSError):
            pass
        finally:
            connections.discard(self)
            self.end.close()
            for stream in list(self.streams.values()):
                stream.change(closed=True)

    def attend(self, command, first, second, data):
        stream = self.streams.get(second)
        if command == CNXN:
            self.largest = min(second, LARGEST)
            if self.phone.mute:
                return
            if self.phone.unauthorised:
                self.packet(AUTH, 1, 0, b"x" * 20)  # nobody says yes on its screen
            else:
                told = f"device::ro.product.name=folder;ro.product.model=Folder;ro.product.device=folder;features={self.phone.features}"
                self.packet(CNXN, VERSION, LARGEST, told.encode())
        elif command == OPEN:
            stream = Stream(self, len(self.streams) + 1, first)
            self.streams[stream.own] = stream
            threading.Thread(target=self.serve, args=(stream, data.rstrip(b"\0").decode()), daemon=True).start()
        elif command == WRTE and stream:
            stream.receive(data)
            self.packet(OKAY, second, first)
        elif command == OKAY and stream:
            stream.change(may_send=True)
        elif command == CLSE and stream:
            stream.change(closed=True)

    def serve(self, stream, name):
        try:
            kind, _, rest = name.partition(":")
            if kind.split(",")[0] in ("shell", "exec"):
                self.packet(OKAY, stream.own, stream.theirs)
                Shell(stream, self.phone, rest, "v2" in kind.split(",")).run()
            elif name == "sync:":
                self.packet(OKAY, stream.own, stream.theirs)
                Files(stream, self.phone).run()
            else:
                return self.packet(CLSE, 0, stream.theirs)
            stream.close()
        except EOFError:
            pass


class Shell:
    """A command. With shell_v2 in frames (kind, length, data), else bytes alone."""

    def __init__(self, stream, phone, command, framed):
        self.stream, self.framed, self.sending = stream, framed, threading.Lock()
        self.ours, theirs = socket.socketpair()
        self.child = subprocess.Popen(phone.words(command), cwd=phone.folder, env=phone.environment, stdin=theirs, stdout=theirs,
                                      stderr=subprocess.PIPE if framed else theirs, start_new_session=True)
        theirs.close()

    def run(self):
        threading.Thread(target=self.feed, daemon=True).start()
        readers = [threading.Thread(target=self.tell, args=(lambda: self.ours.recv(1 << 16), STDOUT))]
        if self.framed:
            readers.append(threading.Thread(target=self.tell, args=(lambda: os.read(self.child.stderr.fileno(), 1 << 16), STDERR)))
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        code = self.child.wait()
        if self.framed:
            self.stream.send(struct.pack("<BIB", EXIT, 1, code & 255 if code >= 0 else 128 - code))

    def feed(self):
        try:
            while True:
                if not self.framed:
                    self.ours.sendall(self.stream.take())
                    continue
                kind, length = struct.unpack("<BI", self.stream.take(5))
                data = self.stream.take(length)
                if kind == STDIN:
                    self.ours.sendall(data)
                elif kind == CLOSE_STDIN:
                    self.ours.shutdown(socket.SHUT_WR)
        except (EOFError, OSError):
            pass
        with self.stream.changed:
            self.stream.changed.wait_for(lambda: self.stream.closed)
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGHUP)
        try:
            self.ours.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def tell(self, read, kind):
        try:
            while data := read():
                with self.sending:
                    self.stream.send(struct.pack("<BI", kind, len(data)) + data if self.framed else data)
        except (EOFError, OSError):
            pass


class Files:
    """The service sync: looks, pushes and pulls."""

    def __init__(self, stream, phone):
        self.stream, self.phone = stream, phone

    def run(self):
        while True:
            kind, length = struct.unpack("<4sI", self.stream.take(8))
            if kind == b"QUIT":
                return
            path = self.stream.take(length).decode() if length else ""
            if kind in (b"STAT", b"LST2", b"STA2"):
                self.look(kind, path)
            elif kind == b"SEND":
                self.receive(*path.rsplit(",", 1))
            elif kind == b"RECV":
                self.give(path)
            else:
                return self.fail(f"unknown request {kind}")

    def fail(self, why):
        self.stream.send(struct.pack("<4sI", b"FAIL", len(why.encode())) + why.encode())

    def look(self, kind, path):
        try:
            found, error = self.phone.stat(path), 0
        except OSError as problem:
            found, error = os.stat_result([0] * 10), problem.errno
        if kind == b"STAT":
            answer = struct.pack("<4sIII", kind, found.st_mode, found.st_size & 0xffffffff, int(found.st_mtime))
        else:
            answer = struct.pack("<4sIQQIIIIQqqq", kind, error, found.st_dev, found.st_ino, found.st_mode, found.st_nlink, found.st_uid,
                                 found.st_gid, found.st_size, int(found.st_atime), int(found.st_mtime), int(found.st_ctime))
        self.stream.send(answer)

    def receive(self, path, mode):
        problem = None
        try:
            target = self.phone.open_for_writing(path, int(mode))
        except OSError as error:
            target, problem = None, error.strerror
        while True:
            kind, length = struct.unpack("<4sI", self.stream.take(8))
            if kind == b"DONE":
                break
            data = self.stream.take(length)
            try:
                if target:
                    target.write(data)
            except OSError as error:
                target, problem = None, error.strerror
        try:
            if target:
                target.close()
        except OSError as error:
            problem = error.strerror
        if problem:
            self.fail(problem)
        else:
            self.stream.send(struct.pack("<4sI", b"OKAY", 0))

    def give(self, path):
        try:
            data = self.phone.read(path)
        except OSError as error:
            return self.fail(error.strerror)
        for at in range(0, len(data), 1 << 16):
            piece = data[at:at + (1 << 16)]
            self.stream.send(struct.pack("<4sI", b"DATA", len(piece)) + piece)
        self.stream.send(struct.pack("<4sI", b"DONE", 0))


class RemoteFile:
    """Of the machine behind --shell: written as it comes."""

    def __init__(self, words):
        self.child = subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE)

    def write(self, data):
        self.child.stdin.write(data)

    def close(self):
        said = self.child.communicate()[1].decode().strip()
        if self.child.returncode:
            raise OSError(5, said or "failed")


class Phone:
    def __init__(self, options):
        self.folder = os.path.abspath(options.folder)
        self.unauthorised, self.mute = options.unauthorised, options.mute
        self.features, self.shell = options.features, shlex.split(options.shell)
        os.makedirs(self.folder + "/data/local/tmp", exist_ok=True)
        self.environment = {"PATH": f"{self.folder}/bin:/usr/bin:/bin", "HOME": "/"} if not self.shell else dict(os.environ)

    def path(self, path):
        """On this machine. What its own shell told is one already."""
        return path if path.startswith(self.folder) else os.path.normpath(self.folder + "/" + path)

    def words(self, command):
        if self.shell:
            return self.shell + [command]
        return ["/bin/sh", "-c", command.replace("/data/local/tmp", self.folder + "/data/local/tmp").replace(self.folder * 2, self.folder)]

    def there(self, command):
        done = subprocess.run(self.shell + [command], stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode:
            raise FileNotFoundError(2, done.stderr.decode().strip())
        return done.stdout

    def stat(self, path):
        if not self.shell:
            return os.stat(self.path(path))
        mode, size, time = (int(word, 0) for word in self.there(f"stat -L -c '0x%f %s %Y' {shlex.quote(path)}").split())
        return os.stat_result((mode, 0, 0, 1, 0, 0, size, time, time, time))

    def open_for_writing(self, path, mode):
        if self.shell:
            quoted = shlex.quote(path)
            return RemoteFile(self.shell + [f"cat >{quoted} && chmod {mode & 0o777:o} {quoted}"])
        target = self.path(path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        file = open(target, "wb", 0)
        os.fchmod(file.fileno(), stat.S_IMODE(mode))
        return file

    def read(self, path):
        if self.shell:
            return self.there("cat " + shlex.quote(path))
        with open(self.path(path), "rb") as file:
            return file.read()


def cut(*_):
    for connection in list(connections):
        try:
            connection.end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--features", default="shell_v2,cmd,stat_v2,fixed_push_mkdir")
    parser.add_argument("--unauthorised", action="store_true")
    parser.add_argument("--mute", action="store_true")
    parser.add_argument("--shell", default="")
    options = parser.parse_args()
    phone = Phone(options)
    signal.signal(signal.SIGUSR1, cut)
    listener = socket.create_server(("127.0.0.1", options.port))
    print("listening", listener.getsockname()[1], flush=True)
    while True:
        end, _ = listener.accept()
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        Connection(end, phone).start()


if __name__ == "__main__":
    sys.exit(main())
