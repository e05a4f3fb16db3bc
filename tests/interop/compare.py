#!/usr/bin/env python3
"""Exports networks of mien, computes PublicTest in other tools, and compares with the probabilities of `mien evaluate`:

    compare.py fer2013.csv --mien ../../target/release/mien --work /tmp/interop [--images 500] [--only onnxruntime "OpenCV 5"]

In place of the command line, `--convert` and `--predict` take the examples `convert` of mien-export and `predict` of mien-recognition,
which are built without Burn. It prints the tables of docs/interop.md and exits with 1 if a tool gives another confusion matrix, or for
weights with 32 or 8 bits a probability that differs by more than 1e-4. Tools that are not installed are reported and left out: see
requirements.txt, run.mjs and chromium.mjs. On a software adapter WebGPU takes a second for each image: give `--images`.
"""
import argparse
import csv
import json
import os
import pathlib
import shlex
import subprocess
import sys

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
WEIGHTS = HERE.parent.parent / "www" / "weights"
NETWORKS = ["default", "phone", "cnn", "large", "ferplus"]
# options of `mien convert`, and whether the tolerance holds
VARIANTS = {"32 bits": ([], True), "bytes in": (["--pixels"], True), "8 bits": (["--precision", "byte"], True),
            "16 bits": (["--precision", "half"], False), "logits": (["--logits"], True)}
TOLERANCE = 1e-4


def commands(python, with_torch, work):
    """The command of each tool, and its environment."""
    four = {"PYTHONPATH": str(work / "opencv4")}
    run = [python, str(HERE / "run.py")]
    return {
        "onnxruntime": (run + ["onnxruntime"], {}),
        "onnxruntime-web": (["node", str(work / "run.mjs")], {}),
        "onnxruntime-web, Chromium": (["node", str(HERE / "chromium.mjs"), str(work / "node_modules"), "wasm"], {}),
        "onnxruntime-web, Chromium, WebGPU": (["node", str(HERE / "chromium.mjs"), str(work / "node_modules"), "webgpu"], {}),
        "OpenCV 5": (run + ["opencv"], {}),
        "OpenCV 4": (run + ["opencv"], four),
        "tract": (run + ["tract"], {}),
        "ncnn": (run + ["ncnn"], {}),
        "burn-onnx": (run + ["burn-onnx"], {}),
        "PyTorch": ([with_torch, str(HERE / "run.py"), "pytorch"], {}),
        "Keras": ([with_torch, str(HERE / "run.py"), "keras"], {}),
    }


def images(path, count):
    """Pixels [count, 48, 48, 1] and labels of PublicTest."""
    with open(path, newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["Usage"] == "PublicTest"][:count]
    pixels = np.array([np.array(row["pixels"].split(), np.uint8) for row in rows]).reshape(-1, 48, 48, 1)
    return pixels, np.array([int(row["emotion"]) for row in rows])


def normalize(pixels):
    light = pixels.reshape(-1, 1, 48, 48).astype(np.float32)
    light -= light.mean((2, 3), keepdims=True)
    return light / np.maximum(np.sqrt((light ** 2).mean((2, 3), keepdims=True)), 8)


def confusion(labels, probabilities):
    """The 49 counts: label by prediction."""
    return np.bincount(labels * 7 + probabilities.argmax(1), minlength=49)


def temperature(weights):
    """The temperature in the header of a weights file."""
    with open(weights, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return float(header["__metadata__"].get("temperature", 1))


def softmax(logits):
    exponentials = np.exp(logits - logits.max(1, keepdims=True))
    return exponentials / exponentials.sum(1, keepdims=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv")
    parser.add_argument("--mien", help="the command line of mien")
    parser.add_argument("--convert", help="what converts, if not `mien convert`")
    parser.add_argument("--predict", help="what computes PublicTest, if not `mien evaluate`: takes CSV, WEIGHTS and PREDICTIONS")
    parser.add_argument("--work", type=pathlib.Path, required=True, help="folder for everything that is written")
    parser.add_argument("--images", type=int, help="only the first images of PublicTest")
    parser.add_argument("--networks", nargs="+", default=NETWORKS, help="names of shipped networks, or weights files")
    parser.add_argument("--with-torch", default=sys.executable, help="the Python that has PyTorch, if it is not this one")
    parser.add_argument("--only", nargs="+", help="only these tools")
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), help="only these variants")
    options = parser.parse_args()
    if not options.mien and not (options.convert and options.predict):
        parser.error("give --mien, or --convert and --predict")
    options.work.mkdir(parents=True, exist_ok=True)
    os.environ["PATH"] += os.pathsep + str(pathlib.Path(sys.executable).parent)
    convert = shlex.split(options.convert) if options.convert else [options.mien, "convert"]

    pixels, labels = images(options.csv, options.images)
    (options.work / "images.u8").write_bytes(pixels.tobytes())
    (options.work / "images.f32").write_bytes(normalize(pixels).tobytes())
    (options.work / "run.mjs").write_bytes((HERE / "run.mjs").read_bytes())  # beside node_modules
    failed = False
    print("| tool | version | network | weights | right | largest difference |")
    print("|---|---|---|---|---|---|")
    for network in options.networks:
        weights = WEIGHTS / f"{network}.safetensors" if network in NETWORKS else pathlib.Path(network)
        network = weights.stem
        predictions = options.work / f"{network}.csv"
        if not predictions.exists():
            if options.predict:
                command = [*shlex.split(options.predict), options.csv, weights, predictions]
            else:
                command = [options.mien, "evaluate", options.csv, "--split", "PublicTest", "--weights", weights,
                           "--predictions", predictions]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        reference = np.loadtxt(predictions, delimiter=",", skiprows=1, usecols=range(3, 10))[:len(pixels)]
        expected = confusion(labels, reference)
        print(f"| mien | | {network} | as shipped | {expected[::8].sum()} | |")
        for tool, (command, environment) in commands(sys.executable, options.with_torch, options.work).items():
            if options.only and tool not in options.only:
                continue
            for variant, (flags, strict) in VARIANTS.items():
                if variant not in options.variants:
                    continue
                if network != "default" and variant != "32 bits" and tool != "onnxruntime":
                    continue
                model = options.work / f"{network}-{variant.replace(' ', '-')}.onnx"
                if tool in ("PyTorch", "Keras"):
                    if variant != "32 bits":
                        continue
                    model = model.with_suffix("").with_suffix(".pt.safetensors")
                subprocess.run([*convert, weights, "--out", model, *flags], check=True, stdout=subprocess.DEVNULL)
                source = options.work / ("images.u8" if variant == "bytes in" else "images.f32")
                output = options.work / "output.f32"
                done = subprocess.run([*command, model, source, output], env=os.environ | environment,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                if done.returncode:
                    message = (done.stderr.strip().splitlines() or ["no message"])[-1]
                    print(f"| {tool} | | {network} | {variant} | refused | {message[:160]} |", flush=True)
                    continue
                given = np.fromfile(output, np.float32).reshape(-1, 7)
                if variant == "logits":
                    given = softmax(given / temperature(weights))
                counts, difference = confusion(labels, given), np.abs(given - reference).max()
                same = "the same counts" if (counts == expected).all() else f"{np.abs(counts - expected).sum() // 2} images elsewhere"
                version = done.stdout.strip().splitlines()[-1]
                print(f"| {tool} | {version} | {network} | {variant} | {counts[::8].sum()}, {same} | {difference:.1e} |", flush=True)
                failed |= strict and ((counts != expected).any() or not difference <= TOLERANCE)
    sys.exit(failed)


main()
