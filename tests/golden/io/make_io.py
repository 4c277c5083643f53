"""Writes the files of this folder by NumPy and safetensors.

    python3 -m venv V && V/bin/pip install numpy safetensors
    V/bin/python tests/golden/io/make_io.py

Every array is 2 x 3 and holds 0, 1, ... 5, less 3 where numbers may be
negative, half of that in float types; truth values alternate. The same files
come out at every run, but for the order of the metadata.
"""
import gzip
import os
import struct

import numpy as np
import safetensors
import safetensors.numpy

os.chdir(os.path.dirname(os.path.abspath(__file__)))


def array(dtype):
    dtype = np.dtype(dtype)
    x = np.arange(6).reshape(2, 3)
    if dtype.kind == "b":
        return x % 2 == 1
    if dtype.kind == "f":
        return ((x - 3) / 2).astype(dtype)
    return (x - (3 if dtype.kind == "i" else 0)).astype(dtype)


def npy(name, x, version=None):
    with open(name + ".npy", "wb") as f:
        np.lib.format.write_array(f, x, version=version)


# ---- npy ----

for code in "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1".split():
    npy(code, array(code))
for code in "f2 f4 f8 i2 i4 i8 u2 u4 u8".split():
    npy("big_" + code, array(">" + code))
npy("fortran", np.asfortranarray(array("f4")))
npy("fortran_big_i2", np.asfortranarray(array(">i2")))
npy("scalar", np.float64(2.5))
npy("empty", np.zeros((0, 3), "f4"))
npy("vector", array("f4").reshape(6))
npy("version2", array("f4"), (2, 0))
npy("version3", array("f4"), (3, 0))
npy("bad_complex", array("f4").astype("c8"))
npy("bad_text", np.array(["a", "bc"]))
npy("bad_record", np.zeros(2, [("a", "f4"), ("b", "i4")]))
np.save("bad_object.npy", np.array([{}, None], object), allow_pickle=True)
x = array("u8")
x[1, 2] = 2**63
npy("bad_u8", x)
halves = [0, 2**-24, 2**-14, 1, -65504, np.inf, -np.inf, np.nan]
npy("halves", np.array(halves, "f2"))

# ---- npz ----

arrays = {"a": array("f4"), "b.c": array("i8"), "\u00e9": array("b1")}
np.savez("stored.npz", **arrays)
np.savez_compressed("deflated.npz", **arrays)
np.savez("empty.npz")

# ---- IDX ----


def idx(name, code, letter, values):
    with open(name, "wb") as f:
        f.write(struct.pack(">BBBBII", 0, 0, code, 2, 2, 3))
        f.write(struct.pack(">6" + letter, *values))


ints, floats = list(range(-3, 3)), [i / 2 for i in range(-3, 3)]
idx("u8.idx", 0x08, "B", range(6))
idx("i8.idx", 0x09, "b", ints)
idx("i16.idx", 0x0B, "h", ints)
idx("i32.idx", 0x0C, "i", ints)
idx("f32.idx", 0x0D, "f", floats)
idx("f64.idx", 0x0E, "d", floats)
with open("u8.idx", "rb") as f, open("u8.idx.gz", "wb") as g:
    g.write(gzip.compress(f.read(), mtime=0))

# ---- safetensors ----

names = {"f4": "F32", "f8": "F64", "i8": "I64", "i4": "I32", "u1": "U8",
         "b1": "BOOL", "f2": "F16", "i1": "I8", "i2": "I16", "u2": "U16",
         "u4": "U32", "u8": "U64"}
tensors = {name: array(code) for code, name in names.items()}
tensors["scalar"] = np.array(2.5, "f8")
tensors["empty"] = np.zeros((0, 3), "f4")
tensors["\u00e9\"\\"] = array("f4")
safetensors.numpy.save_file(tensors, "all.safetensors",
                            {"by": "safetensors", "\u00e9\n": "\u00e8\t"})
brain = (array("f4").view("u4") >> 16).astype("u2")
spec = safetensors.TensorSpec(dtype="bfloat16", shape=[2, 3],
                              data_ptr=brain.ctypes.data, data_len=12)
with open("bf16.safetensors", "wb") as f:
    f.write(safetensors.serialize({"BF16": spec}, None))
