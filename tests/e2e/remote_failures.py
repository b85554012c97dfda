#!/usr/bin/python3
"""What goes wrong on the way to another machine: each time a message with what, where and what to do, the exit code, the
other configurations done, nothing left at work there, and the same command goes on when the cause is gone. The program
there is a script, so that what it does can be chosen; phones are of today and old (no exit codes, errors among output)."""
import glob
import os
import shutil
import signal
import subprocess

from _machines import Adb, Board, Phone, bundle, expect, free_port, fresh, here, main, processes_in, said_by, small, stand_in, start, until

fresh("work")
adb = Adb()
board = Board()
new, old = Phone(adb, "new"), Phone(adb, "old", "--features", "cmd")
phones = [new, old]
machines = [(new, ["--serial", new.serial]), (old, ["--serial", old.serial]), (board, ["--ssh", "board"])]
model = "work/data/net.tflite"


def name_of(machine):
    return "ssh board" if machine is board else f"adb {machine.serial}"


def bench(words, bench="", version=None, more=()):
    return ["bench", "--model", model, "--latency_only", "--device_bundle", stand_in("bundle", bench, version), *words, *more]


def nothing_here():
    expect(0, "build", "--cfg", small("RX-CD")[2], "--out", model, "--calibration", "two")
    expect(1, "bench", "--model", model, "--serial", "none", says=["adb none: device 'none' not found", "adb devices"])
    expect(1, "bench", "--model", model, "--serial", "127.0.0.1:1", says=["not found", "adb connect"])
    expect(2, "bench", "--model", model, "--adb", says=["more than one device", "--serial"])
    expect(2, "bench", "--model", model, "--adb", "--ssh", "board", says="not by both")
    expect(2, "bench", "--model", model, "--device_tmp_dir", "/d", says="--device_tmp_dir")
    expect(2, "bench", "--model", model, "--clean", says="--clean")
    expect(2, "bench", "--model", model, "--adb", "--root", "--no_root", says="--no_root")
    nobody = ["--adb_host", "127.0.0.2", "--adb_port", str(free_port())]
    expect(1, "bench", "--model", model, "--serial", "x", *nobody, says=["adb x: cannot connect to daemon", "--adb_port"])
    expect(1, "run", "--configs", small("RX-CD")[2], "--serial", "none", says="not found")
    os.environ["ANDROID_ADB_SERVER_PORT"] = str(free_port())  # a server without any device, which the program starts
    expect(1, "bench", "--model", model, "--adb", says=["no devices", "adb connect"])
    adb.call("kill-server")
    os.environ["ANDROID_ADB_SERVER_PORT"] = str(adb.port)
    without = {"PATH": os.path.join(here, "nowhere")}
    expect(1, "bench", "--model", model, "--adb", environment=without, says=["adb: cannot be started", "install it"])
    expect(1, "bench", "--model", model, "--ssh", "board", environment=without, says=["ssh: cannot be started", "install it"])


def who_says_no():
    shy = Phone(adb, "shy", "--unauthorised")
    expect(1, "bench", "--model", model, "--serial", shy.serial, says=["author", "say on its screen"])
    shy.leave()
    mute = Phone(adb, "mute", "--mute")
    expect(1, "bench", "--model", model, "--serial", mute.serial, says=["offline", "adb disconnect"])
    mute.leave()
    for name, words in {"stranger": ["Host key verification failed", "connect once by hand"], "wrong-key": ["Permission denied", "ssh-copy-id"],
                        "refused": ["Connection refused"], "no-such-name.invalid": ["Could not resolve"]}.items():
        expect(1, "bench", "--model", model, "--ssh", name, says=[f"ssh {name}: ", *words])


def what_it_is_not():
    for phone in phones:
        words = ["--serial", phone.serial]
        phone.tool("uname", "if test \"$1\" = -m; then echo armv7l; else /bin/uname \"$@\"; fi")
        expect(1, "bench", "--model", model, *words, says=["there is no bundle for armv7l", "--device_bundle"])
        os.remove(phone.folder + "/bin/uname")
        expect(1, *bench(words, version="0.0.1 (old)"), says=["the bundle is of version 0.0.1 (old)", "scripts/bundle"])
        phone.tool("df", "echo 'Filesystem 1024-blocks Used Available Capacity Mounted on'; echo '/dev/x 9999 9000 999 91% /data'")
        expect(1, *bench(words), says=["there is no room in", "1.0 MB are free", "--device_tmp_dir"])
        os.remove(phone.folder + "/bin/df")
        expect(1, *bench(words, more=["--device_tmp_dir", "/proc/nowhere"]), says=["no folder for our files", "--device_tmp_dir"])
        assert not glob.glob(f"{phone.ours}/bundle.*")
    for machine, words in machines:
        foreign = stand_in("bundle")
        with open(foreign + "/nnstretch", "wb") as file:  # of 64-bit ARM
            file.write(b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\xb7\x00" + bytes(200))
        said = expect(1, "bench", "--model", model, "--device_bundle", foreign, *words, says=["the program does not start there", "--device_bundle"])
        assert "ormat" in said.err, said  # Exec format error
        expect(1, *bench(words, bench="echo 'step: compiling part a by litert' >&2; kill -SEGV $$"), says=["litert: died in compiling part a (signal 11)", "--engine"])
        expect(1, *bench(words, bench="kill -ILL $$"), says=["died before it began (signal 4)", "instructions"])
        expect(1, *bench(words, bench="echo '{\"schema\": 2,'"), says=["the result of timing work/data/net.tflite"])
        expect(1, *bench(words, bench="echo 'nnstretch: part a: it is too large: make it small' >&2; exit 1"), says="part a: it is too large")
        expect(2, *bench(words, bench="echo 'nnstretch: core 9 is asked for' >&2; exit 2"), says="core 9 is asked for")
        expect(1, *bench(words, bench="exec sleep 300", more=["--device_timeout", "1"]), says=["said nothing for 1 s"])
        machine.nobody_left()


def storage():
    """Where a namespace of its own may be made, as root can: noexec, and full in the middle of a push."""
    if subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL).returncode:
        return print("storage of its own cannot be mounted here: not tried")
    phone = Phone(adb, "noexec", storage="noexec")
    expect(1, "bench", "--model", model, "--serial", phone.serial, says=["no program may be started in", "ermission denied", "noexec"])
    phone.leave()
    phone = Phone(adb, "full", storage="size=2m")
    phone.tool("df", "exit 1")  # so that the push finds it out
    expect(1, *bench(["--serial", phone.serial]), says=["No space left on device", "--device_tmp_dir"])
    phone.leave()


at_work = "echo 'step: timing' >&2; echo now >&2; exec sleep 300"


def begun(machine, child):
    """A job is at work there."""
    def job():
        assert child.poll() is None, said_by(child)
        return any("sleep" in words for _, words in processes_in(machine.ours))
    until(job, "no job begins")


def cut_at_work():
    for machine, words in machines:
        child = start(*bench(words, bench=at_work))
        begun(machine, child)
        machine.cut()
        said = said_by(child)
        assert said.code == 1 and f"nnstretch: {name_of(machine)}: " in said.err and "what is done stays" in said.err, said
        machine.nobody_left()
        if machine is not board:
            machine.connect_again()
        expect(1, *bench(words, bench="echo 'nnstretch: part a: no' >&2; exit 1"), says="part a: no")  # it is there again
        assert not glob.glob(f"{machine.ours}/*.part")


def killed_here():
    for machine, words in machines:
        for number in (signal.SIGINT, signal.SIGKILL):
            child = start(*bench(words, bench=at_work))
            begun(machine, child)
            os.kill(child.pid, number)
            said = said_by(child)
            assert said.code == -number, said
            machine.nobody_left()
    child = start(*bench(machines[0][1], bench=at_work))
    begun(new, child)
    adb.call("kill-server")
    assert said_by(child).code == 1
    new.nobody_left()
    for phone in phones:
        phone.connect_again()


def cut_in_a_push():
    """What a cut left is gone at the next contact."""
    for phone in phones:
        folder = stand_in("bundle", "echo 'nnstretch: part a: no' >&2; exit 1")
        with open(folder + "/lib/large", "wb") as file:
            file.write(bytes(200_000_000))
        words = ["bench", "--model", model, "--latency_only", "--device_bundle", folder, "--serial", phone.serial]
        child = start(*words)
        until(lambda: glob.glob(f"{phone.ours}/bundle.*.part/lib/large"), "nothing is pushed")
        phone.cut()
        said = said_by(child)
        assert said.code == 1, said
        assert glob.glob(f"{phone.ours}/*.part")
        phone.connect_again()
        os.remove(folder + "/lib/large")
        expect(1, *words, says="part a: no")
        assert not glob.glob(f"{phone.ours}/*.part")


def others_go_on():
    """The first that is timed there dies; the other network is done, and the same command does the rest."""
    folder = stand_in("bundle")
    shutil.copytree(bundle(), folder + "/real")
    loader, = glob.glob(folder + "/real/lib/ld-*")
    with open(folder + "/nnstretch", "w") as file:
        file.write("#!/bin/sh\ncase \"$1 $(ls $TMPDIR/died 2>/dev/null)\" in 'bench ') touch $TMPDIR/died; echo 'step: timing' >&2; kill -ABRT $$ ;; esac\n"
                   f"export LD_LIBRARY_PATH=real/lib\nexec real/lib/{os.path.basename(loader)} real/nnstretch \"$@\"\n")
    for number, (machine, words) in enumerate(machines):
        fresh(f"rest{number}")
        shutil.rmtree(machine.ours, ignore_errors=True)
        run = [*small("R-CDG", "RX-CD", folder=f"rest{number}"), *words, "--device_bundle", folder]
        said = expect(1, *run, says=["1 run, 0 as they were, 1 failed", "died in timing (signal 6)"])
        assert "RX-CD.yaml failed" not in said.err and "R-CDG.yaml failed" in said.err, said
        expect(0, *run, says="1 run, 1 as they were, 0 failed")
        machine.nobody_left()


def one_at_a_time():
    for machine, words in machines:
        first = start(*bench(words, bench=at_work))
        begun(machine, first)
        second = start(*bench(words, bench=at_work))
        line = second.stderr.readline()
        assert "is in use: waiting for process " + str(first.pid) in line, line
        first.kill()
        first.wait()
        begun(machine, second)
        second.kill()
        second.wait()
        machine.nobody_left()


main([nothing_here, who_says_no, what_it_is_not, storage, cut_at_work, killed_here, cut_in_a_push, others_go_on, one_at_a_time])
