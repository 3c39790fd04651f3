"""Saves networks that skip sequence steps as Keras 2 and 3 do, with what they compute.

    python3 -m pip install keras==3.15.1 tensorflow-cpu==2.21.0 numpy h5py
    python3 test/golden/models/save_masks.py
    python3.11 -m pip install tensorflow-cpu==2.15.1
    python3.11 test/golden/models/save_masks.py

The weights are random ones. Of each input, the samples skip steps at the front, in the middle, at the end, one here
and one there, none, and all.
"""

import json
from pathlib import Path

import keras
import numpy as np
from keras import layers

here = Path(__file__).parent
major = int(keras.__version__[0])
random = np.random.default_rng(11)
steps, features, skipped_value = 7, 3, -0.5

# 0 where a step is skipped.
kept = np.array(
    [
        [0, 0, 1, 1, 1, 1, 1],
        [1, 1, 0, 0, 0, 1, 1],
        [1, 1, 1, 1, 0, 0, 0],
        [0, 1, 0, 1, 1, 0, 1],
        [1, 1, 1, 1, 1, 1, 1],
        [0, 0, 0, 0, 0, 0, 0],
    ]
)


def rows(turned=0):
    values = random.uniform(-1, 1, (len(kept), steps, features))
    values[np.roll(kept, turned, axis=1) == 0] = skipped_value
    # One value of a step alone does not skip it.
    values[4, 2, 1] = skipped_value
    return values.astype("float32")


def ids():
    return (random.integers(1, 9, kept.shape) * kept).astype("float32")


def sequence(name, *stack):
    return keras.Sequential([layers.Input((steps, features), name="rows"), *stack], name=name)


def sentence(name, *stack):
    return keras.Sequential([layers.Input((steps,), name="ids"), *stack], name=name)


def masking():
    return layers.Masking(skipped_value, name="skip")


def embedding():
    return layers.Embedding(9, 4, mask_zero=True, name="vectors")


def merged(name):
    """Two inputs that skip other steps, and one that skips none, put together in every way."""
    left, right = layers.Input((steps, features), name="left"), layers.Input((steps, features), name="right")
    a, b = layers.Masking(skipped_value, name="skip_a")(left), layers.Masking(skipped_value, name="skip_b")(right)
    plain = layers.Dense(features, activation="tanh", name="plain")(left)
    ends = [
        layers.LSTM(3, name="of_sum")(layers.Add(name="sum")([a, b])),
        layers.GRU(3, name="of_difference")(layers.Subtract(name="difference")([a, b])),
        layers.SimpleRNN(3, name="of_product")(layers.Multiply(name="product")([a, b])),
        layers.LSTM(3, name="of_mean")(layers.Average(name="mean")([a, b])),
        layers.SimpleRNN(3, name="of_largest")(layers.Maximum(name="largest")([a, b])),
        layers.SimpleRNN(3, name="of_least")(layers.Minimum(name="least")([b, a])),
        layers.LSTM(3, name="of_both")(layers.Concatenate(name="both")([a, b])),
        # What skips no step is stronger.
        layers.LSTM(3, name="of_plain_sum")(layers.Add(name="plain_sum")([a, plain])),
        layers.SimpleRNN(3, name="of_plain_product")(layers.Multiply(name="plain_product")([plain, b])),
        layers.SimpleRNN(3, name="of_plain_largest")(layers.Maximum(name="plain_largest")([a, plain])),
        layers.LSTM(3, name="of_plain_both")(layers.Concatenate(name="plain_both")([a, plain])),
    ]
    if major > 2:
        # Keras 2 refuses these. What skipped steps hold is seen by a layer that skips none.
        ends.append(layers.GRU(3, name="of_longer")(layers.Concatenate(axis=1, name="longer")([a, plain])))
        products, most = layers.Multiply(name="products")([a, b, b]), layers.Maximum(name="most")([a, b])
        ends += [layers.Flatten(name="all_products")(products), layers.Flatten(name="all_largest")(most)]
    return keras.Model([left, right], layers.Concatenate(name="ends")(ends), name=name)


def functional():
    """Keras 3 writes how the mask is computed between the layers of such a model."""
    start = layers.Input((steps,), name="ids")
    encoder = layers.Bidirectional(layers.LSTM(3, return_sequences=True), name="encoder")
    dropped = layers.Dropout(0.5)(encoder(embedding()(start)))
    return keras.Model(start, layers.Dense(2)(layers.GRU(3)(dropped)), name="ids-functional")


networks = [
    sequence("lstm", masking(), layers.LSTM(4), layers.Dense(2)),
    sequence("lstm-sequence", masking(), layers.LSTM(4, return_sequences=True), layers.Dense(2, activation="softmax")),
    sequence(
        "gru-stack",
        masking(),
        layers.GRU(4, return_sequences=True),
        layers.Dropout(0.5),
        layers.GRU(3, reset_after=False),
        layers.Dense(2),
    ),
    sequence(
        "both-stack",
        masking(),
        layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
        layers.Bidirectional(layers.GRU(3)),
        layers.Dense(2),
    ),
    sequence(
        "both-sequence",
        masking(),
        layers.Bidirectional(layers.SimpleRNN(3, return_sequences=True)),
        layers.TimeDistributed(layers.Dense(2)),
    ),
    sequence("both-ends", masking(), layers.Bidirectional(layers.LSTM(3))),
    # Skipping may begin behind another layer.
    sequence("relu", layers.Dense(3, activation="relu"), layers.Masking(name="skip"), layers.LSTM(3)),
    sentence("ids-lstm", embedding(), layers.LSTM(4), layers.Dense(2)),
    sentence("ids-gru-sequence", embedding(), layers.GRU(4, return_sequences=True), layers.Dense(2)),
    sentence(
        "ids-both",
        embedding(),
        layers.Bidirectional(layers.GRU(3, return_sequences=True, reset_after=False)),
        layers.Bidirectional(layers.SimpleRNN(3, return_sequences=True)),
        layers.LSTM(3),
    ),
    sentence("ids-mean", embedding(), layers.LSTM(4, return_sequences=True), layers.GlobalAveragePooling1D(), layers.Dense(2)),
    functional(),
    merged("merged"),
]
if major == 2:
    # Elsewhere it is no other than Keras 3.
    networks = [model for model in networks if model.name in ["both-sequence", "ids-functional", "merged"]]
else:
    # A layer that works on whole sequences ends skipping; Keras 2 refuses it.
    networks += [
        sequence("convolution", masking(), layers.Conv1D(4, 3, padding="causal", activation="relu"), layers.LSTM(3)),
        sequence(
            "rnn-distributed",
            masking(),
            layers.SimpleRNN(4, return_sequences=True),
            layers.TimeDistributed(layers.Dense(3, activation="tanh")),
            layers.TimeDistributed(layers.Flatten()),
            layers.BatchNormalization(),
            layers.Activation("elu"),
            layers.SimpleRNN(4),
        ),
        sequence("reshaped", masking(), layers.Reshape((steps, features)), layers.GRU(3)),
    ]

computed = {}
for model in networks:
    for weight in model.weights:
        low, high = (0.5, 2) if "variance" in weight.name else (-0.7, 0.7)
        weight.assign(random.uniform(low, high, weight.shape).astype("float32"))
    if model.name == "merged":
        inputs = {"left": rows(), "right": rows(2)}
    elif model.inputs[0].name == "ids":
        inputs = {"ids": ids()}
    else:
        inputs = {"rows": rows()}
    if model.name == "ids-mean":
        # Of no step Keras has no mean.
        inputs["ids"][5, 3] = 2
    if model.name == "relu":
        # Then the Dense layer gives zeros alone for these steps.
        kernel, bias = model.layers[0].get_weights()
        model.layers[0].set_weights([np.abs(kernel), bias * 0])
    given = list(inputs.values())
    outputs = np.asarray(model.predict(given if len(given) > 1 else given[0], verbose=0))
    model.save(here / "keras" / f"keras{major}-masks-{model.name}.keras")
    computed[model.name] = {
        "inputs": {name: values.tolist() for name, values in inputs.items()},
        "outputs": outputs.reshape(len(outputs), -1).tolist(),
    }
(here / f"keras{major}-masks.json").write_text(json.dumps(computed) + "\n")
