"""Train the example networks: MNIST read as 28 rows of 28 pixels.

    python train.py --mnist DIR --weights weights.json                  # mnist-rows
    python train.py --mnist DIR --weights weights.json --plain          # mnist-rows-plain
    python train.py --mnist DIR --network gru --epochs 20 --batch 256     # mnist-gru
    python train.py --mnist DIR --network bilstm --epochs 10 --batch 256  # mnist-bilstm

DIR holds the four canonical MNIST files published by LeCun, Cortes and Burges and
mirrored widely, as they come: train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz,
t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz.
Needs Python 3.11 or later; run with keras 3.15.1, jax 0.10.2 and numpy 2.4.6.

Of an LSTM it writes the weights and the predictions for the example's digits to --weights,
which save.mjs turns into a tfjs model, and digits.npy and labels.npy into the example's folder.
The other networks have ordinary sigmoid and tanh; it writes them as model.keras.
"""

import argparse
import gzip
import json
import os
import tempfile
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"  # XLA compiles the loop over rows

import keras
import numpy as np
from keras import ops

HERE = Path(__file__).resolve().parent
VALIDATION = 5_000  # of the 60,000 training digits
EXAMPLE_DIGITS = 500
MEAN, SCALE = 0.1307 * 255, 0.8693 * 255  # constraint 2: |input| at most 1


# Constraint 1: clipped-linear functions, because that is what a spiking neuron's rate is.
def hard_sigmoid_quarter(x):
    return ops.clip(x / 4 + 0.5, 0, 1)


def hard_tanh_half(x):
    return ops.clip(x / 2, -1, 1)


class WeightRange(keras.constraints.Constraint):
    """Keeps the LSTM's weights in what the chip's 8-bit weights hold: +-254/256, here +-0.99."""

    def __call__(self, w):
        return ops.clip(w, -0.99, 0.99)


class ShiftedDigits(keras.utils.PyDataset):
    """Shuffled batches, each digit moved by up to one pixel, against overfitting."""

    def __init__(self, digits, labels, batch, seed):
        super().__init__()
        self.digits, self.labels, self.batch = digits, labels, batch
        self.rng = np.random.default_rng(seed)
        self.on_epoch_end()

    def __len__(self):
        return len(self.digits) // self.batch

    def on_epoch_end(self):
        self.order = self.rng.permutation(len(self.digits))

    def __getitem__(self, i):
        at = self.order[i * self.batch : (i + 1) * self.batch]
        padded = np.pad(self.digits[at], ((0, 0), (1, 1), (1, 1)))
        dy, dx = self.rng.integers(0, 3, (2, self.batch, 1, 1))
        shifted = padded[
            np.arange(self.batch)[:, None, None],
            np.arange(28)[:, None] + dy,
            np.arange(28)[None, :] + dx,
        ]
        return normalise(shifted), self.labels[at]


def normalise(digits):
    return ((digits - MEAN) / SCALE).astype(np.float32)


def read_idx(path):
    """IDX: two zero bytes, type (8: uint8), number of axes, their sizes, the data."""
    data = gzip.decompress(path.read_bytes())
    axes = data[3]
    shape = np.frombuffer(data, ">i4", axes, offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)


def build_gru():
    return keras.Sequential([
        keras.Input((28, 28)),
        keras.layers.GRU(64, name="gru"),
        keras.layers.Dense(10, activation="softmax", name="classifier"),
    ], name="mnist_gru")


def build_bilstm():
    return keras.Sequential([
        keras.Input((28, 28)),
        keras.layers.Bidirectional(keras.layers.LSTM(40, return_sequences=True), name="lower"),
        keras.layers.Bidirectional(keras.layers.LSTM(40), name="upper"),
        keras.layers.Dense(10, activation="softmax", name="classifier"),
    ], name="mnist_bilstm")


OTHERS = {"gru": build_gru, "bilstm": build_bilstm}


def build(plain, limit_weights, units):
    constraint = WeightRange() if limit_weights else None
    return keras.Sequential([
        keras.Input((28, 28)),
        keras.layers.LSTM(
            units,
            activation="tanh" if plain else hard_tanh_half,
            recurrent_activation="sigmoid" if plain else hard_sigmoid_quarter,
            kernel_constraint=constraint,
            recurrent_constraint=constraint,
            name="lstm",
        ),
        keras.layers.Dense(10, activation="softmax", name="classifier"),
    ])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mnist", type=Path, required=True, metavar="DIR")
    parser.add_argument("--network", choices=["lstm", *OTHERS], default="lstm")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="of the LSTM")
    parser.add_argument("--plain", action="store_true", help="ordinary sigmoid and tanh")
    parser.add_argument("--free-weights", action="store_true", help="without WeightRange")
    parser.add_argument("--units", type=int, default=64, help="of the LSTM")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.network == "lstm" and args.weights is None:
        parser.error("--weights is needed for the LSTM")
    keras.utils.set_random_seed(args.seed)

    digits, labels = (read_idx(args.mnist / f"train-{n}-ubyte.gz") for n in ("images-idx3", "labels-idx1"))
    test_digits, test_labels = (read_idx(args.mnist / f"t10k-{n}-ubyte.gz") for n in ("images-idx3", "labels-idx1"))
    order = np.random.default_rng(args.seed).permutation(len(digits))
    held_out, trained_on = order[:VALIDATION], order[VALIDATION:]
    batches = ShiftedDigits(digits[trained_on], labels[trained_on], args.batch, args.seed)
    validation = normalise(digits[held_out]), labels[held_out]

    if args.network == "lstm":
        model = build(args.plain, limit_weights=not (args.plain or args.free_weights), units=args.units)
    else:
        model = OTHERS[args.network]()
    rate = keras.optimizers.schedules.CosineDecay(3e-3, args.epochs * len(batches))
    model.compile(
        keras.optimizers.Adam(rate, clipnorm=1.0),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    # The checkpoint is chosen on the validation digits; the test digits are read once, below.
    best = Path(tempfile.mkdtemp()) / "best.weights.h5"
    keep = keras.callbacks.ModelCheckpoint(
        best, monitor="val_accuracy", save_best_only=True, save_weights_only=True
    )
    model.fit(batches, validation_data=validation, epochs=args.epochs, callbacks=[keep], verbose=2)
    model.load_weights(best)

    for name, x, y in ("validation", *validation), ("test", normalise(test_digits), test_labels):
        accuracy = np.mean(model.predict(x, batch_size=500, verbose=0).argmax(1) == y)
        print(f"{name} accuracy: {100 * accuracy:.2f} % of {len(y)} digits")

    if args.network != "lstm":
        # One that was never compiled is saved without the state of the optimizer.
        trained = OTHERS[args.network]()
        trained.set_weights(model.get_weights())
        trained.save(HERE.parent / f"mnist-{args.network}" / "model.keras")
        return
    folder = HERE.parent / ("mnist-rows-plain" if args.plain else "mnist-rows")
    sample = test_digits[:EXAMPLE_DIGITS]
    np.save(folder / "digits.npy", sample)
    np.save(folder / "labels.npy", test_labels[:EXAMPLE_DIGITS])
    args.weights.write_text(json.dumps({
        "plain": args.plain,
        # kernel, recurrent kernel and bias of the LSTM (gates i, f, c, o), then the classifier's
        "weights": [{"shape": w.shape, "values": w.ravel().tolist()} for w in model.get_weights()],
        "predictions": model.predict(normalise(sample), batch_size=500, verbose=0).tolist(),
    }))


if __name__ == "__main__":
    main()
