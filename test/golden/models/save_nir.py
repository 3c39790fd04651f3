"""Saves small graphs as the nir package does, with what their neurons do.

    python3 -m pip install nir==1.0.8 h5py==3.16.0 numpy==2.4.6
    python3 test/golden/models/save_nir.py
"""

import json
from pathlib import Path

import nir
import numpy as np

folder = Path(__file__).parent / "nir"
folder.mkdir(exist_ok=True)
random = np.random.default_rng(9)


def affine(outputs, inputs, dtype=np.float32):
    weight = random.uniform(-1, 1, (outputs, inputs)).astype(dtype)
    return nir.Affine(weight=weight, bias=random.uniform(-0.5, 0.5, outputs).astype(dtype))


def neurons(count, threshold, subtract=True, r=1.0, reset=0.0):
    return nir.IF(
        r=np.full(count, r),
        v_threshold=np.full(count, threshold),
        v_reset=np.full(count, reset),
        metadata={"reset": "subtract"} if subtract else {},
    )


def graph(**nodes):
    ends = {"input": nir.Input(np.array([6])), **nodes, "output": nir.Output(np.array([2]))}
    names = list(ends)
    return nir.NIRGraph(nodes=ends, edges=list(zip(names, names[1:])), type_check=False)


def rates(node, current, timesteps):
    """Spikes of IF neurons a time-step, by NIR's equations with a reset by subtraction."""
    v = np.zeros(len(current))
    spikes = np.zeros(len(current))
    for _ in range(timesteps):
        v += node.r * current
        fired = v > node.v_threshold
        v[fired] -= node.v_threshold[fired]
        spikes += fired
    return spikes / timesteps


def run(nodes, x, timesteps=20000):
    for node in nodes:
        if isinstance(node, nir.Affine):
            x = node.weight @ x + node.bias
        elif isinstance(node, nir.Linear):
            x = node.weight @ x
        elif isinstance(node, nir.IF):
            x = rates(node, x, timesteps)
    return x


# The names do not sort as the nodes follow each other.
chain = {
    "z": affine(5, 6),
    "spikes": neurons(5, 0.5),
    "b": nir.Linear(weight=random.uniform(-1, 1, (4, 5))),
    "a": neurons(4, 2.0, r=1.5),
    "out": affine(2, 4, np.float64),
}
x = random.uniform(-1, 1, (4, 6))
nir.write(folder / "chain.nir", graph(**chain))
nir.write(folder / "stored.nir", graph(**chain), compression=None)
(folder / "chain.json").write_text(
    json.dumps({"x": x.tolist(), "outputs": [run(chain.values(), one).tolist() for one in x]}, indent=1) + "\n"
)

other = {
    "reset": graph(one=affine(3, 6), two=neurons(3, 1.0, subtract=False), three=affine(2, 3)),
    "negative": graph(one=affine(3, 6), two=neurons(3, 1.0, reset=-1.0), three=affine(2, 3)),
    "mixed": graph(
        one=affine(3, 6),
        two=nir.IF(r=np.ones(3), v_threshold=np.array([1.0, 2.0, 3.0]), v_reset=np.zeros(3)),
        three=affine(2, 3),
    ),
    "leaky": graph(
        one=affine(3, 6),
        two=nir.LIF(tau=np.ones(3), r=np.ones(3), v_leak=np.zeros(3), v_threshold=np.ones(3)),
        three=affine(2, 3),
    ),
    "branch": nir.NIRGraph(
        nodes={
            "input": nir.Input(np.array([6])),
            "one": affine(2, 6),
            "two": affine(2, 6),
            "output": nir.Output(np.array([2])),
        },
        edges=[("input", "one"), ("input", "two"), ("one", "output"), ("two", "output")],
        type_check=False,
    ),
    "loop": nir.NIRGraph(
        nodes={
            "input": nir.Input(np.array([6])),
            "one": affine(2, 6),
            "back": affine(2, 2),
            "two": neurons(2, 1.0),
            "output": nir.Output(np.array([2])),
        },
        edges=[("input", "one"), ("one", "two"), ("two", "output"), ("two", "back"), ("back", "two")],
        type_check=False,
    ),
}
for name, other_graph in other.items():
    nir.write(folder / f"{name}.nir", other_graph)
