"""Saves the network of this folder as PyTorch users do, other small networks with what PyTorch
computes with them, and files that are told apart but not read.

    python3 -m pip install torch==2.15.0 numpy==2.4.6 safetensors==0.8.0
    python3 test/golden/models/save_pytorch.py
"""

import argparse
import json
import pickle
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import torch
from network import Net, trained
from safetensors.torch import save_file

here = Path(__file__).parent / "pytorch"
here.mkdir(exist_ok=True)
torch.manual_seed(11)
torch.set_num_threads(1)


def weights(net):
    return {name: value.detach().clone() for name, value in net.state_dict().items()}


net = trained()
torch.save(net.state_dict(), here / "state.pt")
save_file(weights(net), here / "state.safetensors")

# As training scripts keep it: beside an optimizer that holds tensors too, and the run's options.
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
net(torch.zeros(1, 10, 6)).sum().backward()
optimizer.step()
net = trained()
torch.save(
    {
        "epoch": 3,
        "model_state_dict": net.state_dict(),
        "optimizer_state_dict": optimizer.state_dict(),
        "loss": 0.25,
        "args": argparse.Namespace(lr=1e-3, name="run"),
    },
    here / "checkpoint.pth",
)
# As DataParallel and torch.compile name them.
torch.save({f"module._orig_mod.{name}": value for name, value in net.state_dict().items()}, here / "wrapped.pt")
# Views into a storage that is laid out otherwise, and one storage for all.
strided = {
    name: value.t().contiguous().t() if value.ndim == 2 else value for name, value in net.state_dict().items()
}
torch.save(strided, here / "strided.pt")
flat = torch.cat([value.flatten() for value in net.state_dict().values()])
parts, at = {}, 0
for name, value in net.state_dict().items():
    parts[name] = flat[at : at + value.numel()].view(value.shape)
    at += value.numel()
torch.save(parts, here / "shared.pt")
for dtype in ["float64", "float16", "bfloat16"]:
    cast = {name: value.to(getattr(torch, dtype)) for name, value in net.state_dict().items()}
    torch.save(cast, here / f"{dtype}.pt")
    save_file(cast, here / f"{dtype}.safetensors")

# Told apart, not read.
torch.save(net.state_dict(), here / "legacy.pt", _use_new_zipfile_serialization=False)
torch.jit.script(net).save(here / "script.pt")
# Without the notes on where the program's source lay.
with ZipFile(here / "script.pt") as script:
    kept = {name: script.read(name) for name in script.namelist() if not name.endswith(".debug_pkl")}
with ZipFile(here / "script.pt", "w") as script:
    for name, content in kept.items():
        script.writestr(ZipInfo(name), content)
torch.save(net, here / "whole.pt")
(here / "plain.pkl").write_bytes(pickle.dumps({"a": 1}))


class Stacked(torch.nn.Module):
    def __init__(self, recurrent, width, bias=True):
        super().__init__()
        self.recurrent = recurrent
        self.head = torch.nn.Linear(width, 2, bias=bias)

    def forward(self, x):
        return self.head(self.recurrent(x)[0][:, -1])


class Cell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.step = torch.nn.LSTMCell(3, 4)
        self.head = torch.nn.Linear(4, 2)

    def forward(self, x):
        h = c = torch.zeros(len(x), 4)
        for step in range(x.shape[1]):
            h, c = self.step(x[:, step], (h, c))
        return self.head(h)


class Headless(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(3, 4, batch_first=True)

    def forward(self, x):
        return self.lstm(x)[0]


def lstm(*sizes, **options):
    return torch.nn.LSTM(*sizes, batch_first=True, **options)


others = {
    "layers": Stacked(lstm(3, 4, num_layers=2), 4),
    "no-bias": Stacked(lstm(3, 4, bias=False), 4, bias=False),
    "cell": Cell(),
    "headless": Headless(),
    "bidirectional": Stacked(lstm(3, 4, bidirectional=True), 8),
    "projected": Stacked(lstm(3, 4, proj_size=3), 3),
    "gru": Stacked(torch.nn.GRU(3, 4, batch_first=True), 4),
}
x = torch.rand(2, 5, 3) * 2 - 1
computed = {"x": x.tolist(), "outputs": {}}
for name, other in others.items():
    torch.save(other.state_dict(), here / f"{name}.pt")
    save_file(weights(other), here / f"{name}.safetensors")
    computed["outputs"][name] = other(x).tolist()
(here / "others.json").write_text(json.dumps(computed, indent=1) + "\n")

for file in here.iterdir():
    file.chmod(0o644)
