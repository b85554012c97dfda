#!/usr/bin/python3
"""What people see before anything is computed: help of every command in terminals of several widths and in a pipe, and
what is said of words that are not known."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

from _outside import program, source

COMMANDS = ["profile", "predict", "search", "report", "completion", "man", "run", "build", "infer", "bench", "compare", "inspect", "info", "convert", "devices"]
if os.path.exists(os.path.join(os.path.dirname(program), "nnstretch-training")):
    COMMANDS += ["train", "test", "supernet", "data", "supernet train", "supernet eval", "data prepare"]


def in_terminal(columns, *words):
    """All that it writes into a terminal of so many columns, and its exit code."""
    main, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    child = subprocess.Popen([program, *words], stdin=other, stdout=other, stderr=other)
    os.close(other)
    said = b""
    try:
        while piece := os.read(main, 65536):
            said += piece
    except OSError:  # how a terminal of Linux ends
        pass
    os.close(main)
    return said.decode().replace("\r\n", "\n"), child.wait()


def piped(*words):
    done = subprocess.run([program, *words], capture_output=True, text=True)
    return done.stdout, done.stderr, done.returncode


def no_line_is_wider(text, columns, what):
    for line in text.splitlines():
        example = line.startswith("  nnstretch ") or line.startswith("    --")
        unbroken = len(line.split()) <= 1 or "`" in line
        assert len(line) <= columns or example or unbroken, (what, columns, line)


def help_fits():
    for columns in (80, 120, 60):
        for words in [[], ["--help"], ["help", "run"], *([*command.split(), "--help"] for command in COMMANDS)]:
            text, code = in_terminal(columns, *words)
            assert code == 0 and text.startswith("Usage: nnstretch"), (words, text)
            no_line_is_wider(text, columns, words)
            for foreign in (":INT", "TEXT:", "[1 - ", "{false}", "TEXT ", " INT", "FLOAT"):
                assert foreign not in text, (words, foreign, text)
    text, said, code = piped("help", "bench")
    assert code == 0 and not said and "Timing:" in text and "Processors:" in text and text.rstrip().splitlines()[-1].startswith("  nnstretch bench")
    no_line_is_wider(text, 80, "a pipe")
    assert piped("bench", "--help")[0] == text
    assert piped()[0] == piped("--help")[0] and "run" in piped()[0]
    assert piped("-V") == piped("--version") and piped("-V")[2] == 0


CFG = os.path.join(source, "configs/tiny/TINY-RX-CD.yaml")
WRONG = [  # words, what is said
    (["benhc"], ["no command 'benhc'", "did you mean bench?"]),
    (["frobnicate"], ["no command 'frobnicate'", "there are run, build"]),
    (["bench", "--nm_runs", "3"], ["no option --nm_runs", "did you mean --num_runs?", "`nnstretch bench --help`"]),
    (["bench", "--num-rnus", "3"], ["no option --num_rnus", "did you mean --num_runs?"]),
    (["bench", "--zzz", "--nm_runs"], ["no option --zzz", "`nnstretch bench --help`"]),  # the first that was typed
    (["infer", "--force"], ["no option --force of `nnstretch infer`", "one of `nnstretch run`"]),
    (["bench", "-q"], ["no option -q", "`nnstretch -q ...`"]),
    (["bench", "--graph=x.tflite"], ["no option --graph, which is benchmark_model's", "--model FILE"]),
    (["bench", "--enable_op_profiling=true"], ["benchmark_model's", "--operators"]),
    (["bench", "--min_secs=0"], ["benchmark_model's", "--num_runs"]),
    (["bench", "--use_gpu=true"], ["benchmark_model's", "--machine"]),
    (["bench", "-m", "x.xml"], ["no option -m, which is benchmark_app's", "--model FILE"]),
    (["bench", "-niter", "3"], ["benchmark_app's", "--num_runs"]),
    (["bench", "-hint", "latency"], ["no option -hint", "benchmark_app's"]),
    (["bench", "-d", "CPU"], ["benchmark_app's", "--engine"]),
    (["bench", "-nireq", "2"], ["benchmark_app's", "--requests"]),
    (["--mode", "time"], ["run_net.py's", "nnstretch info, train, test, bench"]),
    (["info", "--mode", "info"], ["run_net.py's"]),
    (["bench", "--engine", "openvion", "--cfg", CFG], ["'openvion' is none of auto, openvino", "did you mean openvino?"]),
    (["bench", "--engine", "tensorrt", "--cfg", CFG], ["'tensorrt' is none of auto, openvino, litert, qnn, reference"]),
    (["bench", "--plan", "bets", "--cfg", CFG], ["'bets' is none of", "did you mean best?"]),
    (["bench", "--num_runs", "many", "--cfg", CFG], ["--num_runs", "many"]),
    (["bench", "--num_runs", "0", "--cfg", CFG], ["--num_runs", "0"]),
    (["bench", "--num_runs"], ["--num_runs"]),
    (["bench"], ["give either --cfg FILE or --model FILE"]),
    (["run"], ["--cfg is required", "`nnstretch run --help`"]),
    (["run", "--configs", "nowhere"], ["nowhere", "no such file or folder"]),
    (["run", "--configs", CFG, "--observer", "mxe"], ["'mxe' is none of", "did you mean mse?"]),
    (["run", "--configs", CFG, "--format", "html"], ["'html' is none of text, md, csv"]),
    (["run", "--configs", CFG, "--device_tmp_dir", "/x"], ["--device_tmp_dir"]),
    (["run", "--configs", CFG, "--serial", ""], ["--serial"]),
    (["bench", "--cfg", CFG, "--colour", "rbg"], ["'rbg' is none of rgb, bgr"]),
    (["infer", "--cfg", CFG], ["--input", "`nnstretch infer --help`"]),
    (["build", "--cfg", CFG], ["--out", "`nnstretch build --help`"]),
    (["compare", "one.json"], ["after", "`nnstretch compare --help`"]),
    (["inspect"], ["model", "`nnstretch inspect --help`"]),
]


def wrong_words():
    for words, says in WRONG:
        out, said, code = piped(*words)
        assert code == 2 and not out, (words, code, out, said)
        assert said.count("\n") == 1 and said.startswith("nnstretch: "), (words, said)
        for word in says:
            assert word in said, (words, word, said)
        text, code = in_terminal(80, *words)
        assert code == 2
        no_line_is_wider(text, 80, words)


def every_foreign_word_is_in_the_docs():
    """cli/foreign_words.cpp and docs/migrating.md say the same words."""
    code = open(os.path.join(source, "cli/foreign_words.cpp")).read()
    words = re.findall(r'\{"(-[^"]+)", ', code)
    page = set(re.findall(r"`(--?[A-Za-z_0-9]+)", open(os.path.join(source, "docs/migrating.md")).read()))
    assert len(words) > 70 and not set(words) - page, set(words) - page


for test in (every_foreign_word_is_in_the_docs, help_fits, wrong_words):
    test()
print("all as expected")
