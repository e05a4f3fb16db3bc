//! What the page has to tell a visitor beside results: what went wrong or is worth knowing, as data that
//! [`crate::text`] puts into words.

use crate::language::say;
use mien_protocol::Message;

/// What there is to tell of training and networks.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // the fields are the file's name and why
pub enum TrainingNotice {
    /// A file holds no settings.
    SettingsRefused { name: String, reason: Message },
    /// Settings were taken from a file.
    SettingsLoaded { name: String },
    /// A file holds no weights.
    WeightsRefused { name: String, reason: Message },
    /// The device does not store networks.
    NetworkStorage { reason: Message },
    /// There is no run to be saved.
    NoCheckpoint,
}

impl TrainingNotice {
    const fn kind(&self) -> &'static str {
        match self {
            Self::SettingsRefused { .. } => "settings-refused",
            Self::SettingsLoaded { .. } => "settings-loaded",
            Self::WeightsRefused { .. } => "weights-refused",
            Self::NetworkStorage { .. } => "network-storage",
            Self::NoCheckpoint => "no-checkpoint",
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::NetworkStorage { reason } => Some(say(reason)),
            _ => None,
        }
    }
}

/// Something to tell the visitor.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // the fields are the file's name and what the browser or the engine said
pub enum Notice {
    /// The page may not use cameras at all: no secure context, or forbidden by the embedding page.
    CameraUnavailable,
    /// There is no camera.
    CameraMissing,
    /// The visitor or the system said no.
    CameraRefused,
    /// The camera does not start, mostly because another program has it.
    CameraBusy { detail: String },
    /// The camera stopped by itself.
    CameraEnded,
    /// A file of zero bytes.
    FileEmpty { name: String },
    /// The file went away, or may not be read.
    FileUnreadable { name: String },
    /// The bytes are no picture's.
    NotAPicture { name: String },
    /// A picture format that this browser does not read.
    PictureFormat { name: String },
    /// A picture format that the browser reads, but not this file.
    PictureDamaged { name: String },
    /// More bytes than are wise to read.
    PictureHeavy { name: String },
    /// More pixels than are wise to decode.
    PictureLarge { name: String, megapixels: u32 },
    /// The engine could not read the picture.
    PictureRefused { name: String, detail: Message },
    /// Only the first frame of an animation is used.
    Animation { name: String },
    /// The browser cannot play the video.
    VideoDamaged { name: String },
    /// The engine could not read a frame.
    FrameRefused { detail: Message },
    /// The built-in sample did not arrive.
    SampleMissing,
    /// A photo for a set shows no face.
    FaceMissing { name: String },
    /// A folder without pictures.
    FolderWithoutImages,
    /// Another tab has kept or deleted a set, so this one did not.
    SavedSetChanged,
    /// A file could not be written for the visitor.
    SaveFailed { detail: String },
    /// The browser does not let the page copy.
    CopyFailed,
    /// The timeline has reached its limit.
    TimelineFull,
    /// The texts of a language did not arrive.
    LanguageMissing,
    /// About training and networks.
    Training(TrainingNotice),
}

impl Notice {
    /// The word for it in `data-kind`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::CameraUnavailable => "camera-unavailable",
            Self::CameraMissing => "camera-missing",
            Self::CameraRefused => "camera-refused",
            Self::CameraBusy { .. } => "camera-busy",
            Self::CameraEnded => "camera-ended",
            Self::FileEmpty { .. } => "file-empty",
            Self::FileUnreadable { .. } => "file-unreadable",
            Self::NotAPicture { .. } => "not-a-picture",
            Self::PictureFormat { .. } => "picture-format",
            Self::PictureDamaged { .. } => "picture-damaged",
            Self::PictureHeavy { .. } | Self::PictureLarge { .. } => "picture-too-large",
            Self::PictureRefused { .. } => "picture-refused",
            Self::Animation { .. } => "animation",
            Self::VideoDamaged { .. } => "video-damaged",
            Self::FrameRefused { .. } => "frame-refused",
            Self::SampleMissing => "sample-missing",
            Self::FaceMissing { .. } => "face-missing",
            Self::FolderWithoutImages => "folder-without-images",
            Self::SavedSetChanged => "kept-changed",
            Self::SaveFailed { .. } => "save-failed",
            Self::CopyFailed => "copy-failed",
            Self::TimelineFull => "timeline-full",
            Self::LanguageMissing => "language-missing",
            Self::Training(notice) => notice.kind(),
        }
    }

    /// Whether something did not work, rather than being worth knowing.
    pub const fn is_error(&self) -> bool {
        !matches!(
            self,
            Self::Animation { .. } | Self::TimelineFull | Self::Training(TrainingNotice::SettingsLoaded { .. })
        )
    }

    /// What the browser or the engine said, for the curious.
    pub fn detail(&self) -> Option<String> {
        let detail = match self {
            Self::CameraBusy { detail } | Self::SaveFailed { detail } => detail.clone(),
            Self::PictureRefused { detail, .. } | Self::FrameRefused { detail } => say(detail),
            Self::Training(notice) => return notice.detail(),
            _ => return None,
        };
        Some(detail).filter(|detail| !detail.is_empty())
    }
}

#[cfg(test)]
pub mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::fixtures::message;

    /// One of each kind.
    pub fn all() -> Vec<Notice> {
        let (name, detail) = (|| "face.png".to_owned(), || "it says".to_owned());
        vec![
            Notice::CameraUnavailable,
            Notice::CameraMissing,
            Notice::CameraRefused,
            Notice::CameraBusy { detail: detail() },
            Notice::CameraEnded,
            Notice::FileEmpty { name: name() },
            Notice::FileUnreadable { name: name() },
            Notice::NotAPicture { name: name() },
            Notice::PictureFormat { name: name() },
            Notice::PictureDamaged { name: name() },
            Notice::PictureHeavy { name: name() },
            Notice::PictureLarge { name: name(), megapixels: 200 },
            Notice::PictureRefused { name: name(), detail: message("it says") },
            Notice::Animation { name: name() },
            Notice::VideoDamaged { name: name() },
            Notice::FrameRefused { detail: message("it says") },
            Notice::SampleMissing,
            Notice::FaceMissing { name: name() },
            Notice::FolderWithoutImages,
            Notice::SavedSetChanged,
            Notice::SaveFailed { detail: detail() },
            Notice::CopyFailed,
            Notice::TimelineFull,
            Notice::LanguageMissing,
            Notice::Training(TrainingNotice::SettingsLoaded { name: name() }),
            Notice::Training(TrainingNotice::NoCheckpoint),
        ]
    }

    #[test]
    fn kinds_are_lower_case_words_that_tell_notices_apart() {
        let mut kinds = BTreeSet::new();
        for notice in all() {
            let kind = notice.kind();
            assert!(kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{kind}");
            let same = matches!(notice, Notice::PictureLarge { .. });
            assert!(kinds.insert(kind) != same, "{kind} twice");
        }
        assert!(kinds.contains("picture-too-large"), "of too many bytes and of too many pixels");
    }

    #[test]
    fn what_is_only_worth_knowing_is_no_error() {
        let told: Vec<&str> =
            all().iter().filter(|notice| !notice.is_error()).map(|notice| notice.kind()).collect::<Vec<_>>();
        assert_eq!(told, ["animation", "timeline-full", "settings-loaded"]);
    }

    #[test]
    fn details_show_only_where_there_are_any() {
        let with: Vec<&str> = all()
            .iter()
            .filter(|notice| notice.detail().as_deref() == Some("it says"))
            .map(|notice| notice.kind())
            .collect();
        assert_eq!(with, ["camera-busy", "picture-refused", "frame-refused", "save-failed"]);
        assert_eq!(Notice::SaveFailed { detail: String::new() }.detail(), None);
    }
}
