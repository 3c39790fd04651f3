"""Saves small convolutional networks as ONNX graphs, with what the reference evaluator of ONNX computes.

    python3 -m pip install onnx==1.23.2 numpy
    python3 test/golden/models/save_convolutions_onnx.py

The graphs are made node by node, as PyTorch's exporters write them; the weights are random ones.
"""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

here = Path(__file__).parent
random = np.random.default_rng(6)


def weights(**shapes):
    made = []
    for name, shape in shapes.items():
        low, high = (0.5, 2) if name.endswith("running_var") else (-0.6, 0.6)
        values = random.uniform(low, high, shape).astype(np.float32)
        made.append(numpy_helper.from_array(values, name.replace("__", ".")))
    return made


def save(name, nodes, tensors, shape, outputs):
    graph = helper.make_graph(
        nodes,
        "main_graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", *shape])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", outputs])],
        tensors,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, here / "onnx" / f"{name}.onnx")
    x = random.uniform(-1, 1, (3, *shape)).astype(np.float32)
    (y,) = ReferenceEvaluator(model).run(None, {"x": x})
    return {"shape": shape, "x": x.reshape(3, -1).tolist(), "y": y.tolist()}


node = helper.make_node
images = save(
    "convolution-images",
    [
        node("Conv", ["x", "conv1.weight"], ["a"], name="/conv1/Conv", strides=[2, 1], pads=[1, 1, 1, 1]),
        node(
            "BatchNormalization",
            ["a", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"],
            ["b"],
            name="/bn/BatchNormalization",
        ),
        node("Relu", ["b"], ["c"], name="/relu/Relu"),
        node("MaxPool", ["c"], ["d"], name="/pool/MaxPool", kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 1, 0]),
        node("Conv", ["d", "conv2.weight", "conv2.bias"], ["e"], name="/conv2/Conv", dilations=[1, 2]),
        node("LeakyRelu", ["e"], ["f"], name="/act/LeakyRelu", alpha=0.1),
        node("AveragePool", ["f"], ["g"], name="/mean/AveragePool", kernel_shape=[1, 2], strides=[1, 1]),
        node("Flatten", ["g"], ["h"], name="/Flatten"),
        node("Gemm", ["h", "fc1.weight", "fc1.bias"], ["i"], name="/fc1/Gemm", transB=1),
        node("Relu", ["i"], ["j"], name="/relu2/Relu"),
        node("Gemm", ["j", "fc2.weight", "fc2.bias"], ["y"], name="/fc2/Gemm", transB=1),
    ],
    weights(
        conv1__weight=(4, 2, 3, 3),
        bn__weight=(4,),
        bn__bias=(4,),
        bn__running_mean=(4,),
        bn__running_var=(4,),
        conv2__weight=(5, 4, 2, 2),
        conv2__bias=(5,),
        fc1__weight=(6, 10),
        fc1__bias=(6,),
        fc2__weight=(3, 6),
        fc2__bias=(3,),
    ),
    [2, 8, 6],
    3,
)
pooled = save(
    "convolution-pooled",
    [
        node("Conv", ["x", "conv.weight", "conv.bias"], ["a"], name="/conv/Conv", auto_pad="SAME_UPPER", strides=[2, 2]),
        node("Relu", ["a"], ["b"], name="/relu/Relu"),
        node("GlobalAveragePool", ["b"], ["c"], name="/pool/GlobalAveragePool"),
        node("Shape", ["c"], ["s"]),
        node("Gather", ["s", "zero"], ["n"], axis=0),
        node("Unsqueeze", ["n", "first"], ["n1"]),
        node("Concat", ["n1", "rest"], ["to"], axis=0),
        node("Reshape", ["c", "to"], ["d"], name="/Reshape"),
        node(
            "BatchNormalization",
            ["d", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var"],
            ["e"],
            name="/norm/BatchNormalization",
        ),
        node("Gemm", ["e", "fc.weight", "fc.bias"], ["y"], name="/fc/Gemm", transB=1),
    ],
    [
        *weights(
            conv__weight=(5, 3, 2, 2),
            conv__bias=(5,),
            norm__weight=(5,),
            norm__bias=(5,),
            norm__running_mean=(5,),
            norm__running_var=(5,),
            fc__weight=(3, 5),
            fc__bias=(3,),
        ),
        numpy_helper.from_array(np.array(0, np.int64), "zero"),
        numpy_helper.from_array(np.array([0], np.int64), "first"),
        numpy_helper.from_array(np.array([-1], np.int64), "rest"),
    ],
    [3, 5, 4],
    3,
)
(here / "onnx-convolutions.json").write_text(json.dumps({"images": images, "pooled": pooled}) + "\n")
