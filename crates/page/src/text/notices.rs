//! The texts of notices.

use super::messages::notice as words;
use super::{ONNX_FAILED_DO, onnx_failure, training};
use crate::language::{Text, say};
use crate::notice::Notice;

/// A notice: what happened, and what to do.
pub fn notice(notice: &Notice) -> (String, &'static str) {
    if let Notice::PictureRefused { detail, .. } | Notice::FrameRefused { detail } = notice
        && let Some(what) = onnx_failure(detail)
    {
        return (what, ONNX_FAILED_DO.text());
    }
    let (what, remedy) = match notice {
        Notice::Animation { name } => return (words::animation(name), ""),
        Notice::FacesLeft { name, added, found } => return (words::faces_left(name, *added, *found), ""),
        Notice::Training(notice) => return training::notice(notice),
        Notice::FileEmpty { name } => (words::file_empty(name), words::FILE_EMPTY_DO),
        Notice::FileUnreadable { name } => (words::file_unreadable(name), words::FILE_UNREADABLE_DO),
        Notice::NotAPicture { name } => (words::not_a_picture(name), words::NOT_A_PICTURE_DO),
        Notice::PictureFormat { name } => (words::picture_format(name), words::PICTURE_FORMAT_DO),
        Notice::PictureDamaged { name, reason } => {
            (words::picture_damaged(name, &say(reason)), words::PICTURE_DAMAGED_DO)
        }
        Notice::PictureHeavy { name } => (words::picture_heavy(name), words::PICTURE_LARGE_DO),
        Notice::PictureLarge { name, megapixels } => (words::picture_large(name, *megapixels), words::PICTURE_LARGE_DO),
        Notice::PictureRefused { name, .. } => (words::picture_refused(name), words::PICTURE_REFUSED_DO),
        Notice::ModelFaceDamaged { reason } => (words::model_face_damaged(&say(reason)), words::MODEL_FACE_DAMAGED_DO),
        Notice::VideoDamaged { name } => (words::video_damaged(name), words::VIDEO_DAMAGED_DO),
        Notice::SetMissing { name } => (words::set_missing(name), words::SET_MISSING_DO),
        Notice::FaceMissing { name } => (words::face_missing(name), words::FACE_MISSING_DO),
        _ => {
            let (what, remedy) = plain(notice);
            (what.into(), remedy)
        }
    };
    (what, remedy.text())
}

/// Notices without parameters.
const fn plain(notice: &Notice) -> (Text, Text) {
    match notice {
        Notice::CameraUnavailable => (words::CAMERA_UNAVAILABLE, words::CAMERA_UNAVAILABLE_DO),
        Notice::CameraMissing => (words::CAMERA_MISSING, words::CAMERA_MISSING_DO),
        Notice::CameraRefused => (words::CAMERA_REFUSED, words::CAMERA_REFUSED_DO),
        Notice::CameraBusy { .. } => (words::CAMERA_BUSY, words::CAMERA_BUSY_DO),
        Notice::CameraEnded => (words::CAMERA_ENDED, words::CAMERA_ENDED_DO),
        Notice::FrameRefused { .. } => (words::FRAME_REFUSED, words::FRAME_REFUSED_DO),
        Notice::SampleMissing => (words::SAMPLE_MISSING, words::SAMPLE_MISSING_DO),
        Notice::FolderWithoutImages => (words::FOLDER_WITHOUT_IMAGES, words::FOLDER_WITHOUT_IMAGES_DO),
        Notice::SavedDatasetChanged => (words::SAVED_SET_CHANGED, words::SAVED_SET_CHANGED_DO),
        Notice::CopyFailed => (words::COPY_FAILED, words::COPY_FAILED_DO),
        Notice::TimelineFull => (words::TIMELINE_FULL, words::TIMELINE_FULL_DO),
        Notice::LanguageMissing => (words::LANGUAGE_MISSING, words::LANGUAGE_MISSING_DO),
        Notice::ModelFaceMissing => (words::MODEL_FACE_MISSING, words::MODEL_FACE_MISSING_DO),
        Notice::ModelFaceSettings => (words::MODEL_FACE_SETTINGS, words::MODEL_FACE_SETTINGS_DO),
        _ => (words::SAVE_FAILED, words::SAVE_FAILED_DO),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::tests::all;
    use mien_protocol::Message;

    #[test]
    fn every_notice_says_what_happened_and_all_errors_what_to_do() {
        for each in all() {
            let (what, remedy) = notice(&each);
            assert!(!what.is_empty() && !what.contains('{'), "{each:?}");
            let informs = matches!(each.kind(), "animation" | "faces-left" | "settings-loaded");
            assert_eq!(remedy.is_empty(), informs, "{each:?}: {remedy}");
        }
    }

    #[test]
    fn only_the_failed_download_has_its_text() {
        let failed = notice(&Notice::SaveFailed { detail: String::new() });
        assert_eq!(all().iter().filter(|each| notice(each) == failed).count(), 1, "none falls back to it");
        let whats: std::collections::BTreeSet<String> = all().iter().map(|each| notice(each).0).collect();
        assert_eq!(whats.len(), all().len(), "no two say the same");
    }

    #[test]
    fn an_onnx_model_that_fails_is_the_line_itself() {
        let detail = || Message::new("onnx/not-finite", [], "the model computes no numbers".into());
        for each in
            [Notice::FrameRefused { detail: detail() }, Notice::PictureRefused { name: "a".into(), detail: detail() }]
        {
            assert_eq!(notice(&each), ("The model computes no numbers.".into(), ONNX_FAILED_DO.text()));
            assert_eq!(each.detail(), None);
        }
    }

    #[test]
    fn files_are_named() {
        for each in all() {
            let names_it = format!("{each:?}").contains("face.png");
            assert_eq!(notice(&each).0.contains("face.png"), names_it, "{each:?}");
        }
    }
}
