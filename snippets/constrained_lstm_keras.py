"""An LSTM that Spikewise converts to spiking neurons as it is (Keras 3, any backend).

The constraints are those of Ponghiran and Roy, "Hybrid Analog-Spiking LSTM": functions that are linear between two
clips, as the rate of a spiking neuron is, and inputs within [-1, 1]. Train with constrained_lstm(), then
plain(model).save("model.keras"). The specification says what the functions are:

    "activations": {
      "hard_sigmoid_quarter": { "slope": 0.25, "offset": 0.5, "low": 0, "high": 1 },
      "hard_tanh_half": { "slope": 0.5, "offset": 0, "low": -1, "high": 1 }
    }
"""

import keras
from keras import ops

registered = keras.saving.register_keras_serializable(package="spikewise")


@registered
def hard_sigmoid_quarter(x):
    return ops.clip(x / 4 + 0.5, 0, 1)


@registered
def hard_tanh_half(x):
    return ops.clip(x / 2, -1, 1)


def normalise(x, low, high):
    """Inputs from [low, high] to [-1, 1]; "input" is then mean (low + high) / 2 and scale (high - low) / 2."""
    return (2 * x - (low + high)) / (high - low)


@registered
class WeightRange(keras.constraints.Constraint):
    """Keeps weights in what the chip's 8-bit weights hold: 254/256 at most."""

    def __call__(self, w):
        return ops.clip(w, -0.99, 0.99)


def counted(x, low, timesteps, rest):
    """clip(x, low, 1) as the nearest count of spikes in `timesteps`, with what that leaves for the next count.

    The gradient is that of the clipped value: straight through the rounding.
    """
    value = ops.clip(x, low, 1)
    due = ops.stop_gradient(x) * timesteps + rest
    counts = ops.clip(ops.ceil(due - 0.5), low * timesteps, timesteps)
    return value + ops.stop_gradient(counts / timesteps - value), ops.clip(due - counts, -0.5, 0.5)


@registered
class ConstrainedCell(keras.layers.LSTMCell):
    """An LSTMCell with these functions.

    timesteps: train with counts as that many time-steps round them (residual coding: what rounding leaves goes into
      the next sequence step's counts); None: with exact values.
    cell_clip: the cell state is clipped to it once h is taken from it; the specification's "cellClip".
    """

    def __init__(self, units, timesteps=None, cell_clip=None, **kwargs):
        functions = {"activation": hard_tanh_half, "recurrent_activation": hard_sigmoid_quarter}
        super().__init__(units, **{**kwargs, **functions})
        self.timesteps, self.cell_clip = timesteps, cell_clip

    def get_initial_state(self, batch_size=None):
        """h and c; with counts also what is left of inputs, hidden state, the gates i, f, o, and the candidate g."""
        state = super().get_initial_state(batch_size)
        if self.timesteps is None:
            return state
        widths = (self.kernel.shape[0], self.units, 3 * self.units, self.units)
        return [*state, *(ops.zeros((batch_size, width), dtype=self.compute_dtype) for width in widths)]

    def call(self, inputs, states, training=False):
        h, c, *rests = states
        rests = iter(rests)
        left = []

        def neurons(x, low):
            if self.timesteps is None:
                return ops.clip(x, low, 1)
            value, rest = counted(x, low, self.timesteps, next(rests))
            left.append(rest)
            return value

        x = inputs if self.timesteps is None else neurons(inputs, -1)
        sums = ops.matmul(x, self.kernel) + ops.matmul(neurons(h, -1), self.recurrent_kernel)
        if self.use_bias:
            sums += self.bias
        i, f, g, o = ops.split(sums, 4, axis=-1)
        i, f, o = ops.split(neurons(ops.concatenate([i, f, o], axis=-1) / 4 + 0.5, 0), 3, axis=-1)
        c = f * c + i * neurons(g / 2, -1)
        h = o * hard_tanh_half(c)
        if self.cell_clip is not None:
            c = ops.clip(c, -self.cell_clip, self.cell_clip)
        return h, [h, c, *left]

    def get_config(self):
        return {**super().get_config(), "timesteps": self.timesteps, "cell_clip": self.cell_clip}


def constrained_lstm(units, return_sequences=False, name=None, limit_weights=True, **cell):
    """In the place of keras.layers.LSTM. cell: timesteps and cell_clip."""
    if limit_weights:
        cell = {"kernel_constraint": WeightRange(), "recurrent_constraint": WeightRange(), **cell}
    return keras.layers.RNN(ConstrainedCell(units, **cell), return_sequences=return_sequences, name=name)


def plain(model):
    """The same network of keras.layers.LSTM, which every reader of Keras files knows."""

    def of(layer):
        config = layer.get_config()
        if not isinstance(getattr(layer, "cell", None), ConstrainedCell):
            return layer.__class__.from_config(config)
        cell = layer.cell
        return keras.layers.LSTM(
            cell.units,
            activation=hard_tanh_half,
            recurrent_activation=hard_sigmoid_quarter,
            use_bias=cell.use_bias,
            return_sequences=config["return_sequences"],
            name=config["name"],
        )

    copy = keras.models.clone_model(model, clone_function=of)
    copy.set_weights(model.get_weights())
    return copy
