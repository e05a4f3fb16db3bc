//! Notices to the user: errors and information, as data; [`crate::text`] provides the words.

use crate::language::say;
use mien_protocol::{Message, Problem, ProblemKind, onnx_cause};

/// Notices about training and networks.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // the fields are the file's name and why
pub enum TrainingNotice {
    /// A file is not a valid settings file.
    SettingsRefused { name: String, reason: Message },
    /// Settings were taken from a file.
    SettingsLoaded { name: String },
    /// A file is not a valid weights file.
    WeightsRefused { name: String, reason: Message },
    /// A network that the page offers did not arrive.
    DownloadFailed { name: String, reason: Message },
    /// A network came together with another one, which was opened.
    OneNetwork { name: String },
    /// The engine was lost while it read a network.
    NetworkLost { name: String },
    /// A network could not be written to a file for download.
    ExportFailed { file: String, reason: Message },
    /// The network could not be saved on this device.
    NetworkStorage { reason: Message },
    /// There is no run to download.
    NoCheckpoint,
}

impl TrainingNotice {
    const fn kind(&self) -> &'static str {
        match self {
            Self::SettingsRefused { .. } => "settings-refused",
            Self::SettingsLoaded { .. } => "settings-loaded",
            Self::WeightsRefused { .. } => "weights-refused",
            Self::DownloadFailed { .. } => "network-missing",
            Self::OneNetwork { .. } => "one-network",
            Self::NetworkLost { .. } => "network-lost",
            Self::ExportFailed { .. } => "export-failed",
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

/// A notice to the user.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // the fields are the file's name and what the browser or the engine said
pub enum Notice {
    /// Cameras are not available: the context is not secure, or the embedding page forbids them.
    CameraUnavailable,
    /// There is no camera.
    CameraMissing,
    /// The user or the system denied access.
    CameraRefused,
    /// The camera does not start, usually because another program uses it.
    CameraBusy { detail: String },
    /// The camera stopped unexpectedly.
    CameraEnded,
    /// A file of zero bytes.
    FileEmpty { name: String },
    /// The file no longer exists or cannot be read.
    FileUnreadable { name: String },
    /// The file is not a picture.
    NotAPicture { name: String },
    /// The browser does not support the picture's format.
    PictureFormat { name: String },
    /// The format is supported, but the file is damaged, ends early, or is of an unusual form.
    PictureDamaged { name: String, reason: Message },
    /// The file exceeds the size limit.
    PictureHeavy { name: String },
    /// The picture exceeds the pixel limit.
    PictureLarge { name: String, megapixels: u32 },
    /// The engine could not process the picture.
    PictureRefused { name: String, detail: Message },
    /// Only the first frame of an animation is used.
    Animation { name: String },
    /// The browser cannot play the video.
    VideoDamaged { name: String },
    /// The engine could not process a frame.
    FrameRefused { detail: Message },
    /// The built-in sample could not be loaded.
    SampleMissing,
    /// A dataset that comes with the page could not be fetched.
    SetMissing { name: String },
    /// No face was detected in a photo for a dataset.
    FaceMissing { name: String },
    /// Not all faces of a photo were added to a dataset.
    FacesLeft { name: String, added: usize, found: usize },
    /// A folder without pictures.
    FolderWithoutImages,
    /// Another tab has replaced or deleted the saved dataset, so nothing was done.
    SavedDatasetChanged,
    /// A file could not be created for download.
    SaveFailed { detail: String },
    /// The browser does not allow copying.
    CopyFailed,
    /// The timeline has reached its limit.
    TimelineFull,
    /// The texts of a language could not be loaded.
    LanguageMissing,
    /// The model face could not be loaded.
    ModelFaceMissing,
    /// The file of the model face is damaged.
    ModelFaceDamaged { reason: Message },
    /// A pasted text has no settings of the model face.
    ModelFaceSettings,
    /// About training and networks.
    Training(TrainingNotice),
}

impl Notice {
    /// The engine could not process the picture of this name.
    pub fn refused(name: String, problem: Problem) -> Self {
        match problem.kind {
            ProblemKind::PictureFile => Self::PictureDamaged { name, reason: problem.detail },
            _ => Self::PictureRefused { name, detail: problem.detail },
        }
    }

    /// The value of `data-kind`.
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
            Self::SetMissing { .. } => "set-missing",
            Self::FaceMissing { .. } => "face-missing",
            Self::FacesLeft { .. } => "faces-left",
            Self::FolderWithoutImages => "folder-without-images",
            Self::SavedDatasetChanged => "kept-changed",
            Self::SaveFailed { .. } => "save-failed",
            Self::CopyFailed => "copy-failed",
            Self::TimelineFull => "timeline-full",
            Self::LanguageMissing => "language-missing",
            Self::ModelFaceMissing => "model-face-missing",
            Self::ModelFaceDamaged { .. } => "model-face-damaged",
            Self::ModelFaceSettings => "model-face-settings",
            Self::Training(notice) => notice.kind(),
        }
    }

    /// Whether it reports an error, not just information.
    pub const fn is_error(&self) -> bool {
        !matches!(
            self,
            Self::Animation { .. }
                | Self::FacesLeft { .. }
                | Self::TimelineFull
                | Self::Training(TrainingNotice::SettingsLoaded { .. })
        )
    }

    /// The original message of the browser or the engine.
    pub fn detail(&self) -> Option<String> {
        let detail = match self {
            Self::CameraBusy { detail } | Self::SaveFailed { detail } => detail.clone(),
            // it is the line itself
            Self::PictureRefused { detail, .. } | Self::FrameRefused { detail } if onnx_cause(detail).is_some() => {
                return None;
            }
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
            Notice::PictureDamaged { name: name(), reason: message("it says") },
            Notice::PictureHeavy { name: name() },
            Notice::PictureLarge { name: name(), megapixels: 200 },
            Notice::PictureRefused { name: name(), detail: message("it says") },
            Notice::Animation { name: name() },
            Notice::VideoDamaged { name: name() },
            Notice::FrameRefused { detail: message("it says") },
            Notice::SampleMissing,
            Notice::SetMissing { name: name() },
            Notice::FaceMissing { name: name() },
            Notice::FacesLeft { name: name(), added: 32, found: 40 },
            Notice::FolderWithoutImages,
            Notice::SavedDatasetChanged,
            Notice::SaveFailed { detail: detail() },
            Notice::CopyFailed,
            Notice::TimelineFull,
            Notice::LanguageMissing,
            Notice::ModelFaceMissing,
            Notice::ModelFaceDamaged { reason: message("it says") },
            Notice::ModelFaceSettings,
            Notice::Training(TrainingNotice::SettingsLoaded { name: name() }),
            Notice::Training(TrainingNotice::DownloadFailed { name: name(), reason: message("it says") }),
            Notice::Training(TrainingNotice::OneNetwork { name: name() }),
            Notice::Training(TrainingNotice::NetworkLost { name: name() }),
            Notice::Training(TrainingNotice::ExportFailed { file: name(), reason: message("it says") }),
            Notice::Training(TrainingNotice::WeightsRefused { name: name(), reason: message("it says") }),
            Notice::Training(TrainingNotice::NoCheckpoint),
        ]
    }

    #[test]
    fn kinds_are_lower_case_words_that_distinguish_notices() {
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
        assert_eq!(told, ["animation", "faces-left", "timeline-full", "settings-loaded"]);
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
