"""Compares Rec. 601 and Rec. 709 as the formula for grey, on colour photographs with known labels.

    python training/grey.py target/release/mien PHOTOGRAPHS

PHOTOGRAPHS is a folder with a subfolder per class, such as happy/001.jpg. Each photograph is recognized three times: in colour, and
in grey by each formula. The command line computes grey by Rec. 601, which leaves a grey picture as it is. Between colour and grey by
Rec. 601 only the detector's input differs, which shows how much of the difference is due to the alignment. Needs NumPy and Pillow.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
FORMULAS = {"Rec. 601": (0.299, 0.587, 0.114), "Rec. 709": (0.2126, 0.7152, 0.0722)}


def recognize(mien, folder, crops):
    """The probabilities and the crop of the largest face of each picture."""
    output = subprocess.run(
        [mien, "recognize", folder, "--crops", crops], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    found = {}
    for line in map(json.loads, output.splitlines()):
        if line["faces"]:
            path = Path(line["file"]).relative_to(folder)
            face = line["faces"][0]
            stem = "-".join([Path(folder).name, *path.with_suffix("").parts])
            crop = np.asarray(Image.open(Path(crops) / f"{stem}-0000-{face['id']}.png"), dtype=float)
            found[path.with_suffix("")] = (np.array(face["probabilities"]), crop)
    return found


def main(mien, photographs):
    photographs = Path(photographs).resolve()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        results = {"colour": recognize(mien, photographs, scratch / "colour-crops")}
        for name, weights in FORMULAS.items():
            for path in sorted(photographs.glob("*/*.jpg")):
                grey = np.asarray(Image.open(path).convert("RGB"), dtype=float) @ np.array(weights)
                target = scratch / name / path.relative_to(photographs).with_suffix(".png")
                target.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(np.rint(grey).astype(np.uint8)).save(target)
            results[name] = recognize(mien, scratch / name, scratch / f"{name}-crops")
    both = sorted(set.intersection(*(set(result) for result in results.values())))
    print(f"{len(both)} photographs with a face in all forms")
    labels = [CLASSES.index({"smiling": "happy"}.get(path.parts[0], path.parts[0])) for path in both]
    for name, result in results.items():
        right = sum(result[path][0].argmax() == label for path, label in zip(both, labels))
        print(f"{name}: {right} right, {right / len(both):.1%}")
    for one, other in [("colour", "Rec. 601"), ("Rec. 601", "Rec. 709")]:
        pairs = [(results[one][path], results[other][path]) for path in both]
        changed = sum(a[0].argmax() != b[0].argmax() for a, b in pairs)
        probability = np.mean([np.abs(a[0] - b[0]).max() for a, b in pairs])
        crop = np.mean([np.abs(a[1] - b[1]).mean() for a, b in pairs])
        print(f"{one} to {other}: {changed} predictions change; largest change of a probability {probability:.3f} on average")
        normal = [[(crop - crop.mean()) / crop.std() for _, crop in pair] for pair in pairs]
        shape = np.mean([np.abs(a - b).mean() for a, b in normal])
        print(f"  crops differ by {crop:.2f} grey levels on average, normalized by {shape:.3f} standard deviations")


if __name__ == "__main__":
    main(*sys.argv[1:])
