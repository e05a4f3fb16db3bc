#!/usr/bin/env bash
# How many frames has a clip, and which one is number n? A clip of 50 frames that was trimmed without encoding it again shows 37: an edit
# list hides those before the cut. And a frame is shown for as long as the file says. Do Python's readers agree? PyAV and OpenCV do. In the
# trimmed clip, decord (eva-decord 0.6.1) counts 50, repeats the last frame, and starts at -520 ms; it warns of corrupted
# frames, of which there are none. imageio 2.38.1 with PyAV returns 50 pictures and says nothing: the last 13 are what was in memory before.
# In a clip whose frames last differently long, imageio with FFMPEG repeats frames at the mean rate, so number n is another frame.
# Needs Python 3.11 or newer with venv, and the Python package index.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  av==18.1.0 eva-decord==0.6.1 imageio==2.38.1 imageio-ffmpeg==0.8.1 opencv-python-headless==5.0.0.93 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import fractions, importlib.metadata, subprocess
import av, cv2, decord, imageio.v3, imageio_ffmpeg, numpy

packages = ["av", "eva-decord", "imageio", "imageio-ffmpeg", "opencv-python-headless"]
print(" ".join(f"{name} {importlib.metadata.version(name)}" for name in packages))

MILLISECOND = fractions.Fraction(1, 1000)

def write(name, durations):
    """A clip in which frame n has the grey level 20 + 4 n, and lasts durations[n] milliseconds."""
    with av.open(name, "w") as clip:
        stream = clip.add_stream("libx264", rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = stream.time_base = MILLISECOND
        stream.options = {"bf": "2", "g": "20", "qp": "1"}
        time = 0
        for number, duration in enumerate(durations):
            frame = av.VideoFrame.from_ndarray(numpy.full((64, 64), 20 + 4 * number, numpy.uint8), "gray").reformat(format="yuv420p", dst_color_range=1)
            frame.pts, frame.time_base = time, MILLISECOND
            time += duration
            for packet in stream.encode(frame):
                clip.mux(packet)
        for packet in stream.encode():
            clip.mux(packet)

def number(frame):
    level = frame if frame.ndim == 2 else frame[..., 1]
    return round((float(level.mean()) - 20) / 4)

def with_av(name):
    with av.open(name) as clip:
        frames = [(round(frame.time * 1000), number(frame.to_ndarray(format="gray"))) for frame in clip.decode(video=0)]
    return [shown for _, shown in frames], frames[0][0]

def with_opencv(name):
    clip, frames = cv2.VideoCapture(name), []
    while (read := clip.read())[0]:
        frames.append((round(clip.get(cv2.CAP_PROP_POS_MSEC)), number(read[1])))
    return [shown for _, shown in frames], frames[0][0]

def with_decord(name):
    clip = decord.VideoReader(name, ctx=decord.cpu(0))
    return [number(clip[index].asnumpy()) for index in range(len(clip))], round(float(clip.get_frame_timestamp(0)[0]) * 1000)

def with_imageio(plugin):
    return lambda name: ([number(frame) for frame in imageio.v3.imread(name, plugin=plugin)], None)

write("whole.mp4", [40] * 50)
write("varying.mp4", [200 if frame % 5 == 4 else 40 for frame in range(50)])
trim = ["-v", "error", "-ss", "0.5", "-i", "whole.mp4", "-c", "copy", "trimmed.mp4"]
subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *trim], check=True)
readers = {
    "PyAV": with_av,
    "OpenCV": with_opencv,
    "decord": with_decord,
    "imageio, PyAV": with_imageio("pyav"),
    "imageio, FFMPEG": with_imageio("FFMPEG"),
}
found = {}
for clip in ["whole.mp4", "trimmed.mp4", "varying.mp4"]:
    print(clip)
    for reader, read in readers.items():
        shown, start = read(clip)
        found[clip, reader] = (len(shown), start, shown[0], shown[10], shown[36])
        print(f"  {reader:16} {len(shown)} frames{'' if start is None else f' from {start} ms'}; numbers 0, 10 and 36 show {shown[0]}, {shown[10]} and {shown[36]}")
expected = {("whole.mp4", reader): (50, 0, 0, 10, 36) for reader in readers}
expected |= {("trimmed.mp4", reader): (37, 0, 13, 23, 49) for reader in readers}
expected |= {("varying.mp4", reader): (50, 0, 0, 10, 36) for reader in readers}
expected |= {
    ("trimmed.mp4", "decord"): (50, -520, 13, 23, 49),
    ("trimmed.mp4", "imageio, PyAV"): (50, None, 13, 23, 49),
    ("varying.mp4", "imageio, FFMPEG"): (88, None, 0, 5, 20),
}
for (clip, reader), (count, start, *numbers) in expected.items():
    start = None if reader.startswith("imageio") else start  # it gives no times
    assert found[clip, reader] == (count, start, *numbers), f"changed: {clip}, {reader}, {found[clip, reader]}"
PYTHON
