"""Writes what Keras 3 says of two models, as tensorflowjs_converter puts it into a model.json.

    python3 -m pip install keras==3.15.1 jax==0.10.2
    KERAS_BACKEND=jax python3 test/golden/tfjs/write.py
"""

import json
from pathlib import Path

import keras

here = Path(__file__).parent


@keras.saving.register_keras_serializable("paper")
def hard_tanh_half(x):
    return keras.ops.clip(x / 2, -1, 1)


sequential = keras.Sequential(
    [
        keras.layers.Input((3, 2)),
        keras.layers.LSTM(2, return_sequences=True, name="first"),
        keras.layers.Dropout(0.5),
        keras.layers.LSTM(2, activation=hard_tanh_half, recurrent_activation="hard_sigmoid", name="second"),
        keras.layers.ReLU(),
        keras.layers.Dense(2, name="classes"),
        keras.layers.Softmax(),
    ],
    name="sequential",
)
inputs = keras.Input((3, 2), name="rows")
hidden = keras.layers.LSTM(2, name="lstm")(inputs)
functional = keras.Model(inputs, keras.layers.Dense(2, activation=keras.ops.tanh, name="out")(hidden), name="chain")
sums = keras.layers.Add(name="sum")([keras.layers.Flatten(name="flat")(inputs), keras.layers.Dense(6, name="wide")(hidden)])
branching = keras.Model(inputs, sums, name="branching")

for model in [sequential, functional, branching]:
    topology = {"keras_version": keras.__version__, "backend": "jax", "model_config": json.loads(model.to_json())}
    (here / f"keras3-{model.name}.json").write_text(json.dumps(topology, indent=1) + "\n")
