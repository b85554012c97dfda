#!/usr/bin/python3
"""Completions in real shells, and pages of man: made from the program's own options, so that none is missing."""
import functools
import os
import re
import shutil
import subprocess

from _outside import program, skip

folder = os.path.dirname(program)
path = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "HOME": os.getcwd()}


@functools.cache
def said(*words):
    done = subprocess.run([program, *words], capture_output=True, text=True)
    assert done.returncode == 0, (words, done)
    return done.stdout


def tree():
    """Command -> its options, by the program's own help."""
    commands = re.findall(r"^  ([a-z]+) ", said("--help").split("Commands:")[1].split("\nOptions:")[0], re.M)
    return {command: set(re.findall(r"^  (?:-\w, )?(--\w+)", said(command, "--help"), re.M)) for command in commands
            if command not in ("train", "test", "supernet", "data") or os.path.exists(folder + "/nnstretch-training")}


TREE = tree()
assert len(TREE) > 10 and "--num_runs" in TREE["bench"], TREE


def by_bash(*words):
    """What bash offers when the last word is completed."""
    script = said("completion", "bash") + f"""
COMP_WORDS=({' '.join("'" + word + "'" for word in words)}); COMP_CWORD={len(words) - 1}
compopt() {{ :; }}
_nnstretch
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(["bash", "--norc"], input=script, capture_output=True, text=True, env=path)
    assert done.returncode == 0 and not done.stderr, done
    return set(done.stdout.split())


def bash():
    assert by_bash("nnstretch", "") >= set(TREE), by_bash("nnstretch", "")
    assert by_bash("nnstretch", "b") == {"bench", "build"}
    for command, options in TREE.items():
        if command in ("supernet", "data"):
            continue  # which have commands
        assert by_bash("nnstretch", command, "--") >= options, (command, options - by_bash("nnstretch", command, "--"))
    assert by_bash("nnstretch", "bench", "--engine", "") == {"auto", "openvino", "litert", "qnn", "reference"}
    assert by_bash("nnstretch", "bench", "--engine", "o") == {"openvino"}
    assert by_bash("nnstretch", "bench", "--num_runs", "3", "--plan", "") == {"parts", "whole", "best"}
    open("net.tflite", "w").close()
    assert by_bash("nnstretch", "bench", "--model", "net") == {"net.tflite"}
    assert by_bash("nnstretch", "inspect", "net") == {"net.tflite"}
    if "supernet" in TREE:
        assert by_bash("nnstretch", "supernet", "") >= {"train", "eval"}
        assert "--subnet" in by_bash("nnstretch", "supernet", "eval", "--")


def zsh():
    if not shutil.which("zsh"):
        return print("zsh is not installed: its file is not tried")
    with open("_nnstretch", "w") as file:
        file.write(said("completion", "zsh"))
    subprocess.run(["zsh", "-n", "_nnstretch"], check=True)
    for command, options in TREE.items():
        text = open("_nnstretch").read()
        assert all(option in text for option in options), command


def fish():
    if not shutil.which("fish"):
        return print("fish is not installed: its file is not tried")
    with open("nnstretch.fish", "w") as file:
        file.write(said("completion", "fish"))
    def offered(line):
        done = subprocess.run(["fish", "--no-config", "-c", f"source nnstretch.fish; complete -C {line!r}"], capture_output=True, text=True, env=path)
        assert done.returncode == 0 and not done.stderr, done
        return {line.split("\t")[0] for line in done.stdout.splitlines()}
    assert offered("nnstretch ") >= set(TREE)
    for command, options in TREE.items():
        if command not in ("supernet", "data"):
            assert offered(f"nnstretch {command} --") >= options, (command, options - offered(f"nnstretch {command} --"))
    if "data" in TREE:  # `info` is a command, and so is `data info`
        assert "--freeze" in offered("nnstretch train --") & offered("nnstretch supernet train --")
        assert "--split" in offered("nnstretch data info --") - offered("nnstretch info --")
    assert offered("nnstretch bench --engine ") == {"auto", "openvino", "litert", "qnn", "reference"}


def manual():
    for command in ["", *TREE]:
        page = said("man", *command.split())
        assert page.startswith(".TH"), page
        for option in TREE.get(command, ()):
            assert option.replace("-", "\\-") in page, (command, option)
        if shutil.which("groff"):
            done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z"], input=page, capture_output=True, text=True)
            assert done.returncode == 0 and not done.stderr, (command, done.stderr)
    done = subprocess.run([program, "man", "nowhere"], capture_output=True, text=True)
    assert done.returncode == 2 and "no command 'nowhere'" in done.stderr, done


for test in (bash, zsh, fish, manual):
    test()
print("all as expected")
