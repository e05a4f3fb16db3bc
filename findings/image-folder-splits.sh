#!/usr/bin/env bash
# Hugging Face's `datasets` reads a folder of images, with a folder for each split and in it one for each class. Which names of splits
# does it know, and what becomes of the images of others? Only words of small letters, and nothing is said: with `Train`, `Val` and `Test`
# all images are in one split, train, those for tests too. Where one name is known, the images
# of all others are left out, and one image file with such a word in its name has the same effect on a folder without splits.
# Needs Python 3.10 or newer with venv, and the Python package index.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  datasets==5.2.0 fsspec==2026.9.0 pyarrow==26.0.1 pandas==3.1.1 numpy==2.4.6 pillow==13.0.0
cd "$folder"
export HF_HOME="$folder/home" HF_HUB_OFFLINE=1
venv/bin/python - <<'PYTHON'
import pathlib
import datasets, fsspec
from PIL import Image

datasets.disable_progress_bars()
CLASSES = ["angry", "happy"]

def read(name, files, **arguments):
    """The number of images in each split, and whether they have labels."""
    for file in files:
        path = pathlib.Path(name, file)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (48, 48)).save(path)
    sets = datasets.load_dataset("imagefolder", data_dir=name, **arguments)
    return {split: (rows.num_rows, "label" in rows.features) for split, rows in sets.items()}

def splits(*names):
    return [f"{split}/{label}/{number}.png" for split in names for label in CLASSES for number in range(2)]

# ten images of two classes, without splits, and one more
def and_one(file):
    return [f"{label}/{number}.png" for label in CLASSES for number in range(5)] + [file]

print("datasets", datasets.__version__, "fsspec", fsspec.__version__)
fer2013 = splits("Training", "PublicTest", "PrivateTest")
patterns = {"train": "Training/**", "validation": "PublicTest/**", "test": "PrivateTest/**"}
found = {
    "train, val, test": read("a", splits("train", "val", "test")),
    "Train, Val, Test": read("b", splits("Train", "Val", "Test")),
    "train, val, Test": read("c", splits("train", "val", "Test")),
    "Training, PublicTest, PrivateTest": read("d", fer2013),
    "train, PublicTest, PrivateTest": read("e", splits("train", "PublicTest", "PrivateTest")),
    "Training, PublicTest, PrivateTest, with patterns": read("f", fer2013, data_files=patterns),
    "no splits, happy/contest.png": read("g", and_one("happy/contest.png")),
    "no splits, happy/eye_test_2.png": read("h", and_one("happy/eye_test_2.png")),
}
for name, sets in found.items():
    print(f"{name}: " + ", ".join(f"{split} {rows}{'' if labels else ' without labels'}" for split, (rows, labels) in sets.items()))
expected = {
    "train, val, test": {"train": (4, True), "validation": (4, True), "test": (4, True)},
    "Train, Val, Test": {"train": (12, True)},
    "train, val, Test": {"train": (4, True), "validation": (4, True)},
    "Training, PublicTest, PrivateTest": {"train": (12, True)},
    "train, PublicTest, PrivateTest": {"train": (4, True)},
    "Training, PublicTest, PrivateTest, with patterns": {"train": (4, True), "validation": (4, True), "test": (4, True)},
    "no splits, happy/contest.png": {"train": (11, True)},
    "no splits, happy/eye_test_2.png": {"test": (1, False)},
}
assert found == expected, f"changed: {found}"
PYTHON
