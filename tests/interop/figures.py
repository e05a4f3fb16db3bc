#!/usr/bin/env python3
"""Runs the lines of docs/figures.md as they stand there, and compares them with a report of the same run:

    mien evaluate fer2013.csv --split PublicTest --predictions predictions.csv --json report.json
    figures.py predictions.csv report.json

Needs NumPy, pandas, scikit-learn and statsmodels.
"""
import json
import pathlib
import re
import sys
import warnings

ROOT = pathlib.Path(__file__).resolve().parents[2]
predictions, report = sys.argv[1:]
report = json.loads(pathlib.Path(report).read_text())
text = (ROOT / "docs" / "figures.md").read_text()
(preparation,) = re.findall(r"All lines follow these:\n\n```python\n(.*?)```", text, re.S)
rows = re.findall(r"^\| (`.*?) \| `(.*)` \|$", text, re.M)

names = {}
exec(preparation.replace('"predictions.csv"', repr(predictions)), names)
np = names["np"]


def equal(got, expected):
    if expected is None or got is None:
        return got is expected or (got is not None and np.isnan(got))
    return abs(float(got) - float(expected)) < 1e-9


failed = 0
for figure, line in rows:
    keys = re.findall(r"`(\w+)`", figure)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        got = eval(line, names)
    if keys[0] == "classes":
        got = np.array(got, dtype=object).reshape(7, -1)
        pairs = [(a, entry[key]) for row, entry in zip(got, report["classes"]) for a, key in zip(row, keys[1:])]
    else:
        expected = np.atleast_1d(np.array(report[keys[0]], dtype=object)).ravel()
        pairs = list(zip(np.atleast_1d(np.array(got, dtype=object)).ravel(), expected, strict=True))
    if not all(equal(*pair) for pair in pairs):
        failed += 1
        print(f"{figure}: {line}\n  gives {[a for a, _ in pairs]}\n  report {[b for _, b in pairs]}")
print(f"{len(rows)} figures, {failed} differ")
sys.exit(failed > 0 or len(rows) < 21)
