"""Writes the data files beside it, each with the library that people write it with.

    python3 -m pip install numpy==2.4.6 safetensors==0.8.0 ml_dtypes==0.6.0 pandas==2.3.3
    python3 test/golden/data/write.py

`x` is arange(24) - 5 as [4, 3, 2], `y` the classes 0, 2, 1, 2, in every file that can hold them.
The files are the same whenever this runs.
"""

from pathlib import Path
import csv
import gzip
import json
import struct

import ml_dtypes
import numpy as np
import pandas as pd
from safetensors.numpy import save_file

here = Path(__file__).parent
x = (np.arange(24) - 5).reshape(4, 3, 2).astype("<f4")
y = np.array([0, 2, 1, 2])

# .npz
np.savez(here / "stored.npz", x=x, y=y)
np.savez_compressed(here / "compressed.npz", x=x, y=y)
np.savez(here / "unnamed.npz", x)
np.savez(here / "split.npz", x_train=x, y_train=y, x_test=x[:2], y_test=y[:2])
np.savez(here / "fortran.npz", np.asfortranarray(x.astype(">f8")))
np.savez(here / "objects.npz", np.array([{}, []], object))
np.savez(here / "none.npz")

# safetensors
save_file({"x": x, "y": y}, here / "pair.safetensors")
for name in ["float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8", "bool"]:
    array = (x % 3 == 0) if name == "bool" else x.astype("i8").astype(name)
    if name.startswith("uint"):
        array = np.abs(x).astype(name)
    save_file({"data": array}, here / f"{name}.safetensors")
save_file({"data": x.astype(ml_dtypes.bfloat16)}, here / "bfloat16.safetensors")
save_file({"data": x.astype(ml_dtypes.float8_e4m3fn)}, here / "float8.safetensors")

# CSV
table = x.reshape(4, 6) / 4
np.savetxt(here / "savetxt.csv", table, delimiter=",")
np.savetxt(here / "savetxt-header.csv", table, delimiter=",", header="a,b,c,d,e,f")
np.savetxt(here / "savetxt-spaces.csv", table)
frame = pd.DataFrame(table, columns=list("abcdef"))
frame.to_csv(here / "pandas.csv", index=False)
frame.to_csv(here / "pandas-index.csv")
frame.to_csv(here / "semicolon.csv", index=False, sep=";", lineterminator="\r\n", encoding="utf-8-sig")
frame.to_csv(here / "decimal-comma.csv", index=False, sep=";", decimal=",")
frame.to_csv(here / "tab.csv", index=False, header=False, sep="\t")
frame.to_csv(here / "packed.csv.gz", index=False, compression={"method": "gzip", "mtime": 0})
frame.to_csv(here / "utf16.csv", index=False, encoding="utf-16")
with open(here / "quoted.csv", "w", newline="") as file:
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow(["a", 'with "quotes"', "with, comma", "on two\nlines", "é", "f"])
    writer.writerows(table.tolist())
pd.Series(y, name="class").to_csv(here / "labels.csv", index=False)
pd.DataFrame(np.eye(3, dtype=int)[y], columns=list("abc")).to_csv(here / "one-hot.csv", index=False)


# IDX: http://yann.lecun.com/exdb/mnist names its types
def idx(number, array):
    return struct.pack(">HBB", 0, number, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


for number, kind in [(0x08, ">u1"), (0x09, ">i1"), (0x0B, ">i2"), (0x0C, ">i4"), (0x0D, ">f4"), (0x0E, ">f8")]:
    (here / f"{kind[1:]}.idx").write_bytes(idx(number, x.astype("i8").astype(kind)))
(here / "labels.idx").write_bytes(idx(0x08, y.astype("u1")))
(here / "packed.idx.gz").write_bytes(gzip.compress(idx(0x08, x.astype("i8").astype("u1")), mtime=0))
half = idx(0x08, x.astype("i8").astype("u1"))
(here / "members.idx.gz").write_bytes(gzip.compress(half[:20], mtime=0) + gzip.compress(half[20:], mtime=0))

# JSON
(here / "compact.json").write_text(json.dumps(x.tolist(), separators=(",", ":")))
(here / "indented.json").write_text(json.dumps(x.tolist(), indent=2))
(here / "labels.json").write_text(json.dumps(y.tolist()))
(here / "object.json").write_text(json.dumps({"x": x.tolist()}))
