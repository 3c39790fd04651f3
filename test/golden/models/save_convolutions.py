"""Saves small convolutional networks as Keras 3 does, with what they compute.

    python3 -m pip install keras==3.15.1 jax==0.10.2 numpy h5py
    KERAS_BACKEND=jax python3 test/golden/models/save_convolutions.py

The weights are random ones; variances of the normalisations are above 0.
"""

import json
from pathlib import Path

import keras
import numpy as np
from keras import layers

here = Path(__file__).parent
random = np.random.default_rng(5)


def images():
    return keras.Sequential(
        [
            layers.Input((7, 6, 2)),
            layers.Conv2D(4, (3, 2), strides=(2, 1), padding="same", activation="gelu", name="first"),
            layers.BatchNormalization(name="normal"),
            layers.AveragePooling2D((2, 2), padding="same", name="pool"),
            layers.Conv2D(5, 2, dilation_rate=2, padding="same", use_bias=False, name="second"),
            layers.BatchNormalization(scale=False, epsilon=0.01, name="linear_normal"),
            layers.LeakyReLU(negative_slope=0.1, name="leaky"),
            layers.MaxPooling2D((2, 1), name="max"),
            layers.Flatten(name="flatten"),
            layers.Dense(6, activation="silu", name="hidden"),
            layers.Dense(3, activation="softmax", name="classifier"),
        ],
        name="images",
    )


def sequence():
    return keras.Sequential(
        [
            layers.Input((9, 3)),
            layers.BatchNormalization(name="start"),
            layers.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="elu", name="causal"),
            layers.AveragePooling1D(2, name="halve"),
            layers.TimeDistributed(layers.Dense(5, activation="leaky_relu"), name="each"),
            layers.Conv1D(3, 2, strides=2, activation="hard_silu", name="last"),
            layers.GlobalAveragePooling1D(name="mean"),
            layers.Reshape((3, 1), name="column"),
            layers.LSTM(4, name="lstm"),
        ],
        name="sequence",
    )


def video():
    return keras.Sequential(
        [
            layers.Input((3, 5, 5, 1)),
            layers.TimeDistributed(layers.Conv2D(3, 2, activation="relu"), name="conv"),
            layers.TimeDistributed(layers.BatchNormalization(), name="normal"),
            layers.TimeDistributed(layers.AveragePooling2D(2), name="pool"),
            layers.TimeDistributed(layers.Flatten(), name="flat"),
            layers.LSTM(4, name="lstm"),
            layers.Dense(2, name="dense"),
        ],
        name="video",
    )


outputs = {}
for build in (images, sequence, video):
    model = build()
    for weight in model.weights:
        low, high = (0.5, 2) if "variance" in weight.path else (-0.6, 0.6)
        weight.assign(random.uniform(low, high, weight.shape).astype(np.float32))
    x = random.uniform(-1, 1, (3, *model.input_shape[1:])).astype(np.float32)
    name = f"keras3-convolution-{model.name}"
    model.save(here / "keras" / f"{name}.keras")
    model.save(here / "keras" / f"{name}.h5")
    y = np.asarray(model(x, training=False))
    outputs[model.name] = {"shape": list(x.shape[1:]), "x": x.reshape(3, -1).tolist(), "y": y.tolist()}
(here / "keras3-convolutions.json").write_text(json.dumps(outputs) + "\n")
