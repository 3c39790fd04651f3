"""Writes the .npy files beside it with numpy itself.

    python3 -m pip install numpy==2.4.6
    python3 test/golden/npy/write.py

Every array but the special ones is arange(24) - 5 as [4, 3, 2] in one type, byte order and memory
order; unsigned types wrap as numpy wraps them, uint64 is without its sign, and bool is x % 3 == 0.
"""

from pathlib import Path
import warnings

import numpy as np
from numpy.lib import format as npy

here = Path(__file__).parent
values = (np.arange(24) - 5).reshape(4, 3, 2)

for name in ["f2", "f4", "f8", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "b1"]:
    for order, order_name in [("<", "little"), (">", "big")]:
        if order == ">" and name in ("i1", "u1", "b1"):
            continue
        array = (values % 3 == 0) if name == "b1" else (abs(values) if name == "u8" else values).astype(name)
        array = array.astype(order + name)
        np.save(here / f"{name}-{order_name}.npy", array)
        np.save(here / f"{name}-{order_name}-fortran.npy", np.asfortranarray(array))

np.save(here / "scalar.npy", np.float32(1.5))
np.save(here / "vector.npy", np.arange(5, dtype="<f4"))
np.save(here / "empty.npy", np.zeros((0, 3), "<f4"))
np.save(here / "beyond.npy", np.array([1, 2**53 + 1]))
np.save(here / "large.npy", np.array([1, 2**40]))
np.save(here / "complex.npy", np.zeros(3, "<c8"))
np.save(here / "words.npy", np.array(["one", "two"], "<U3"))
np.save(here / "records.npy", np.zeros(3, [("a", "<f4"), ("b", "<i4")]))
np.save(here / "objects.npy", np.array([{}, []], object), allow_pickle=True)
for version in [(2, 0), (3, 0)]:
    with open(here / f"version-{version[0]}.npy", "wb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        npy.write_array(file, values.astype("<f4"), version)
