"""Saves HDF5 files that ask for more than they are, in the shape of Keras models.

    python3 -m pip install h5py==3.16.0 numpy==2.4.6
    python3 test/golden/models/save_hostile.py
"""

import json
import zlib
from pathlib import Path

import h5py

folder = Path(__file__).parent / "keras"


def model(name, inputs, units, fill):
    config = {"units": units, "activation": "linear", "name": "big", "batch_input_shape": [None, inputs]}
    layers = [{"class_name": "Dense", "config": config}]
    with h5py.File(folder / f"hostile-{name}.h5", "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"layers": layers}})
        group = file.create_group("model_weights/big")
        group.attrs["weight_names"] = ["kernel", "bias"]
        group.create_dataset("bias", shape=(units,), dtype="f4")
        fill(group, (inputs, units))


# Half a gigabyte of which nothing was ever written, in many chunks and in one.
def unwritten(group, shape):
    group.create_dataset("kernel", shape=shape, dtype="f4", chunks=(64, 2048))


def chunk(group, shape):
    group.create_dataset("kernel", shape=shape, dtype="f4", chunks=shape)


# One chunk of 4 KB that unpacks to 64 MiB.
def bomb(group, shape):
    kernel = group.create_dataset("kernel", shape=shape, dtype="f4", chunks=shape, compression=9)
    kernel.id.write_direct_chunk((0, 0), zlib.compress(bytes(2**26), 9))


# Values, and a dataset, in other files.
def storage(group, shape):
    group.create_dataset("kernel", shape=shape, dtype="f4", external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)])


def link(group, shape):
    group["kernel"] = h5py.ExternalLink("/etc/passwd", "/kernel")


def loop(group, shape):
    group["kernel"] = h5py.SoftLink("/model_weights/big/other")
    group["other"] = h5py.SoftLink("/model_weights/big/kernel")


model("unwritten", 65536, 2048, unwritten)
model("chunk", 65536, 2048, chunk)
for fill in [bomb, storage, link, loop]:
    model(fill.__name__, 64, 16, fill)
