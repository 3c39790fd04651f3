"""Saves the network of this folder and another through Keras' exporter, with what Keras computes with them,
and one whose LSTM becomes a loop.

    python3 -m pip install tensorflow-cpu==2.21.0 keras==3.15.1 tf2onnx==1.17.0 onnx==1.23.2 numpy==2.4.6
    KERAS_BACKEND=tensorflow python3 test/golden/models/save_onnx_keras.py

The inputs of all are x.npy. A script of its own: TensorFlow and PyTorch's exporter do not start in one process.
"""

import keras
import numpy as np
from onnx_files import clean, here, keep, models, write_outputs, x

keras.utils.set_random_seed(11)


def export(model, name):
    keep(name, model(x).numpy())
    model.export(here / name, format="onnx", verbose=False)
    clean(name)


# The gates of PyTorch are in the same order, its biases are two.
weights = np.load(models / "weights.npz")
twin = keras.Sequential([keras.layers.Input((10, 6)), keras.layers.LSTM(16, name="lstm"), keras.layers.Dense(4, name="head")])
twin.set_weights(
    [
        weights["lstm.weight_ih_l0"].T,
        weights["lstm.weight_hh_l0"].T,
        weights["lstm.bias_ih_l0"] + weights["lstm.bias_hh_l0"],
        weights["head.weight"].T,
        weights["head.bias"],
    ]
)
export(twin, "keras.onnx")

dense = keras.Sequential(
    [
        keras.layers.Input((10, 6)),
        keras.layers.LSTM(5, return_sequences=True),
        keras.layers.LSTM(4, return_sequences=True),
        keras.layers.Dense(3, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(3, activation="hard_sigmoid"),
    ]
)
export(dense, "keras-flattened.onnx")

looped = keras.Sequential([keras.layers.Input((10, 6)), keras.layers.LSTM(3, recurrent_activation="hard_sigmoid")])
looped(x)
looped.export(here / "keras-loop.onnx", format="onnx", verbose=False)
clean("keras-loop.onnx")
write_outputs("keras-outputs.json")
