"""An LSTM that Spikewise converts to spiking neurons as it is (PyTorch 2).

The constraints are those of Ponghiran and Roy, "Hybrid Analog-Spiking LSTM": functions that are linear between two
clips, as the rate of a spiking neuron is, and inputs within [-1, 1]. Train with it, torch.save(model.state_dict()),
and write into the specification what a state_dict does not say, here of a model with .lstm and .out:

    "layers": [
      { "name": "lstm", "activation": "hard_tanh_paper", "recurrentActivation": "hard_sigmoid_paper" },
      { "name": "out" }
    ],
    "activations": {
      "hard_sigmoid_paper": { "slope": 0.25, "offset": 0.5, "low": 0, "high": 1 },
      "hard_tanh_paper": { "slope": 0.5, "offset": 0, "low": -1, "high": 1 }
    }
"""

import torch
from torch import nn


def normalise(x, low, high):
    """Inputs from [low, high] to [-1, 1]; "input" is then mean (low + high) / 2 and scale (high - low) / 2."""
    return (2 * x - (low + high)) / (high - low)


@torch.no_grad()
def limit_weights(module, largest=0.99):
    """After each step of the optimizer: 8-bit weights of a chip hold 254/256 at most."""
    for name, parameter in module.named_parameters():
        if "weight" in name:
            parameter.clamp_(-largest, largest)


class Neurons:
    """clip(x, low, 1), or the nearest count of spikes in `timesteps`, with what that leaves in the next count.

    The gradient is that of the clipped value: straight through the rounding.
    """

    def __init__(self, low, timesteps):
        self.low, self.timesteps, self.rest = low, timesteps, 0

    def __call__(self, x):
        value = x.clamp(self.low, 1)
        if self.timesteps is None:
            return value
        due = x.detach() * self.timesteps + self.rest
        counts = torch.ceil(due - 0.5).clamp(self.low * self.timesteps, self.timesteps)
        self.rest = (due - counts).clamp(-0.5, 0.5)
        return value + (counts / self.timesteps - value).detach()


class ConstrainedLSTM(nn.LSTM):
    """nn.LSTM with clip(x/4 + 1/2, 0, 1) for sigmoid and clip(x/2, -1, 1) for tanh, and the same parameters.

    timesteps: train with counts as that many time-steps round them (residual coding); None: with exact values.
    cell_clip: the cell state is clipped to it once h is taken from it; the specification's "cellClip".
    """

    def __init__(self, *args, timesteps=None, cell_clip=None, **kwargs):
        super().__init__(*args, **kwargs)
        if self.bidirectional or self.proj_size or self.dropout:
            raise ValueError("ConstrainedLSTM has one direction, no proj_size and no dropout")
        self.timesteps, self.cell_clip = timesteps, cell_clip

    def forward(self, x, state=None):
        """x: [batch, steps, features] where batch_first, else [steps, batch, features]. Returns as nn.LSTM."""
        steps = x.transpose(0, 1) if self.batch_first else x
        if state is None:
            zeros = x.new_zeros(self.num_layers, steps.shape[1], self.hidden_size)
            state = zeros, zeros
        ends = []
        for parameters, h, c in zip(self.all_weights, *state):
            steps, *end = self.run(steps, h, c, *parameters)
            ends.append(end)
        h, c = (torch.stack(each) for each in zip(*ends))
        return steps.transpose(0, 1) if self.batch_first else steps, (h, c)

    def run(self, steps, h, c, kernel, recurrent, *biases):
        # Spike generators of inputs and hidden state, the gates i, f, o, and the candidate g.
        lows = (-1, -1, 0, -1)
        inputs, hidden, gates, candidate = (Neurons(low, self.timesteps) for low in lows)
        outputs = []
        for x in steps:
            x = x if self.timesteps is None else inputs(x)
            sums = x @ kernel.T + hidden(h) @ recurrent.T + sum(biases)
            i, f, g, o = sums.chunk(4, dim=1)
            i, f, o = gates(torch.cat([i, f, o], dim=1) / 4 + 0.5).chunk(3, dim=1)
            c = f * c + i * candidate(g / 2)
            h = o * (c / 2).clamp(-1, 1)
            if self.cell_clip is not None:
                c = c.clamp(-self.cell_clip, self.cell_clip)
            outputs.append(h)
        return torch.stack(outputs), h, c
