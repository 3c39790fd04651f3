"""Runs snippets/constrained_lstm_keras.py. Usage: check_keras.py FOLDER_OF_SNIPPETS OUT"""

import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

sys.path.insert(0, sys.argv[1])
from constrained_lstm_keras import constrained_lstm, normalise, plain  # noqa: E402

STEPS, FEATURES, UNITS, CLASSES, SAMPLES, T = 6, 3, 8, 4, 40, 8
keras.utils.set_random_seed(3)


def build(**options):
    return keras.Sequential([
        keras.Input((STEPS, FEATURES)),
        constrained_lstm(UNITS, return_sequences=True, name="lower", **options),
        constrained_lstm(UNITS, name="upper", **options),
        keras.layers.Dense(CLASSES, name="out"),
    ])


def with_weights(**options):
    net = build(**options)
    net.set_weights(weights)
    return net


random = np.random.default_rng(3)
raw = (random.random((SAMPLES, STEPS, FEATURES)) * 5 - 2).astype(np.float32)
x = normalise(raw, -2.0, 3.0)
assert np.abs(x).max() <= 1
weights = [random.uniform(-1.5, 1.5, w.shape) for w in build().get_weights()]  # far enough that functions clip
exact = with_weights()
predicted = exact.predict(x, verbose=0)
np.testing.assert_allclose(with_weights(timesteps=1 << 16).predict(x, verbose=0), predicted, atol=1e-3)

# Training reaches every weight through the rounding, and keeps those of the LSTMs within the chip's range.
rounded = with_weights(timesteps=2)
rounded.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
rounded.fit(x, np.arange(SAMPLES) % CLASSES, epochs=1, verbose=0)
for name, before, after in zip(rounded.weights, weights, rounded.get_weights()):
    assert not np.allclose(np.clip(before, -0.99, 0.99), after) and not np.allclose(before, after), name.path
    if "kernel" in name.path and "out" not in name.path:
        assert np.abs(after).max() <= 0.99 + 1e-6, name.path

out = Path(sys.argv[2])
plain(exact).save(out / "model.keras")
# The custom layer itself is saved and read again, too.
exact.save(out / "own.keras")
np.testing.assert_allclose(keras.models.load_model(out / "own.keras").predict(x, verbose=0), predicted, atol=1e-6)
np.save(out / "x.npy", raw)
np.save(out / "exact.npy", predicted)
np.save(out / "clipped.npy", with_weights(cell_clip=0.4).predict(x, verbose=0))
# Counts that are near a half fall to either side; with small weights few are changed by that.
weights = [random.uniform(-0.5, 0.5, w.shape) for w in weights]
small, rounded = with_weights(), with_weights(timesteps=T)
plain(small).save(out / "small.keras")
np.save(out / "small.npy", small.predict(x, verbose=0))
np.save(out / "rounded.npy", rounded.predict(x, verbose=0))
# With its rests, the custom layer is saved and read again.
rounded.save(out / "rounded.keras")
again = keras.models.load_model(out / "rounded.keras").predict(x, verbose=0)
np.testing.assert_allclose(again, rounded.predict(x, verbose=0), atol=1e-6)
