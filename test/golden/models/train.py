"""Trains the network that every file of this folder holds, and stores what PyTorch computes with it.

    python3 -m pip install torch==2.15.0 numpy==2.4.6
    python3 test/golden/models/train.py

An nn.LSTM of 16 units and an nn.Linear on its last step tell four made-up movements apart: which of
four pairs of phase and speed made a noisy sequence of 10 steps x 6 values in [-1, 1].
"""

from pathlib import Path

import numpy as np
import torch
from network import Net

here = Path(__file__).parent


def sequences(count, seed):
    random = np.random.default_rng(seed)
    classes = random.integers(0, 4, count)
    speed = np.where(classes < 2, 0.4, 0.9)[:, None, None]
    lag = np.where(classes % 2 == 0, 0.3, 1.1)[:, None, None]
    start = random.uniform(0, 2 * np.pi, (count, 1, 1))
    steps = np.arange(10)[None, :, None]
    features = np.arange(6)[None, None, :]
    clean = np.sin(speed * steps + lag * features + start)
    return np.clip(clean + random.normal(0, 0.1, clean.shape), -1, 1).astype(np.float32), classes


torch.manual_seed(7)
torch.set_num_threads(1)
net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
x, y = (torch.from_numpy(part) for part in sequences(512, 1))
for step in range(150):
    loss = torch.nn.functional.cross_entropy(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

x, y = sequences(8, 2)
with torch.no_grad():
    outputs = net(torch.from_numpy(x)).numpy()
print(f"loss {loss.item():.4f}, {(outputs.argmax(1) == y).sum()} of {len(y)} right")
np.savez(here / "weights.npz", **{name: value.numpy() for name, value in net.state_dict().items()})
np.save(here / "x.npy", x)
np.save(here / "outputs.npy", outputs)
