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


@registered
class ConstrainedCell(keras.layers.LSTMCell):
    """An LSTMCell with these functions.

    timesteps: train with values rounded to counts of that many time-steps, with a gradient straight through; None:
      with exact values. What rounding leaves is not carried into the next sequence step, as residual coding does.
    cell_clip: the cell state is clipped to it once h is taken from it; the specification's "cellClip".
    """

    def __init__(self, units, timesteps=None, cell_clip=None, **kwargs):
        functions = {"activation": hard_tanh_half, "recurrent_activation": hard_sigmoid_quarter}
        super().__init__(units, **{**kwargs, **functions})
        self.timesteps, self.cell_clip = timesteps, cell_clip

    def call(self, inputs, states, training=False):
        h, c = states
        sums = ops.matmul(self.rounded(inputs), self.kernel)
        sums += ops.matmul(self.rounded(h), self.recurrent_kernel)
        if self.use_bias:
            sums += self.bias
        i, f, g, o = ops.split(sums, 4, axis=-1)
        i, f, o = (self.rounded(hard_sigmoid_quarter(gate)) for gate in (i, f, o))
        c = f * c + i * self.rounded(hard_tanh_half(g))
        h = o * hard_tanh_half(c)
        if self.cell_clip is not None:
            c = ops.clip(c, -self.cell_clip, self.cell_clip)
        return h, [h, c]

    def rounded(self, x):
        if self.timesteps is None:
            return x
        return x + ops.stop_gradient(ops.round(x * self.timesteps) / self.timesteps - x)

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
