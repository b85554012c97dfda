"""Weights of a plain residual network, cut into the branches of its stretch: where training goes on from.

Channel c of a branch is channel (widths of the branches before it + c) modulo the plain width. A
channel that a stretch has several times is read with a share of its weight each. A shortcut that only
the stretch has begins as the identity. Stretch and plain network have equal depths and basic blocks.
"""
import array
import collections
import json
import struct


def read(path):
    """Name to (shape, values) of the f32 tensors of a .safetensors file."""
    data = path.read_bytes()
    end = 8 + struct.unpack("<Q", data[:8])[0]
    tensors = {}
    for name, entry in json.loads(data[8:end]).items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        first, last = entry["data_offsets"]
        tensors[name] = (entry["shape"], array.array("f", data[end + first:end + last]))
    return tensors


def write(path, tensors):
    head, body = {}, bytearray()
    for name, (shape, values) in tensors.items():
        head[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(body), len(body) + 4 * len(values)]}
        body += values.tobytes()
    text = json.dumps(head).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def gather(tensor, outputs, inputs=None):
    """The slices of a weight for these channels, in their order."""
    shape, values = tensor
    if inputs is None:
        return [len(outputs)], array.array("f", (values[o] for o in outputs))
    patch = len(values) // (shape[0] * shape[1])
    often = collections.Counter(inputs)
    cut = array.array("f")
    for o in outputs:
        for i in inputs:
            at = (o * shape[1] + i) * patch
            cut.extend(value / often[i] for value in values[at:at + patch])
    return [len(outputs), len(inputs), *shape[2:]], cut


NORM = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0}


def stretch(plain, widths):
    """`widths`: of the stretch, by stage and branch. Weights without those of counters."""
    made = {name: tensor for name, tensor in plain.items() if name.startswith("stem.")}
    read_by_stage = list(range(plain["stem.conv.weight"][0][0]))
    depth = {s: sum(name.startswith(f"s{s}.") and name.endswith(".f.a.weight") for name in plain)
             for s in range(1, len(widths) + 1)}
    for stage, branches in enumerate(widths, 1):
        width = plain[f"s{stage}.branches.0.b1.f.a.weight"][0][0]
        joined = []
        for branch, count in enumerate(branches):
            own = [(len(joined) + c) % width for c in range(count)]
            joined += own
            for block in range(1, depth[stage] + 1):
                source, target = f"s{stage}.branches.0.b{block}.", f"s{stage}.branches.{branch}.b{block}."
                inputs = read_by_stage if block == 1 else own
                made[target + "f.a.weight"] = gather(plain[source + "f.a.weight"], own, inputs)
                made[target + "f.b.weight"] = gather(plain[source + "f.b.weight"], own, own)
                norms = ["f.a_bn.", "f.b_bn."]
                if source + "proj.weight" in plain:
                    made[target + "proj.weight"] = gather(plain[source + "proj.weight"], own, inputs)
                    norms.append("bn.")
                elif block == 1 and count != len(inputs):
                    often = collections.Counter(inputs)
                    made[target + "proj.weight"] = ([count, len(inputs), 1, 1], array.array(
                        "f", ((i == o) / often[i] for o in own for i in inputs)))
                    for field, value in NORM.items():
                        made[target + "bn." + field] = ([count], array.array("f", [value] * count))
                for norm in norms:
                    for field in NORM:
                        made[target + norm + field] = gather(plain[source + norm + field], own)
        read_by_stage = joined
    classes = range(plain["head.fc.weight"][0][0])
    made["head.fc.weight"] = gather(plain["head.fc.weight"], classes, read_by_stage)
    made["head.fc.bias"] = plain["head.fc.bias"]
    return made
