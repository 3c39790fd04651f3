"""What the scripts that save ONNX files share."""

import json
from pathlib import Path

import numpy as np
import onnx

models = Path(__file__).parent
here = models / "onnx"
here.mkdir(exist_ok=True)
x = np.load(models / "x.npy")
outputs = {}


def clean(name):
    """Exporters write the paths and lines of the script that ran them, which no other machine has."""
    model = onnx.load(here / name, load_external_data=False)
    graph = model.graph
    for part in [model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info]:
        part.doc_string = ""
        del part.metadata_props[:]
    onnx.save(model, here / name)


def keep(name, result):
    outputs[name] = {"shape": list(result.shape), "values": [float(value) for value in result.flatten()]}


def write_outputs(name):
    (here / name).write_text(json.dumps(outputs, indent=0) + "\n")
