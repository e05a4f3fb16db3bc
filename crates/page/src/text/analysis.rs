//! Texts of the analysis of videos.

use super::evaluation::{duration, time_left};
use super::titled;
use crate::format::{clock, fixed, share};
use crate::language::{Value, say};
use crate::state::{Analysis, AnalysisPhase, FileStatus, Remark};
use mien_core::evaluation::TestTimeAugmentation;
use mien_core::number::plain;
use mien_core::timeline::{self, FaceSummary, Rate};

pub use super::evaluation::{CANCEL, NOT_READY, PRINT, UNDO};
pub use super::training::run::{PAUSE, RESUME};
pub use crate::language::messages::analysis::*;

/// Which frames are analysed.
pub fn rate_of(rate: Rate) -> String {
    match rate {
        Rate::Every => RATE_EVERY.into(),
        Rate::PerSecond(rate) => rate_per_second(&crate::language::number::localized(&plain(rate, 3))),
    }
}

/// Frames, position, speed and time left.
pub fn progress_of(analysis: &Analysis) -> String {
    let paused = analysis.phase == AnalysisPhase::Paused;
    let Some(now) = analysis.progress.filter(|now| now.duration > 0.0) else {
        return if paused { PAUSED.into() } else { OPENING.into() };
    };
    let [position, end] = [now.position, now.duration].map(clock);
    let mut text = progress(now.frames, &position, &end);
    if paused {
        text += &format!(" · {PAUSED}");
    } else {
        if let Some(factor) = now.speed() {
            text += &format!(" · {}", speed(&fixed(factor, 1)));
        }
        if let Some(left) = now.seconds_left() {
            text += &format!(" · {}", time_left(&duration(left)));
        }
    }
    text
}

/// How far a file is.
pub fn status(status: FileStatus) -> String {
    match status {
        FileStatus::Waiting => WAITING.into(),
        FileStatus::Running => RUNNING.into(),
        FileStatus::Done(frames) => done(frames),
        FileStatus::Stopped(frames) => stopped(frames),
        FileStatus::Skipped => SKIPPED.into(),
    }
}

/// What is to be said about a file.
pub fn remark(remark: &Remark) -> String {
    match remark {
        Remark::Empty => REMARK_EMPTY.into(),
        Remark::Unreadable => REMARK_UNREADABLE.into(),
        Remark::NoPicture => REMARK_NO_PICTURE.into(),
        Remark::Broken { seconds } => remark_broken(&clock(*seconds)),
        Remark::Stalled { seconds } => remark_stalled(&clock(*seconds)),
        Remark::EndsEarly { seconds, end } => remark_ends_early(&clock(*seconds), &clock(*end)),
        Remark::Resized { seconds, width, height } => {
            let [width, height] = [*width, *height].map(|side| Value::Number(f64::from(side), 0));
            remark_resized(&clock(*seconds), width, height)
        }
        Remark::OtherNetwork { seconds } => remark_other_network(&clock(*seconds)),
        Remark::Cancelled { seconds } => remark_cancelled(&clock(*seconds)),
        Remark::Full { seconds } => remark_full(&clock(*seconds)),
        Remark::Refused { seconds, reason } => remark_refused(&clock(*seconds), &say(reason)),
    }
}

/// The network and the settings of an analysis.
pub fn settings_of(analysis: &timeline::Analysis) -> String {
    let mut text = settings(&titled(&analysis.network), &rate_of(analysis.rate), analysis.frames);
    if analysis.augmentation != TestTimeAugmentation::None.name() {
        text += &format!(" · {AUGMENTED}");
    }
    if !analysis.complete {
        text += &format!(" · {INCOMPLETE}");
    }
    text
}

/// For how long a face was seen, and how often its class changed per minute.
pub fn seen(face: &FaceSummary) -> [String; 2] {
    let changes = face.changes_per_minute().map_or_else(|| "–".to_owned(), |changes| fixed(changes, 1));
    [duration(face.seconds), changes]
}

/// The share of the time of each class with its mean probability, and the share in which none is named.
pub fn shares(face: &FaceSummary) -> Vec<[String; 2]> {
    let mean = |class: usize| face.means.get(class).map_or_else(String::new, |mean| share(*mean));
    face.shares.iter().enumerate().map(|(class, part)| [share(*part), mean(class)]).collect()
}

/// Faces that are not shown.
pub fn hidden(count: usize) -> String {
    more(Value::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::AnalysisProgress;

    #[test]
    fn progress_shows_frames_speed_and_time_left() {
        let progress = AnalysisProgress { frames: 150, position: 12.0, duration: 60.0, share: 0.2, worked: 4.0 };
        let running = Analysis { phase: AnalysisPhase::Running, progress: Some(progress), ..Analysis::default() };
        assert_eq!(progress_of(&running), "150 frames · 0:12 of 1:00 · 3.0 times real time · 16 s left");
        let paused = Analysis { phase: AnalysisPhase::Paused, ..running.clone() };
        assert_eq!(progress_of(&paused), "150 frames · 0:12 of 1:00 · Paused");
        let opening = AnalysisProgress { duration: 0.0, ..progress };
        assert_eq!(progress_of(&Analysis { progress: Some(opening), ..running }), "Opening the video");
    }

    #[test]
    fn rates_and_settings_are_said() {
        assert_eq!(
            [Rate::Every, Rate::PerSecond(12.5), Rate::PerSecond(1.0)].map(rate_of),
            ["Every frame", "12.5 per second", "1 per second"]
        );
        let analysis = timeline::Analysis {
            rate: Rate::PerSecond(5.0),
            network: "vgg".into(),
            augmentation: TestTimeAugmentation::Flip.name(),
            frames: 1,
            complete: false,
        };
        assert_eq!(
            settings_of(&analysis),
            "Network VGG · 5 per second · 1 frame · averaged with the mirrored face · incomplete"
        );
    }

    #[test]
    fn every_remark_has_a_sentence() {
        let reason = crate::fixtures::message("odd");
        let seconds = 65.0;
        for (given, text) in [
            (Remark::Broken { seconds }, "The file is damaged after 1:05."),
            (Remark::EndsEarly { seconds, end: 70.0 }, "The last picture is at 1:05 of 1:10: the file may end early."),
            (
                Remark::Resized { seconds, width: 1920, height: 1080 },
                "From 1:05 on the picture has 1,920 × 1,080 pixels, and the faces have new numbers.",
            ),
            (Remark::Refused { seconds, reason }, "The frame after 1:05 could not be processed: odd."),
        ] {
            assert_eq!(remark(&given), text);
        }
        let silent = [
            Remark::Empty,
            Remark::Unreadable,
            Remark::NoPicture,
            Remark::Stalled { seconds },
            Remark::OtherNetwork { seconds },
            Remark::Cancelled { seconds },
            Remark::Full { seconds },
        ];
        assert!(silent.iter().all(|given| remark(given).ends_with('.')));
    }
}
