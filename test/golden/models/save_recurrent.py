"""Saves networks of GRUs and of vanilla RNNs in the formats of PyTorch, ONNX and Keras, with what they compute.

    python3 -m pip install torch==2.15.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 numpy==2.4.6 safetensors==0.8.0
    python3 test/golden/models/save_recurrent.py torch
    python3 -m pip install keras==3.15.1 jax==0.10.2 numpy==2.4.6
    KERAS_BACKEND=jax python3 test/golden/models/save_recurrent.py keras
    python3.11 -m pip install tensorflow-cpu==2.15.1
    python3.11 test/golden/models/save_recurrent.py keras

The weights are random ones. The first call makes them, pytorch/recurrent.npz, and the inputs and outputs,
recurrent.json; Keras takes them over.
"""

import json
import sys
from pathlib import Path

import numpy as np

here = Path(__file__).parent
weights_file = here / "pytorch" / "recurrent.npz"
x = np.random.default_rng(3).uniform(-1, 1, (6, 7, 3)).astype(np.float32)


def save_torch():
    import onnx
    import torch
    from onnx import TensorProto, helper, numpy_helper
    from safetensors.torch import save_file

    torch.manual_seed(22)
    torch.set_num_threads(1)

    class Gru(torch.nn.Module):
        """A bidirectional GRU that gives every step, a GRU, a classifier on its last step."""

        def __init__(self):
            super().__init__()
            self.encoder = torch.nn.GRU(3, 4, batch_first=True, bidirectional=True)
            self.gru = torch.nn.GRU(8, 5, batch_first=True)
            self.head = torch.nn.Linear(5, 2)

        def forward(self, x):
            return self.head(self.gru(self.encoder(x)[0])[0][:, -1])

    class Rnn(torch.nn.Module):
        """A bidirectional RNN of two layers whose final states are read."""

        def __init__(self):
            super().__init__()
            self.rnn = torch.nn.RNN(3, 4, num_layers=2, batch_first=True, bidirectional=True)
            self.head = torch.nn.Linear(8, 2)

        def forward(self, x):
            hidden = self.rnn(x)[1]
            return self.head(torch.cat([hidden[-2], hidden[-1]], dim=1))

    class Rectified(torch.nn.Module):
        """ReLU in the place of tanh, which the names and shapes of its weights do not tell, and no bias."""

        def __init__(self):
            super().__init__()
            self.rnn = torch.nn.RNN(3, 5, nonlinearity="relu", batch_first=True, bias=False)
            self.head = torch.nn.Linear(5, 2)

        def forward(self, x):
            return self.head(self.rnn(x)[0][:, -1])

    class Cells(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.lower = torch.nn.RNNCell(3, 4)
            self.upper = torch.nn.GRUCell(4, 5)
            self.head = torch.nn.Linear(5, 2)

        def forward(self, x):
            lower = upper = None
            for step in range(x.shape[1]):
                lower = self.lower(x[:, step], lower)
                upper = self.upper(lower, upper)
            return self.head(upper)

    networks = {"gru-both": Gru(), "rnn-ends": Rnn(), "rnn-relu": Rectified(), "recurrent-cells": Cells()}
    inputs = torch.from_numpy(x)
    outputs = {}
    for name, net in networks.items():
        net.eval()
        torch.save(net.state_dict(), here / "pytorch" / f"{name}.pt")
        save_file({key: value.clone() for key, value in net.state_dict().items()}, here / "pytorch" / f"{name}.safetensors")
        with torch.no_grad():
            outputs[name] = net(inputs).tolist()
    np.savez(
        weights_file,
        **{f"{name}/{key}": value.numpy() for name in ("gru-both", "rnn-ends") for key, value in networks[name].state_dict().items()},
    )

    def clean(proto, target):
        graph = proto.graph
        for part in [proto, graph, *graph.node, *graph.input, *graph.output, *graph.value_info]:
            part.doc_string = ""
            del part.metadata_props[:]
        onnx.save(proto, target)

    def export(name, file, **options):
        target = here / "onnx" / file
        arguments = {"input_names": ["x"], "output_names": ["y"], "dynamo": False, **options}
        torch.onnx.export(networks[name], (inputs,), target, **arguments)
        clean(onnx.load(target), target)

    for name in ["gru-both", "rnn-ends", "rnn-relu"]:
        export(name, f"{name}.onnx")
    export("gru-both", "gru-both-open.onnx", dynamic_axes={"x": {0: "batch", 1: "steps"}})
    export("gru-both", "gru-both-dynamo.onnx", dynamo=True, external_data=False)
    export("rnn-ends", "rnn-ends-dynamo.onnx", dynamo=True, external_data=False)

    # What no exporter of PyTorch writes: the reset gate before the product, and activations of one's own.
    import onnxruntime

    random = np.random.default_rng(4)

    def made(name, op, gates, **options):
        directions = 2 if options.get("direction") == "bidirectional" else 1
        parts = {"W": (gates * 4, 3), "R": (gates * 4, 4), "B": (2 * gates * 4,)}
        weights = [
            numpy_helper.from_array(random.normal(0, 0.6, (directions, *shape)).astype(np.float32), part)
            for part, shape in parts.items()
        ]
        shape = numpy_helper.from_array(np.array([0, -1]), "shape")
        nodes = [
            helper.make_node("Transpose", ["x"], ["t"], perm=[1, 0, 2]),
            helper.make_node(op, ["t", "W", "R", "B"], ["", "h"], name=op.lower(), hidden_size=4, **options),
            helper.make_node("Transpose", ["h"], ["turned"], perm=[1, 0, 2]),
            helper.make_node("Reshape", ["turned", "shape"], ["y"]),
        ]
        graph = helper.make_graph(
            nodes,
            "made",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
            [*weights, shape],
        )
        target = here / "onnx" / f"{name}.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8), target)
        if "clip" not in options:
            outputs[name] = onnxruntime.InferenceSession(target).run(None, {"x": x})[0].tolist()

    made("gru-before", "GRU", 3)
    made("gru-before-both", "GRU", 3, direction="bidirectional")
    hard = {"activations": ["HardSigmoid", "Softsign"], "activation_alpha": [0.25], "activation_beta": [0.5]}
    made("gru-hard", "GRU", 3, linear_before_reset=1, **hard)
    made("rnn-softsign", "RNN", 1, activations=["Softsign"])
    made("gru-clip", "GRU", 3, clip=2.0)
    (here / "recurrent.json").write_text(json.dumps({"x": x.tolist(), "outputs": outputs}, indent=1) + "\n")


def keras_networks():
    import keras

    layers = keras.layers
    stored = np.load(weights_file)
    keras.utils.set_random_seed(5)

    def part(network, module, *leaves):
        return [stored[f"{network}/{module}.{leaf}"] for leaf in leaves]

    def leaves(suffix):
        return [f"{kind}_l{suffix}" for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]

    def gru(module, suffix="0"):
        """Gates z, r, h out of r, z, n, and both biases in one."""
        turned = []
        for value in part("gru-both", module, *leaves(suffix)):
            r, z, n = np.split(value, 3)
            turned.append(np.concatenate([z, r, n]).T)
        return [turned[0], turned[1], np.stack(turned[2:])]

    def rnn(suffix):
        w, r, bias, other = part("rnn-ends", "rnn", *leaves(suffix))
        return [w.T, r.T, bias + other]

    both = keras.Sequential(
        [
            layers.Input((7, 3), name="rows"),
            layers.Bidirectional(layers.GRU(4, return_sequences=True, name="inner"), name="encoder"),
            layers.GRU(5, name="gru"),
            layers.Dense(2, name="head"),
        ],
        name="gru_both",
    )
    both.get_layer("encoder").set_weights([*gru("encoder"), *gru("encoder", "0_reverse")])
    both.get_layer("gru").set_weights(gru("gru"))
    head, bias = part("gru-both", "head", "weight", "bias")
    both.get_layer("head").set_weights([head.T, bias])
    ends = keras.Sequential(
        [
            layers.Input((7, 3), name="rows"),
            layers.Bidirectional(layers.SimpleRNN(4, return_sequences=True), name="lower"),
            layers.Bidirectional(layers.SimpleRNN(4), name="upper"),
            layers.Dense(2, name="head"),
        ],
        name="rnn_ends",
    )
    for i, name in enumerate(["lower", "upper"]):
        ends.get_layer(name).set_weights([*rnn(str(i)), *rnn(f"{i}_reverse")])
    head, bias = part("rnn-ends", "head", "weight", "bias")
    ends.get_layer("head").set_weights([head.T, bias])
    # What PyTorch has not: the reset gate before the product, without bias, and other activations.
    own = keras.Sequential(
        [
            layers.Input((None, 3), name="rows"),
            layers.GRU(4, reset_after=False, return_sequences=True),
            layers.SimpleRNN(4, activation="relu", return_sequences=True, use_bias=False),
            layers.GRU(4, use_bias=False, return_sequences=True),
            layers.GRU(3, reset_after=False, activation="softsign", recurrent_activation="hard_sigmoid"),
        ],
        name="recurrent_own",
    )
    # Other values than the zeros with which biases start.
    own.set_weights([np.random.default_rng(6).normal(0, 0.5, w.shape) for w in own.get_weights()])
    return {"gru-both": both, "rnn-ends": ends, "recurrent-own": own}


def save_keras():
    import keras

    major = keras.__version__[0]
    endings = {"gru-both": ["keras", "h5"], "rnn-ends": ["keras"], "recurrent-own": ["h5"]}
    computed = {}
    for name, network in keras_networks().items():
        for ending in endings[name]:
            network.save(here / "keras" / f"keras{major}-{name}.{ending}")
        computed[name] = np.asarray(network.predict(x, verbose=0), dtype=np.float64).tolist()
    (here / "keras" / f"keras{major}-recurrent.json").write_text(json.dumps({"outputs": computed}, indent=1) + "\n")


{"torch": save_torch, "keras": save_keras}[sys.argv[1]]()
