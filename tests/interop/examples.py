#!/usr/bin/env python3
"""Runs the examples of docs/interop.md as they stand there, on the portrait in tests/fixtures:

    examples.py --mien ../../target/release/mien [--convert COMMAND] --work /tmp/interop

The shell example of the document makes the files that the others use. The folder needs what requirements.txt and run.mjs name; the
web page runs in Chromium, if there is one.
"""
import argparse
import functools
import http.server
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--mien", required=True)
parser.add_argument("--convert")
parser.add_argument("--work", type=pathlib.Path, required=True)
options = parser.parse_args()
work = options.work
convert = shlex.split(options.convert) if options.convert else [options.mien, "convert"]
text = (ROOT / "docs" / "interop.md").read_text()
blocks = re.findall(r"```(\w+)\n(.*?)```", text, re.S)

weights = ROOT / "www" / "weights" / "default.safetensors"
for arguments in (["net.onnx"], ["net-pixels.onnx", "--pixels"], ["net.pt.safetensors"]):
    subprocess.run([*convert, weights, "--out", *arguments], check=True, cwd=work)
subprocess.run([options.mien, "recognize", ROOT / "tests" / "fixtures" / "astronaut.jpg", "--crops", work / "crops"],
               check=True, cwd=work, stdout=subprocess.DEVNULL)
(crop,) = (work / "crops").glob("*.png")
shutil.copy(crop, work / "face.png")
shutil.copy(ROOT / "examples" / "keras" / "mien_keras.py", work)
os.environ.setdefault("KERAS_BACKEND", "torch")


def check(name, output):
    print(name, "prints", *output.strip().splitlines()[-1:])
    if "happy" not in output:
        sys.exit(f"{name}: {output}")


for language, code in blocks:
    if language == "python":
        done = subprocess.run([sys.executable, "-c", code], cwd=work, capture_output=True, text=True)
        check(code.strip().splitlines()[0], done.stdout + done.stderr)
    elif language == "html" and shutil.which("chromium"):
        (work / "index.html").write_text(code)
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=work)
        handler.log_message = lambda *_: None
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done = subprocess.run(["chromium", "--headless", "--no-sandbox", "--virtual-time-budget=60000", "--dump-dom",
                               f"http://127.0.0.1:{server.server_port}/"], capture_output=True, text=True)
        check("web page", re.sub(r"<script.*?</script>|<[^>]*>", "", done.stdout, flags=re.S))
