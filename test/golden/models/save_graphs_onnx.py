"""Saves networks that are graphs as both of PyTorch's exporters to ONNX write them, with what PyTorch computes:
branches that come together, several inputs and outputs, weights that two nodes use.

    python3 -m pip install torch==2.15.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 numpy==2.4.6
    python3 test/golden/models/save_graphs_onnx.py

The weights are random ones.
"""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

here = Path(__file__).parent
random = np.random.default_rng(11)
torch.manual_seed(23)
torch.set_num_threads(1)


class Parallel(nn.Module):
    """An LSTM and a GRU side by side, whose last step is read."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, batch_first=True)
        self.gru = nn.GRU(3, 2, batch_first=True)
        self.head = nn.Linear(6, 2)

    def forward(self, rows):
        both = torch.cat([self.lstm(rows)[0], self.gru(rows)[0]], dim=-1)
        return self.head(both[:, -1])


class TwoInputs(nn.Module):
    """Rows through an LSTM, ids through an embedding and a GRU, and the final states of a bidirectional LSTM."""

    def __init__(self):
        super().__init__()
        self.rows_lstm = nn.LSTM(3, 4, batch_first=True)
        self.ends = nn.LSTM(3, 2, batch_first=True, bidirectional=True)
        self.embedding = nn.Embedding(9, 5)
        self.gru = nn.GRU(5, 3, batch_first=True)
        self.hidden = nn.Linear(11, 6)
        self.head = nn.Linear(6, 2)

    def forward(self, rows, ids):
        ends = self.ends(rows)[1][0]
        words = self.gru(self.embedding(ids))[1][-1]
        joined = torch.cat([ends[0], ends[1], self.rows_lstm(rows)[0][:, -1], words], dim=1)
        return self.head(torch.relu(self.hidden(joined)))


class Residual(nn.Module):
    """What PyTorch can put together value by value, along a sequence, and numbers of its own before and after."""

    def __init__(self):
        super().__init__()
        self.project = nn.Linear(3, 4)
        self.lstm = nn.LSTM(4, 4, batch_first=True)
        self.gate = nn.Linear(4, 4)
        self.end = nn.LSTM(4, 5, batch_first=True)
        self.head = nn.Linear(5, 2)

    def forward(self, rows):
        projected = self.project(rows)
        added = 0.5 * (self.lstm(projected)[0] + projected)
        gated = torch.sigmoid(self.gate(added)) * (added - torch.tanh(projected))
        most = torch.maximum(gated, torch.minimum(added, projected))
        return self.head(self.end(most)[0][:, -1])


class Heads(nn.Module):
    """A bidirectional LSTM that two layers read, one classifier for two sequences, and two outputs."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(3, 2, batch_first=True, bidirectional=True)
        self.decoder = nn.LSTM(4, 4, batch_first=True)
        self.shared = nn.Linear(4, 3)
        self.kind = nn.Linear(3, 2)

    def forward(self, rows):
        encoded = self.encoder(rows)[0]
        decoded = self.decoder(encoded)[0]
        every = torch.tanh(self.shared(encoded)) + self.shared(decoded)
        return every, torch.softmax(self.kind(self.shared(decoded[:, -1] * 1)), dim=-1)


class Images(nn.Module):
    """A residual block, channels side by side, and a vector beside them."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(2, 3, 3, padding=1)
        self.second = nn.Conv2d(3, 3, 3, padding=1)
        self.third = nn.Conv2d(2, 4, 1)
        self.image = nn.Linear(7 * 4 * 5, 4)
        self.head = nn.Linear(6, 2)

    def forward(self, image, more):
        first = torch.relu(self.first(image))
        block = torch.relu(self.second(first) + first)
        joined = torch.cat([block, self.third(image)], dim=1)
        return self.head(torch.cat([self.image(joined.flatten(1)), more], dim=1))


class WholeAndLast(nn.Module):
    """The residual of two LSTMs, of which the last step is read: the lower gives every step to the upper."""

    def __init__(self):
        super().__init__()
        self.lower = nn.LSTM(3, 4, batch_first=True)
        self.upper = nn.LSTM(4, 4, batch_first=True)
        self.head = nn.Linear(4, 2)

    def forward(self, rows):
        lower = self.lower(rows)[0]
        return self.head((self.upper(lower)[0] + lower)[:, -1])


class Pooled(nn.Module):
    """The mean, the largest and the last of all steps of both directions, side by side."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 2, batch_first=True, bidirectional=True)
        self.head = nn.Linear(12, 2)

    def forward(self, rows):
        steps = self.lstm(rows)[0]
        return self.head(torch.cat([steps.mean(1), steps.amax(1), steps[:, -1]], dim=1))


class BothEnds(nn.Module):
    """Every step of a bidirectional LSTM, and its final states."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 2, batch_first=True, bidirectional=True)
        self.end = nn.LSTM(4, 4, batch_first=True)

    def forward(self, rows):
        steps, (hidden, _) = self.lstm(rows)
        return self.end(steps)[1][0][-1] + torch.cat([hidden[0], hidden[1]], dim=1)


class Attention(nn.Module):
    """Weights of each step from the network's own values, which are repeated along the features."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, batch_first=True)
        self.score = nn.Linear(4, 1)
        self.end = nn.LSTM(4, 2, batch_first=True)

    def forward(self, rows):
        steps = self.lstm(rows)[0]
        return self.end(torch.sigmoid(self.score(steps)) * steps)[1][0][-1]


class Started(nn.Module):
    """A decoder that starts from the state of an encoder."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(3, 4, batch_first=True)
        self.decoder = nn.GRU(2, 4, batch_first=True)
        self.head = nn.Linear(4, 2)

    def forward(self, rows, words):
        return self.head(self.decoder(words, self.encoder(rows)[1])[0][:, -1])


class Product(nn.Module):
    """Attention as a product of two sequences."""

    def __init__(self):
        super().__init__()
        self.queries = nn.Linear(3, 4)
        self.keys = nn.Linear(3, 4)

    def forward(self, rows):
        return self.queries(rows) @ self.keys(rows).transpose(1, 2)


def uniform(*shape):
    return random.uniform(-1, 1, shape).astype(np.float32)


rows, ids = uniform(4, 5, 3), random.integers(0, 9, (4, 6))
networks = {
    "parallel": (Parallel(), {"rows": rows}, ["y"]),
    "two-inputs": (TwoInputs(), {"rows": rows, "ids": ids}, ["y"]),
    "residual": (Residual(), {"rows": rows}, ["y"]),
    "heads": (Heads(), {"rows": rows}, ["every", "kind"]),
    "images": (Images(), {"image": uniform(4, 2, 4, 5), "more": uniform(4, 2)}, ["y"]),
    "whole-and-last": (WholeAndLast(), {"rows": rows}, ["y"]),
    "pooled": (Pooled(), {"rows": rows}, ["y"]),
    "both-ends": (BothEnds(), {"rows": rows}, ["y"]),
    "attention": (Attention(), {"rows": rows}, ["y"]),
    "started": (Started(), {"rows": rows, "words": uniform(4, 6, 2)}, ["y"]),
    "product": (Product(), {"rows": rows}, ["y"]),
}


def export(name, file, **options):
    network, inputs, outputs = networks[name]
    target = here / "onnx" / file
    arguments = {"input_names": [*inputs], "output_names": outputs, "dynamo": False, **options}
    torch.onnx.export(network, tuple(map(torch.from_numpy, inputs.values())), target, **arguments)
    # Exporters write the paths and lines of the script that ran them, which no other machine has.
    model = onnx.load(target)
    graph = model.graph
    for part in [model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info]:
        part.doc_string = ""
        del part.metadata_props[:]
    onnx.save(model, target)


computed = {}
for name, (network, inputs, outputs) in networks.items():
    network.eval()
    with torch.no_grad():
        results = network(*map(torch.from_numpy, inputs.values()))
    results = results if isinstance(results, tuple) else (results,)
    computed[name] = {
        "inputs": {key: {"shape": values.shape, "values": values.flatten().tolist()} for key, values in inputs.items()},
        "outputs": {key: values.flatten(1).tolist() for key, values in zip(outputs, results)},
    }
    export(name, f"graph-{name}.onnx")

for name in ["parallel", "two-inputs", "residual", "heads", "images", "whole-and-last", "pooled"]:
    export(name, f"graph-{name}-dynamo.onnx", dynamo=True, external_data=False)
axes = {0: "batch", 1: "steps"}
export("two-inputs", "graph-two-inputs-open.onnx", dynamic_axes={"rows": axes, "ids": {0: "batch", 1: "words"}})
export("residual", "graph-residual-open.onnx", dynamic_axes={"rows": axes})

# Files of other scripts: the last step of both directions, where the backward one has read that step alone.
stored = json.loads((here / "embedding.json").read_text())["ids"]
for name, inputs in {"both-ends-last-step": np.array(stored), "bidirectional": np.load(here / "x.npy")}.items():
    session = onnxruntime.InferenceSession(here / "onnx" / f"{name}.onnx")
    key = session.get_inputs()[0].name
    # Some are exported for a single sample.
    batch = session.get_inputs()[0].shape[0]
    parts = [inputs[i : i + batch] for i in range(0, len(inputs), batch)] if isinstance(batch, int) else [inputs]
    rows = np.concatenate([session.run(None, {key: part})[0] for part in parts])
    computed[name] = {
        "inputs": {key: {"shape": inputs.shape, "values": inputs.flatten().tolist()}},
        "outputs": {"y": rows.tolist()},
    }
(here / "onnx-graphs.json").write_text(json.dumps(computed) + "\n")
