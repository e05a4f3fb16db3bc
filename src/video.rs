//! The frames of video files, decoded by ffmpeg if it is installed: pixels through one pipe, their times through the other.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use anyhow::{Context, Result, anyhow, bail};

use mien_core::vision::Frame;

/// Maximum width and height of a picture, in pixels.
pub const MAX_SIDE: u32 = 16_384;

/// Number of lines of ffmpeg's errors that are kept.
const KEPT_LINES: usize = 3;

/// What ffmpeg says at the end when something else was wrong, or when there was no picture.
const CLOSING: [&str; 2] = ["Error marking filters as finished", "Conversion failed!"];

/// What ffmpeg says about a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Shown {
    /// The time in seconds; `None` if the file has none.
    time: Option<f64>,
    width: usize,
    height: usize,
}

/// The frames of a video file, each with its own time in seconds.
pub struct VideoFrames {
    name: String,
    child: Child,
    pixels: ChildStdout,
    shown: Receiver<Shown>,
    errors: Receiver<VecDeque<String>>,
    /// Width and height of all frames: ffmpeg scales those that differ from the first.
    size: Option<(usize, usize)>,
    /// The first other size, and its time.
    resized: Option<(f64, usize, usize)>,
    last: f64,
    count: usize,
    ended: bool,
}

impl VideoFrames {
    /// Begins to decode a file.
    pub fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let passthrough = if passes_frames(&version(&name)?) { "-fps_mode" } else { "-vsync" };
        let mut input = std::ffi::OsString::from("file:");
        input.push(path);
        let mut child = Command::new("ffmpeg")
            .args(["-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+info"])
            // A playlist names other files and hosts.
            .args(["-protocol_whitelist", "file", "-i"])
            .arg(input)
            .args(["-map", "0:v:0", "-an", "-sn", "-dn", "-vf", "showinfo", passthrough, "passthrough"])
            .args(["-pix_fmt", "rgba", "-f", "rawvideo", "pipe:1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| missing(&name, error))?;
        let (Some(pixels), Some(log)) = (child.stdout.take(), child.stderr.take()) else {
            bail!("{name}: ffmpeg has no output");
        };
        let ((send_shown, shown), (send_errors, errors)) = (mpsc::channel(), mpsc::channel());
        thread::spawn(move || read_log(BufReader::new(log), &send_shown, &send_errors));
        let (size, resized) = (None, None);
        Ok(Self { name, child, pixels, shown, errors, size, resized, last: 0.0, count: 0, ended: false })
    }

    /// Where the picture first has another size than at the start, in seconds, and that size in pixels. The frames from there on
    /// are scaled to the first size.
    pub const fn resized(&self) -> Option<(f64, usize, usize)> {
        self.resized
    }

    fn frame(&mut self) -> Result<Option<(f64, Frame)>> {
        let Ok(shown) = self.shown.recv() else { return self.end().map(|()| None) };
        let time = shown.time.unwrap_or(self.last + if self.count == 0 { 0.0 } else { 0.04 });
        let (width, height) = *self.size.get_or_insert((shown.width, shown.height));
        if (shown.width, shown.height) != (width, height) && self.resized.is_none() {
            self.resized = Some((time, shown.width, shown.height));
        }
        let name = &self.name;
        if width == 0 || height == 0 || width.max(height) > MAX_SIDE as usize {
            bail!("{name}: {width}×{height} pixels are too many");
        }
        let mut pixels = vec![0; width * height * 4];
        if let Err(error) = self.pixels.read_exact(&mut pixels) {
            if error.kind() == ErrorKind::UnexpectedEof {
                return self.end().map(|()| None);
            }
            return Err(error).with_context(|| format!("cannot read {name}"));
        }
        (self.last, self.count) = (time, self.count + 1);
        Ok(Some((time, Frame::new(width, height, pixels)?)))
    }

    /// Why there are no more frames: an error unless the video is at its end.
    fn end(&mut self) -> Result<()> {
        let status = self.child.wait()?;
        let errors: Vec<String> = self.errors.recv().unwrap_or_default().into();
        let name = &self.name;
        match (self.count, errors.last()) {
            (0, None) => Err(anyhow!("{name}: there is no picture in this video")),
            (0, Some(error)) => Err(anyhow!("{name}: no picture could be decoded: {error}")),
            (_, Some(error)) => Err(anyhow!("{name}: damaged; the last picture is at {:.3} s: {error}", self.last)),
            (_, None) if !status.success() => {
                Err(anyhow!("{name}: ffmpeg stopped after the picture at {:.3} s: {status}", self.last))
            }
            (_, None) => Ok(()),
        }
    }
}

impl Iterator for VideoFrames {
    type Item = Result<(f64, Frame)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let frame = self.frame().transpose();
        self.ended = !matches!(frame, Some(Ok(_)));
        frame
    }
}

impl Drop for VideoFrames {
    fn drop(&mut self) {
        // Both fail only if it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn missing(name: &str, error: io::Error) -> anyhow::Error {
    if error.kind() == ErrorKind::NotFound {
        anyhow!(
            "{name}: videos are decoded by ffmpeg, which is not installed (https://ffmpeg.org); MJPEG clips need none"
        )
    } else {
        anyhow::Error::new(error).context(format!("{name}: cannot start ffmpeg"))
    }
}

/// The first line that ffmpeg says about itself.
fn version(name: &str) -> Result<String> {
    let output =
        Command::new("ffmpeg").arg("-version").stdin(Stdio::null()).output().map_err(|error| missing(name, error))?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned())
}

/// Whether a version has the option `-fps_mode`, as those from 5.1 on and all that are not numbered.
fn passes_frames(version: &str) -> bool {
    let number = version.trim_start_matches("ffmpeg version ").trim_start_matches('n');
    let mut parts = number.split(|letter: char| !letter.is_ascii_digit()).map(|part| part.parse::<u32>().ok());
    match (parts.next().flatten(), parts.next().flatten()) {
        (Some(major), minor) => (major, minor.unwrap_or(0)) >= (5, 1),
        (None, _) => true,
    }
}

/// Reads what ffmpeg says: about each frame, and which errors there are.
fn read_log(log: impl BufRead, shown: &Sender<Shown>, errors: &Sender<VecDeque<String>>) {
    let mut kept = VecDeque::new();
    for line in log.split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        if let Some(frame) = parse_frame(&line) {
            // Nobody listens if enough was read.
            let _ = shown.send(frame);
        } else if let Some(error) = parse_error(&line) {
            kept.push_back(error.to_owned());
            if kept.len() > KEPT_LINES {
                kept.pop_front();
            }
        }
    }
    let _ = errors.send(kept);
}

/// A line of the filter `showinfo` about a frame.
fn parse_frame(line: &str) -> Option<Shown> {
    let (_, rest) = line.split_once("showinfo").filter(|_| line.contains(" n:"))?;
    let value = |name: &str| rest.split_once(name).and_then(|(_, value)| value.split_whitespace().next());
    let (width, height) = value(" s:")?.split_once('x')?;
    let time = value("pts_time:").and_then(|time| time.parse().ok()).filter(|time: &f64| time.is_finite());
    Some(Shown { time, width: width.parse().ok()?, height: height.parse().ok()? })
}

/// The text of a line that is an error.
fn parse_error(line: &str) -> Option<&str> {
    let at = ["[error] ", "[fatal] "].into_iter().find_map(|mark| line.find(mark).map(|at| at + mark.len()))?;
    line.get(at..).map(str::trim).filter(|text| !text.is_empty() && !CLOSING.contains(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_errors_are_told_apart() {
        let frame = "[Parsed_showinfo_0 @ 0x55] [info] n:   3 pts:   1536 pts_time:0.12    duration:    512 duration_time:0.04    pos:    4321 fmt:yuv420p sar:1/1 s:360x640 i:P iskey:0 type:P checksum:5C";
        assert_eq!(parse_frame(frame), Some(Shown { time: Some(0.12), width: 360, height: 640 }));
        let untimed = frame.replace("pts_time:0.12", "pts_time:NOPTS");
        assert_eq!(parse_frame(&untimed), Some(Shown { time: None, width: 360, height: 640 }));
        for other in [
            "[Parsed_showinfo_0 @ 0x55] [info] config in time_base: 1/12800, frame_rate: 25/1",
            "[Parsed_showinfo_0 @ 0x55] [info]  color_range:tv color_space:unknown",
            "[info]   Stream #0:0: Video: h264, yuv420p, 640x360, 25 fps",
            "",
        ] {
            assert_eq!((parse_frame(other), parse_error(other)), (None, None), "{other}");
        }
        let error = "[h264 @ 0x55] [error] Invalid NAL unit size (1 > 0).";
        assert_eq!(parse_error(error), Some("Invalid NAL unit size (1 > 0)."));
        assert_eq!(parse_error("[fatal] a.mp4: Invalid data found"), Some("a.mp4: Invalid data found"));
        assert_eq!(parse_error("[error] Error marking filters as finished"), None, "which says nothing about the file");
    }

    #[test]
    fn the_log_is_read_to_its_end() {
        let log = b"[error] one\n[error] two\n\xff\n[Parsed_showinfo_0 @ 0x5] [info] n: 0 pts: 0 pts_time:0 s:4x2 i:P\n[error] three\n[error] four";
        let ((send_shown, shown), (send_errors, errors)) = (mpsc::channel(), mpsc::channel());
        read_log(&log[..], &send_shown, &send_errors);
        assert_eq!(shown.recv(), Ok(Shown { time: Some(0.0), width: 4, height: 2 }));
        assert_eq!(errors.recv().unwrap(), ["two", "three", "four"]);
    }

    #[test]
    fn the_option_that_passes_frames_depends_on_the_version() {
        for (version, passes) in [
            ("ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright", false),
            ("ffmpeg version 5.0 Copyright", false),
            ("ffmpeg version 5.1.6-0+deb12u1 Copyright", true),
            ("ffmpeg version n7.1 Copyright", true),
            ("ffmpeg version N-118000-g1234 Copyright", true),
        ] {
            assert_eq!(passes_frames(version), passes, "{version}");
        }
    }
}
