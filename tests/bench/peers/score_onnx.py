#!/usr/bin/env python3
"""ONNX Runtime's side of the row "score 16-64-1".

    python3 tests/bench/peers/score_onnx.py THREADS

Through its Python interface with bound inputs and outputs, the fastest it
has: the time of a call includes a few hundred nanoseconds of Python, which
the C interface would not. The network is y = w2 relu(w1 x + b1) + b2 with the
data of formula.py, as in host.c.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import peer  # noqa: E402

peer.choose_python()
THREADS = int(sys.argv[1])
peer.limit_threads(THREADS)
import numpy as np  # noqa: E402
import onnxruntime as ort  # noqa: E402
from onnx import TensorProto, helper, numpy_helper  # noqa: E402
from formula import fill  # noqa: E402


def model():
    weights = {"w1": fill(1, (64, 16)), "b1": fill(2, (64,)),
               "w2": fill(3, (1, 64)), "b2": fill(4, (1,))}
    nodes = [
        helper.make_node("Gemm", ["x", "w1", "b1"], ["h"], transB=1),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("Gemm", ["r", "w2", "b2"], ["y"], transB=1),
    ]
    graph = helper.make_graph(
        nodes, "score",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 16])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1])],
        [numpy_helper.from_array(w, name) for name, w in weights.items()])
    opset = helper.make_opsetid("", 17)
    made = helper.make_model(graph, opset_imports=[opset])
    made.ir_version = 8
    return made.SerializeToString()


def session():
    options = ort.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.inter_op_num_threads = 1
    return ort.InferenceSession(model(), options,
                                providers=["CPUExecutionProvider"])


def main():
    made, y = session(), np.zeros((1, 1), np.float32)
    binding = made.io_binding()
    x = ort.OrtValue.ortvalue_from_numpy(fill(5, (1, 16)))
    binding.bind_ortvalue_input("x", x)
    out = ort.OrtValue.ortvalue_from_numpy(y)
    binding.bind_ortvalue_output("y", out)
    print("onnxruntime %s, from Python, %d threads" % (ort.__version__,
                                                       THREADS), flush=True)
    peer.serve(lambda: made.run_with_iobinding(binding),
               lambda _: float(out.numpy()[0, 0]))


if __name__ == "__main__":
    main()
