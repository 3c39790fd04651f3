"""Saves a graph of layers as Keras 3 does, with what it computes: two inputs, two outputs, a layer that is used twice.

    python3 -m pip install keras==3.15.1 tensorflow-cpu==2.21.0 numpy h5py
    python3 test/golden/models/save_graph.py

The weights are random ones.
"""

import json
from pathlib import Path

import keras
import numpy as np
from keras import layers

here = Path(__file__).parent
random = np.random.default_rng(7)

rows, words = layers.Input((5, 3), name="rows"), layers.Input((5, 2), name="words")
shared = layers.Dense(4, activation="tanh", name="shared")
left = shared(rows)
right = shared(layers.Concatenate(name="joined")([words, layers.Dense(1, name="one")(rows)]))
both = layers.Add(name="both")([left, right])
encoded = layers.Bidirectional(layers.LSTM(3, return_sequences=True), name="encoder")(both)
residual = layers.Concatenate(name="residual")([both, encoded])
sequence = layers.LSTM(4, name="decoder")(residual)
mean = layers.GlobalAveragePooling1D(name="mean")(left)
kind = layers.Dense(3, activation="softmax", name="kind")(layers.Maximum(name="most")([sequence, mean]))
size = layers.Dense(1, name="size")(sequence)
model = keras.Model([words, rows], [size, kind], name="graph")
model.set_weights([random.uniform(-0.7, 0.7, w.shape).astype("float32") for w in model.get_weights()])

inputs = {"words": random.uniform(-1, 1, (4, 5, 2)), "rows": random.uniform(-1, 1, (4, 5, 3))}
inputs = {name: values.astype("float32") for name, values in inputs.items()}
outputs = model.predict([inputs["words"], inputs["rows"]], verbose=0)
model.save(here / "keras/keras3-graph.keras")
model.save(here / "keras/keras3-graph.h5")
computed = {
    "inputs": {name: values.tolist() for name, values in inputs.items()},
    "outputs": {name: np.asarray(values).tolist() for name, values in zip(["size", "kind"], outputs)},
}
(here / "keras3-graph.json").write_text(json.dumps(computed) + "\n")
