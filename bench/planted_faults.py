#!/usr/bin/python3
"""Whether the random networks of tests/engines find faults: puts one after another into a copy of the
source tree, builds its tests there and says which network is the first to fail.

    bench/planted_faults.py [--only WORD] [--most 2000] [FOLDER]
    bench/planted_faults.py --check     only whether the list fits the source

FOLDER keeps the copy and its build (a temporary one otherwise). A fault is a text of a file and what
stands there instead; one that stands in a writer and in its reader alike is one that our own reader
cannot see."""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OPENVINO, TFLITE, ONNX = "src/engines/openvino/lowering.cpp", "src/formats/tflite/", "src/formats/onnx/"

# (what, [(file, text, instead)...])
FAULTS = [
    ("OpenVINO: a constant loses its zero point",
     [(OPENVINO, "real_values(weight(0), op.type)", "real_values(weight(0), {op.type.dtype, op.type.shape, ir::Quant{op.type.quant.value_or(ir::Quant{}).scale, 0}})")]),
    ("OpenVINO: a last transposition is left out",
     [(OPENVINO, "return turned ? to_nhwc(stored) : output_nhwc(stored);", "return output_nhwc(stored);")]),
    ("OpenVINO: no clamp before a change of scale",
     [(OPENVINO, "void lower(const ir::Quantize&) { computed(exact(operand(0))); }",
       "void lower(const ir::Quantize&) { const Value& x = forms_[operand(0)].computed; computed(exists(x) ? x : exact(operand(0))); }")]),
    ("OpenVINO: no clamp before a mean",
     [(OPENVINO, "ReduceMean>(exact(operand(0)), axes", "ReduceMean>(exists(forms_[operand(0)].computed) ? forms_[operand(0)].computed : exact(operand(0)), axes")]),
    ("OpenVINO: an average counts the stored 0 as padding",
     [(OPENVINO, "if (!has_steps_) return exact(id);", "if (true) return exact(id);")]),
    ("OpenVINO: relu6 is a Clamp, which it folds into its neighbours",
     [(OPENVINO, "if (act == ir::Act::relu6)", "if (false)")]),
    ("OpenVINO: a product with a sigmoid of another value is a silu",
     [(OPENVINO, "|| graph_.node(operand(1)).inputs[0] != operand(0))", ")")]),
    (".tflite: a constant loses its zero point",
     [(TFLITE + "lower.cpp", ".zero_point = int8 ? node.type.quant->zero_point : 0", ".zero_point = 0")]),
    (".tflite: a maximum is padded with zeros",
     [(TFLITE + "lower_layers.cpp", "padding_must_lose && !zero_never_wins(x)", "false")]),
    (".tflite: a difference loses its activation",
     [(TFLITE + "lower_arithmetic.cpp", "  options.fused_activation_function = fused.field;",
       "  if (code != Code::SUB) options.fused_activation_function = fused.field;")]),
    (".tflite: padding above and left are exchanged, also where it is read",
     [(TFLITE + "lower_layers.cpp", "p.top, p.bottom, p.left, p.right", "p.left, p.bottom, p.top, p.right"),
      (TFLITE + "raise_layers.cpp", ".top = table[2], .left = table[4]", ".top = table[4], .left = table[2]")]),
    (".onnx: a constant loses its zero point",
     [(ONNX + "lower_int8.cpp", "Names in = scale_and_zero(id);\n  in.insert(in.begin(), name);",
       "Names in = {scale_and_zero(id)[0]};\n  in.insert(in.begin(), name);")]),
    (".onnx: a reshape takes NCHW for NHWC",
     [(ONNX + "lower_moves.cpp", "if (!same_in_both(it.operand(site, 0).type.shape)) {", "if (false) {")]),
    (".onnx: a constant of one dimension is aligned at the width",
     [(ONNX + "lower.cpp", "rank > 0 && rank < 4;", "rank > 1 && rank < 4;")]),
    (".onnx: what of padding an average counts is turned round, also where it is read",
     [(ONNX + "lower_layers.cpp", "int64_t{op.count_padding}", "int64_t{!op.count_padding}"),
      (ONNX + "raise_layers.cpp", 'it.node().integer("count_include_pad", 0) != 0', 'it.node().integer("count_include_pad", 0) == 0')]),
]


def run(command, folder, **more):
    return subprocess.run(command, cwd=folder, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **more)


def copy_tree(to):
    files = run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], SOURCE).stdout.split("\n")
    for name in filter(None, files):
        target = os.path.join(to, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not os.path.islink(os.path.join(SOURCE, name)) and os.path.isfile(os.path.join(SOURCE, name)):
            shutil.copyfile(os.path.join(SOURCE, name), target)
            shutil.copymode(os.path.join(SOURCE, name), target)
    deps = os.path.join(to, ".deps")
    if not os.path.lexists(deps):
        os.symlink(os.path.realpath(os.path.join(SOURCE, ".deps")), deps)


def build(to):
    if not os.path.exists(f"{to}/build/release/build.ninja"):
        done = run(["cmake", "--preset", "release", "-DNNSTRETCH_TESTS=ON"], to)
        if done.returncode:
            sys.exit(done.stdout)
    environment = {**os.environ, "CCACHE_BASEDIR": to, "CCACHE_NOHASHDIR": "1"}
    done = run(["cmake", "--build", "build/release", "--target", "engines_tests"], to, env=environment)
    if done.returncode:
        sys.exit(done.stdout[-3000:])


def outdated(tree, changes):
    """Those texts that the files of a tree do not have once."""
    counts = [(name, text, open(os.path.join(tree, name)).read().count(text)) for name, text, _ in changes]
    return [f"{name}: it has {count} x '{text}', not one: the list of faults is out of date"
            for name, text, count in counts if count != 1]


def plant(to, changes):
    """The files as they were, to be put back."""
    before = {}
    for name, text, instead in changes:
        path = os.path.join(to, name)
        now = open(path).read()
        before.setdefault(path, now)
        open(path, "w").write(now.replace(text, instead))
    return before


def first_failure(to, most):
    """(seed, who found it) of the first network that fails, or nothing."""
    tests, release = f"{to}/build/release/engines_tests", f"{to}/build/release"
    engines = "Every/RandomNetworkOn.AgreesWithTheReferenceKernels/"
    for begin in range(1, most, 100):
        found = []
        for name in ("RandomNetwork.ComesBackFromItsFiles", engines + "litert_cpu", engines + "openvino_cpu"):
            done = run([tests, f"--gtest_filter={name}"], release,
                       env={**os.environ, "NNSTRETCH_NETWORKS": f"{begin}:100", "NNSTRETCH_FAILURES": "1"})
            seen = re.search(r"(\S+), seed (\d+), ", done.stdout)
            if seen:
                found.append((int(seen[2]), seen[1]))
            elif done.returncode:  # it did not get so far as to say
                found.append((begin, done.stdout[-200:]))
        if not found:  # the files as other programs read them
            done = run(["/usr/bin/python3", f"{to}/tests/e2e/random_networks.py", f"{begin}:100"], release,
                       env={**os.environ, "NNSTRETCH_SOURCE": to, "NNSTRETCH": "", "NNSTRETCH_BUILD": release})
            found = [(int(seed), "ONNX Runtime" if suffix == "onnx" else "LiteRT's interpreter")
                     for seed, suffix in re.findall(r"FAILED: \S*/(\d+)-(\w+)", done.stdout)]
        if found:
            return min(found)
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--most", type=int, default=2000)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("folder", nargs="?")
    options = parser.parse_args()
    wrong = outdated(SOURCE, [change for _, changes in FAULTS for change in changes])
    if options.check or wrong:
        print("\n".join(wrong) or f"{len(FAULTS)} faults fit the source")
        sys.exit(bool(wrong))
    to = os.path.abspath(options.folder or tempfile.mkdtemp(prefix="planted-"))
    copy_tree(to)
    missed = 0
    print("| fault | first network | found by |\n|---|---|---|", flush=True)
    for what, changes in [("none", [])] + FAULTS:
        if options.only not in what and what != "none":
            continue
        before = plant(to, changes)
        try:
            build(to)
            found = first_failure(to, 100 if what == "none" else options.most)
        finally:
            for path, text in before.items():
                open(path, "w").write(text)
        print(f"| {what} | {found[0] if found else '-'} | {found[1] if found else ''} |", flush=True)
        missed += (found is None) != (what == "none")
    if not options.folder:
        shutil.rmtree(to)
    sys.exit(missed > 0)


main()
