"""Saves the network of this folder with Keras, and other networks, with what Keras computes with them.

    python3 -m pip install keras==3.15.1 jax==0.10.2 numpy==2.4.6
    KERAS_BACKEND=jax python3 test/golden/models/save_keras.py
    python3.11 -m pip install tensorflow-cpu==2.15.1
    python3.11 test/golden/models/save_keras.py

With Keras 3 it writes keras/keras3-*, with Keras 2 keras/keras2-*.
"""

import json
from pathlib import Path

import keras
import numpy as np

here = Path(__file__).parent
major = keras.__version__[0]
folder = here / "keras"
folder.mkdir(exist_ok=True)
layers = keras.layers
x = np.load(here / "x.npy")


def saved(name):
    return str(folder / f"keras{major}-{name}")


def gates(values):
    """Of PyTorch, i f g o, along the first axis: Keras has i, f, c, o too, along the last."""
    return values.T


trained = np.load(here / "weights.npz")
computed = {}


def store(model, name):
    model.save(saved(f"{name}.keras"))
    model.save(saved(f"{name}.h5"))
    computed[name] = np.asarray(model.predict(x, verbose=0), dtype=np.float64).tolist()


def network(recurrent_activation="sigmoid", dtype="float32", name="network"):
    model = keras.Sequential(
        [
            layers.Input((10, 6), name="rows"),
            # The initialiser that is the default cannot start from 16 bits.
            layers.LSTM(
                16,
                recurrent_activation=recurrent_activation,
                recurrent_initializer="zeros",
                name="lstm",
                dtype=dtype,
            ),
            layers.Dense(4, name="head", dtype=dtype),
        ],
        name=name,
    )
    model.layers[0].set_weights(
        [
            gates(trained["lstm.weight_ih_l0"]),
            gates(trained["lstm.weight_hh_l0"]),
            trained["lstm.bias_ih_l0"] + trained["lstm.bias_hh_l0"],
        ]
    )
    model.layers[1].set_weights([trained["head.weight"].T, trained["head.bias"]])
    return model


store(network(), "network")
# One name, two functions: the reason for the version in the file.
store(network("hard_sigmoid"), "hard")

# Layers of one class, under names that do not sort as they compute, listed last to first.
keras.utils.set_random_seed(5)
inputs = keras.Input((10, 6), name="in")
last = layers.Dense(3, activation="softmax", name="a")
steps = layers.LSTM(5, return_sequences=True, name="z")(inputs)
steps = layers.Dropout(0.5, name="drop")(steps)
steps = layers.LSTM(4, use_bias=False, activation="hard_sigmoid", return_sequences=True, name="y")(steps)
flat = layers.Flatten(name="flat")(steps)
outputs = last(layers.ReLU(name="relu")(layers.Dense(4, use_bias=False, name="b")(flat)))
stack = keras.Model(inputs, outputs, name="stack")
random_weights = np.random.default_rng(3)
stack.set_weights([random_weights.uniform(-0.5, 0.5, w.shape) for w in stack.get_weights()])
store(stack, "stack")


# Keras 2 and 3 write functions of a user's own in different ways.
@keras.saving.register_keras_serializable("paper")
def hard_tanh_half(x):
    return (keras.ops if major == "3" else keras.backend).clip(x / 2, -1, 1)


own = keras.Sequential(
    [layers.Input((10, 6)), layers.LSTM(3, activation=hard_tanh_half, name="own"), layers.Dense(2, name="out")],
    name="own",
)
store(own, "own")

# Weights alone, and what is not read.
only = network("hard_sigmoid")
only.save_weights(saved("only.weights.h5"))
Path(saved("only.json")).write_text(only.to_json())
two = keras.Input((10, 6), name="two")
branch = layers.Add(name="sum")([layers.LSTM(2, name="one")(two), layers.LSTM(2, name="other")(two)])
keras.Model(two, branch, name="branching").save(saved("branching.keras"))
keras.Sequential([layers.Input((10, 6)), layers.GRU(2, name="gru")], name="gru").save(saved("gru.h5"))

if major == "3":
    tanh = [layers.Input((10, 6)), layers.LSTM(3, activation="hard_tanh"), layers.Dense(2, activation="silu")]
    store(keras.Sequential(tanh), "tanh")
    # jax has no float64 unless told to; Keras 2 writes it below.
    for dtype in ["float16", "bfloat16"]:
        network(dtype=dtype).save(saved(f"{dtype}.keras"))
    quantised = network()
    quantised.layers[1].quantize("int8")
    quantised.save(saved("int8.keras"))
else:
    only.save_weights(saved("only.h5"))
    store(network(dtype="float64"), "float64")

(folder / f"keras{major}.json").write_text(
    json.dumps({"version": keras.__version__, "outputs": computed}, indent=1) + "\n"
)
