"""Saves the network of this folder through PyTorch's exporters, other small graphs with what PyTorch,
ONNX Runtime or ONNX's own reference computes with them, and graphs that are refused.

    python3 -m pip install torch==2.15.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 numpy==2.4.6
    python3 test/golden/models/save_onnx.py

The inputs of all are x.npy.
"""

import numpy as np
import onnx
import onnxruntime
import torch
from network import Net, trained
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from onnx_files import clean, here, keep, write_outputs, x

torch.manual_seed(11)
torch.set_num_threads(1)


def compute(name):
    session = onnxruntime.InferenceSession(here / name)
    keep(name, session.run(None, {session.get_inputs()[0].name: x})[0])


def export(net, name, **options):
    net.eval()
    arguments = {"input_names": ["x"], "output_names": ["y"], "dynamo": False, **options}
    torch.onnx.export(net, (torch.from_numpy(x),), here / name, **arguments)
    clean(name)
    with torch.no_grad():
        keep(name, net(torch.from_numpy(x)).numpy())


net = trained()
export(net, "pytorch.onnx")
export(net, "pytorch-opset11.onnx", opset_version=11)
export(net, "pytorch-open.onnx", dynamic_axes={"x": {0: "batch", 1: "steps"}})
export(net, "pytorch-dynamo.onnx", dynamo=True, external_data=False)
export(net, "pytorch-external.onnx", dynamo=True, external_data=True)

class Other(Net):
    """Another head on an LSTM."""

    def __init__(self, forward, head, *sizes, **options):
        super().__init__()
        self.lstm = torch.nn.LSTM(*sizes, **options)
        self.head = head
        self.ahead = forward

    def forward(self, x):
        return self.ahead(self, x)


linear = torch.nn.Linear
export(Other(lambda m, x: m.head(m.lstm(x)[1][0][-1]).softmax(-1), linear(5, 3), 6, 5, 2, batch_first=True), "hidden-state.onnx")
export(Other(lambda m, x: torch.relu(m.head(m.lstm(x)[0])), linear(5, 3), 6, 5, batch_first=True, bias=False), "every-step.onnx")
export(
    Other(lambda m, x: m.head(m.lstm(x)[0].reshape(x.shape[0], -1)), linear(50, 3), 6, 5, batch_first=True),
    "flattened.onnx",
    dynamic_axes={"x": {0: "batch"}},
)
export(Other(lambda m, x: m.head(m.lstm(x.transpose(0, 1))[0][-1]), linear(5, 3), 6, 5), "steps-first.onnx")
export(
    Other(
        lambda m, x: m.head(torch.clamp(m.lstm(x)[0][:, -1] / 4 + 0.5, 0, 1)),
        torch.nn.Sequential(linear(5, 7), torch.nn.Hardsigmoid(), linear(7, 3), torch.nn.Hardtanh()),
        *(6, 5),
        batch_first=True,
    ),
    "hard-functions.onnx",
)
random = np.random.default_rng(5)


def constant(name, *shape, dtype=np.float32):
    return numpy_helper.from_array(random.normal(0, 0.5, shape).astype(dtype), name)


def save(name, nodes, initializers, shape=(8, 10, 6), opset=14):
    graph = helper.make_graph(
        nodes,
        "made",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        initializers,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8), here / name)


def lstm_weights(units=3, dtype=np.float32):
    return [constant("W", 1, 4 * units, 6, dtype=dtype), constant("R", 1, 4 * units, units, dtype=dtype), constant("B", 1, 8 * units, dtype=dtype)]


def lstm(inputs=("x", "W", "R", "B"), outputs=("", "h"), name="lstm", **options):
    return helper.make_node("LSTM", inputs, outputs, name=name, hidden_size=3, **options)


def turned(*rest):
    """Of x, as [steps, batch, features]; the outputs of h are [1, batch, units]."""
    squeeze = helper.make_node("Squeeze", ["h", "first"], ["y"])
    return [helper.make_node("Transpose", ["x"], ["t"], perm=[1, 0, 2]), *rest, squeeze]


first = numpy_helper.from_array(np.array([0]), "first")
activations = {"activations": ["HardSigmoid", "Tanh", "Tanh"], "activation_alpha": [0.25], "activation_beta": [0.5]}
save("hard-gates.onnx", turned(lstm(("t", "W", "R", "B"), **activations)), [*lstm_weights(), first])
compute("hard-gates.onnx")
activations = {"activations": ["HardSigmoid", "Softsign", "Softsign"]}
save("default-hard-gates.onnx", turned(lstm(("t", "W", "R"), **activations)), [*lstm_weights()[:2], first])
compute("default-hard-gates.onnx")
# ONNX Runtime has no layout 1: the reference computes this one.
save("batch-first.onnx", [lstm(outputs=("", "h"), layout=1), helper.make_node("Squeeze", ["h", "second"], ["y"])], [*lstm_weights(), numpy_helper.from_array(np.array([1]), "second")])
keep("batch-first.onnx", np.asarray(ReferenceEvaluator(str(here / "batch-first.onnx")).run(None, {"x": x})[0], dtype=np.float32))
# Weights in types of two and eight bytes, as graphs for other devices have them.
halves, doubles = [numpy_helper.from_array(random.normal(0, 0.5, (60, 3)).astype(dtype), "K") for dtype in (np.float16, np.float64)]
for name, kernel in [("halves.onnx", halves), ("doubles.onnx", doubles)]:
    save(
        name,
        [helper.make_node("Flatten", ["x"], ["f"]), helper.make_node("Cast", ["K"], ["k"], to=TensorProto.FLOAT), helper.make_node("MatMul", ["f", "k"], ["y"])],
        [kernel],
    )
    compute(name)

# Refused: what cannot be computed, by the name of the operation or the option.
save("clip.onnx", turned(lstm(("t", "W", "R", "B"), clip=3.0)), [*lstm_weights(), first])
save("input-forget.onnx", turned(lstm(("t", "W", "R", "B"), input_forget=1)), [*lstm_weights(), first])
save("reverse.onnx", turned(lstm(("t", "W", "R", "B"), direction="reverse")), [*lstm_weights(), first])
save("peepholes.onnx", turned(lstm(("t", "W", "R", "B", "", "", "", "P"))), [*lstm_weights(), constant("P", 1, 9), first])
save("state.onnx", turned(lstm(("t", "W", "R", "B", "", "H"))), [*lstm_weights(), constant("H", 1, 8, 3), first])
activations = {"activations": ["Sigmoid", "ScaledTanh", "ScaledTanh"], "activation_alpha": [1.7, 1.7], "activation_beta": [0.6, 0.6]}
save("scaled-tanh.onnx", turned(lstm(("t", "W", "R", "B"), **activations)), [*lstm_weights(), first])
save("opset10.onnx", [helper.make_node("Relu", ["x"], ["y"])], [], opset=10)
refused = {"dynamo": False, "input_names": ["x"], "output_names": ["y"]}
sample = torch.from_numpy(x)
bidirectional = Other(lambda m, x: m.head(m.lstm(x)[0][:, -1]), linear(10, 3), 6, 5, batch_first=True, bidirectional=True)
torch.onnx.export(bidirectional.eval(), (sample,), here / "bidirectional.onnx", **refused)


class Cell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = torch.nn.LSTMCell(6, 3)

    def forward(self, x):
        state = None
        for step in range(2):
            state = self.cell(x[:, step], state)
        return state[0]


torch.onnx.export(Cell().eval(), (sample,), here / "cell.onnx", **refused)
for name in ["bidirectional.onnx", "cell.onnx"]:
    clean(name)
write_outputs("outputs.json")
