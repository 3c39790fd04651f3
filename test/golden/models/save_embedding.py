"""Saves a network that reads ids, through an embedding and a bidirectional LSTM, in the formats of PyTorch and
Keras, with what they compute with it.

    python3 -m pip install torch==2.15.0 onnx==1.23.2 onnxscript==0.7.2 numpy==2.4.6 safetensors==0.8.0
    python3 test/golden/models/save_embedding.py torch
    python3 -m pip install keras==3.15.1 jax==0.10.2 numpy==2.4.6
    KERAS_BACKEND=jax python3 test/golden/models/save_embedding.py keras
    python3.11 -m pip install tensorflow-cpu==2.15.1
    python3.11 test/golden/models/save_embedding.py keras
    python3 -m pip install tensorflow-cpu==2.21.0 keras==3.15.1 tf2onnx==1.17.0 onnx==1.23.2 numpy==2.4.6
    KERAS_BACKEND=tensorflow python3 test/golden/models/save_embedding.py onnx

The weights are random ones. The first call makes them, pytorch/embedding.npz, and the ids and outputs,
embedding.json; Keras takes them over. test/golden/tfjs/save-embedding.mjs does the same with tfjs.
"""

import json
import sys
from pathlib import Path

import numpy as np

here = Path(__file__).parent
weights_file = here / "pytorch" / "embedding.npz"
ids = np.random.default_rng(2).integers(0, 12, (6, 7))


def save_torch():
    import onnx
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(21)
    torch.set_num_threads(1)

    class Tagger(torch.nn.Module):
        """Embedding, a bidirectional LSTM that gives every step, an LSTM, a classifier on its last step."""

        def __init__(self):
            super().__init__()
            self.embedding = torch.nn.Embedding(12, 5)
            self.encoder = torch.nn.LSTM(5, 4, batch_first=True, bidirectional=True)
            self.lstm = torch.nn.LSTM(8, 6, batch_first=True)
            self.head = torch.nn.Linear(6, 3)

        def forward(self, x):
            return self.head(self.lstm(self.encoder(self.embedding(x))[0])[0][:, -1])

    class Ends(torch.nn.Module):
        """A bidirectional LSTM of two layers whose final states are read."""

        def __init__(self):
            super().__init__()
            self.tokens = torch.nn.Embedding(12, 5)
            self.lstm = torch.nn.LSTM(5, 4, num_layers=2, batch_first=True, bidirectional=True, bias=False)
            self.head = torch.nn.Linear(8, 3)

        def forward(self, x):
            hidden = self.lstm(self.tokens(x))[1][0]
            return self.head(torch.cat([hidden[-2], hidden[-1]], dim=1))

    class Turned(Ends):
        """As Ends, with other words for the same."""

        def forward(self, x):
            hidden = self.lstm(self.tokens(x))[1][0]
            return self.head(hidden[-2:].transpose(0, 1).reshape(x.shape[0], -1))

    class LastStep(Ends):
        """What the backward direction gives at the last step has seen that step alone."""

        def forward(self, x):
            return self.head(self.lstm(self.tokens(x))[0][:, -1])

    class Rolled(Tagger):
        """Every step's classes."""

        def forward(self, x):
            return self.head(self.lstm(self.encoder(self.embedding(x))[0])[0])

    torch_ids = torch.from_numpy(ids)
    net, ends = Tagger().eval(), Ends().eval()
    computed = {"ids": ids.tolist(), "outputs": {}}
    for name, model in {"embedding": net, "both-ends": ends}.items():
        torch.save(model.state_dict(), here / "pytorch" / f"{name}.pt")
        save_file({key: value.clone() for key, value in model.state_dict().items()}, here / "pytorch" / f"{name}.safetensors")
        with torch.no_grad():
            computed["outputs"][name] = model(torch_ids).tolist()
    np.savez(weights_file, **{name: value.numpy() for name, value in net.state_dict().items()})
    (here / "embedding.json").write_text(json.dumps(computed, indent=1) + "\n")

    def export(model, name, **options):
        target = here / "onnx" / name
        arguments = {"input_names": ["x"], "output_names": ["y"], "dynamo": False, **options}
        torch.onnx.export(model.eval(), (torch_ids,), target, **arguments)
        proto = onnx.load(target)
        graph = proto.graph
        for part in [proto, graph, *graph.node, *graph.input, *graph.output, *graph.value_info]:
            part.doc_string = ""
            del part.metadata_props[:]
        onnx.save(proto, target)

    export(net, "embedding.onnx")
    export(net, "embedding-open.onnx", dynamic_axes={"x": {0: "batch", 1: "steps"}})
    export(net, "embedding-dynamo.onnx", dynamo=True, external_data=False)
    for variant, name in [(Turned(), "turned"), (LastStep(), "last-step")]:
        variant.load_state_dict(ends.state_dict())
        export(variant, f"both-ends-{name}.onnx")
    export(ends, "both-ends.onnx")
    export(ends, "both-ends-dynamo.onnx", dynamo=True, external_data=False)


def keras_networks():
    import keras

    layers = keras.layers
    stored = np.load(weights_file)
    keras.utils.set_random_seed(3)

    def lstm(module, suffix=""):
        weights = [stored[f"{module}.{part}_l0{suffix}"] for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        return [weights[0].T, weights[1].T, weights[2] + weights[3]]

    model = keras.Sequential(
        [
            layers.Input((7,), name="ids"),
            layers.Embedding(12, 5, name="embedding"),
            layers.Bidirectional(layers.LSTM(4, return_sequences=True, name="inner"), name="encoder"),
            layers.LSTM(6, name="lstm"),
            layers.Dense(3, name="head"),
        ],
        name="tagger",
    )
    model.get_layer("embedding").set_weights([stored["embedding.weight"]])
    model.get_layer("encoder").set_weights([*lstm("encoder"), *lstm("encoder", "_reverse")])
    model.get_layer("lstm").set_weights(lstm("lstm"))
    model.get_layer("head").set_weights([stored["head.weight"].T, stored["head.bias"]])
    # One direction of each kind, names that sort otherwise, and no bias: final states side by side.
    ends = keras.Sequential(
        [
            layers.Input((None,), name="ids"),
            layers.Embedding(12, 5),
            layers.Bidirectional(layers.LSTM(4, return_sequences=True, use_bias=False)),
            layers.LSTM(3, return_sequences=True),
            layers.Bidirectional(layers.LSTM(4)),
            layers.Dense(3, activation="softmax"),
        ],
        name="ends",
    )
    return {"embedding": model, "both-ends": ends}


def save_keras():
    import keras

    major = keras.__version__[0]
    layers = keras.layers
    computed = {}
    for name, network in keras_networks().items():
        network.save(here / "keras" / f"keras{major}-{name}.keras")
        network.save(here / "keras" / f"keras{major}-{name}.h5")
        computed[name] = np.asarray(network.predict(ids, verbose=0), dtype=np.float64).tolist()
    refused = {
        "summed": [layers.Embedding(12, 5), layers.Bidirectional(layers.LSTM(4), merge_mode="sum")],
        "masked": [layers.Embedding(12, 5, mask_zero=True), layers.LSTM(4)],
        "both-gru": [layers.Embedding(12, 5), layers.Bidirectional(layers.GRU(4))],
    }
    for name, stack in refused.items():
        keras.Sequential([layers.Input((7,)), *stack], name=name).save(here / "keras" / f"keras{major}-{name}.keras")
    (here / "keras" / f"keras{major}-embedding.json").write_text(json.dumps({"outputs": computed}, indent=1) + "\n")


def save_keras_onnx():
    import onnx

    computed = {}
    for name, network in keras_networks().items():
        target = here / "onnx" / f"keras-{name}.onnx"
        computed[name] = network(ids).numpy().astype(np.float64).tolist()
        network.export(target, format="onnx", verbose=False)
        proto = onnx.load(target)
        for part in [proto, proto.graph, *proto.graph.node]:
            part.doc_string = ""
            del part.metadata_props[:]
        onnx.save(proto, target)
    (here / "onnx" / "keras-embedding.json").write_text(json.dumps({"outputs": computed}, indent=1) + "\n")


{"torch": save_torch, "keras": save_keras, "onnx": save_keras_onnx}[sys.argv[1]]()
