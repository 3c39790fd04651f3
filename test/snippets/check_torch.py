"""Runs snippets/constrained_lstm_torch.py. Usage: check_torch.py FOLDER_OF_SNIPPETS OUT"""

import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

sys.path.insert(0, sys.argv[1])
from constrained_lstm_torch import ConstrainedLSTM, limit_weights, normalise  # noqa: E402

STEPS, FEATURES, UNITS, CLASSES, SAMPLES, T = 6, 3, 8, 4, 40, 8


class Net(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.lstm = ConstrainedLSTM(FEATURES, UNITS, num_layers=2, batch_first=True, **options)
        self.out = nn.Linear(UNITS, CLASSES)

    def forward(self, x):
        return self.out(self.lstm(x)[0][:, -1])


torch.manual_seed(3)
exact = Net()
for parameter in exact.parameters():
    nn.init.uniform_(parameter, -1.5, 1.5)  # far enough that functions clip
limit_weights(exact)
assert max(p.abs().max() for name, p in exact.named_parameters() if "weight" in name) <= 0.99
raw = torch.rand(SAMPLES, STEPS, FEATURES) * 5 - 2
x = normalise(raw, -2.0, 3.0)
assert x.abs().max() <= 1


def same_weights(**options):
    net = Net(**options)
    net.load_state_dict(exact.state_dict())
    return net


def gradient(net):
    net.zero_grad()
    net(x).square().sum().backward()
    return torch.cat([parameter.grad.flatten() for parameter in net.parameters()])


# Straight through: with very many time-steps the gradient is that of the exact values.
fine = (gradient(same_weights(timesteps=1 << 16)) - gradient(exact)).norm() / gradient(exact).norm()
assert fine < 1e-2, fine
assert gradient(same_weights(timesteps=2)).norm() > 0

# As nn.LSTM: state in and out, in two parts, time first.
whole, (h, c) = exact.lstm(x)
first, state = exact.lstm(x[:, :2])
second, (h2, c2) = exact.lstm(x[:, 2:], state)
torch.testing.assert_close(torch.cat([first, second], 1), whole)
torch.testing.assert_close(h2, h)
torch.testing.assert_close(c2, c)

out = Path(sys.argv[2])
torch.save(exact.state_dict(), out / "state.pt")
np.save(out / "x.npy", raw.numpy())
with torch.no_grad():
    np.save(out / "exact.npy", exact(x).numpy())
    np.save(out / "clipped.npy", same_weights(cell_clip=0.4)(x).numpy())
    # Counts that are near a half fall to either side; with small weights few are changed by that.
    for parameter in exact.parameters():
        nn.init.uniform_(parameter, -0.5, 0.5)
    torch.save(exact.state_dict(), out / "small.pt")
    np.save(out / "small.npy", exact(x).numpy())
    np.save(out / "rounded.npy", same_weights(timesteps=T)(x).numpy())
