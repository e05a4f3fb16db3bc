#!/usr/bin/env python3
"""Computes an exported network in one runtime, with batches of 64 and a smaller last one:

    run.py RUNTIME MODEL INPUT OUTPUT

RUNTIME is onnxruntime, opencv, tract, ncnn, burn-onnx, pytorch or keras. INPUT holds images: `*.f32` normalized floats [count, 1, 48, 48], `*.u8`
grey bytes [count, 48, 48, 1]. OUTPUT receives what the network gives, probabilities or logits, as floats [count, 7]; with pytorch and keras
always probabilities. The version of the runtime is printed.
"""
import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile
import tomllib

import numpy as np

BATCH = 64
EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"


def onnxruntime(model):
    import onnxruntime
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    (name,) = [value.name for value in session.get_inputs()]
    return onnxruntime.__version__, lambda images: session.run(None, {name: images})[0]


def opencv(model):
    import cv2
    network = cv2.dnn.readNetFromONNX(model)

    def run(images):
        network.setInput(images)
        return network.forward()
    return cv2.__version__, run


def tract(model):
    import tract as runtime
    runnable = runtime.onnx().load(model).into_model().into_runnable()
    return runtime.version(), lambda images: runnable.run([images])[0].to_numpy()


def ncnn(model):
    """Translated by pnnx, which fixes the shape of the input: one image at a time."""
    import ncnn as runtime
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder, "net.onnx")
        copy.write_bytes(pathlib.Path(model).read_bytes())
        pnnx = pathlib.Path(sys.executable).parent / "pnnx"
        subprocess.run([pnnx, copy, "inputshape=[1,1,48,48]", "fp16=0"], check=True, cwd=folder, stdout=subprocess.DEVNULL)
        network = runtime.Net()
        network.opt.num_threads = 1  # its threads wait busily
        network.opt.use_fp16_storage = False  # else weights are rounded to 16 bits
        if network.load_param(f"{folder}/net.ncnn.param") or network.load_model(f"{folder}/net.ncnn.bin"):
            raise SystemExit("ncnn cannot load what pnnx wrote")

    def run(images):
        results = []
        for image in images:
            extractor = network.create_extractor()
            extractor.input("in0", runtime.Mat(image).clone())
            results.append(np.array(extractor.extract("out0")[1]))
        return np.stack(results)
    return runtime.__version__, run


def burn_onnx(model):
    """Generated as Rust code and compiled, in examples/burn-onnx; Burn itself is compiled the first time."""
    folder = EXAMPLES / "burn-onnx"
    program = ["cargo", "run", "--quiet", "--locked", "--bin", "batches"]
    environment = os.environ | {"NETWORK": str(pathlib.Path(model).resolve())}

    def run(images):
        done = subprocess.run(program, input=images.tobytes(), cwd=folder, env=environment, stdout=subprocess.PIPE)
        if done.returncode:
            raise SystemExit("the network was not generated or not compiled")
        return np.frombuffer(done.stdout, np.float32).reshape(-1, 7)
    packages = tomllib.loads((folder / "Cargo.lock").read_text())["package"]
    versions = {package["name"]: package["version"] for package in packages}
    return f"{versions['burn-onnx']}, Burn {versions['burn']}", run


def pytorch(state):
    import torch
    module = state.removesuffix(".pt.safetensors") + ".py"
    spec = importlib.util.spec_from_file_location("exported", module)
    exported = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(exported)
    network = exported.load(state)

    def run(images):
        images = torch.from_numpy(images)
        if images.dtype == torch.uint8:
            images = exported.normalize(images[..., 0])
        with torch.no_grad():
            return (network(images) / exported.TEMPERATURE).softmax(1).numpy()
    return torch.__version__, run


def keras(state):
    os.environ.setdefault("KERAS_BACKEND", "torch")
    sys.path.append(str(EXAMPLES / "keras"))
    import keras as runtime
    import mien_keras
    network, facts = mien_keras.load(state)

    def run(images):
        images = mien_keras.normalize(images[..., 0]) if images.dtype == np.uint8 else images.transpose(0, 2, 3, 1)
        logits = network.predict_on_batch(images)
        return runtime.ops.convert_to_numpy(runtime.ops.softmax(logits / facts["temperature"]))
    return f"{runtime.__version__}, {runtime.backend.backend()}", run


def main(runtime, model, source, target):
    runtimes = {"onnxruntime": onnxruntime, "opencv": opencv, "tract": tract, "ncnn": ncnn, "burn-onnx": burn_onnx, "pytorch": pytorch,
                "keras": keras}
    version, run = runtimes[runtime](model)
    if source.endswith(".u8"):
        images = np.fromfile(source, np.uint8).reshape(-1, 48, 48, 1)
    else:
        images = np.fromfile(source, np.float32).reshape(-1, 1, 48, 48)
    batches = [run(images[start:start + BATCH]) for start in range(0, len(images), BATCH)]
    pathlib.Path(target).write_bytes(np.concatenate(batches).astype(np.float32).tobytes())
    print(version)


if __name__ == "__main__":
    main(*sys.argv[1:])
