//! What the Live page requests when its state changes: heatmaps, pictures of the model face, photos decoded again.

use yew::use_effect_with;

use crate::controller::{Controller, ExplanationRequest};
use crate::state::{EngineState, LiveSource, PhotoStatus, State, Subject};
use mien_core::vision::CROP_PIXELS;

/// Maximum number of faces with heatmaps at a time: more would slow down recognition.
const MAX_MAPS: usize = 4;

/// The source of the faces, for explanations.
pub(super) fn subject(state: &State) -> Option<Subject> {
    match state.source {
        LiveSource::Empty => None,
        LiveSource::Photos => state.photos.selected.map(Subject::Photo),
        LiveSource::Camera | LiveSource::Video | LiveSource::ModelFace => Some(Subject::Stream),
    }
}

/// Requests heatmaps for the faces in view while enabled, at most for the first [`MAX_MAPS`].
#[yew::hook]
pub(super) fn use_maps(state: &State, controller: Option<&Controller>) {
    let explain = &state.explain;
    let ready = matches!(state.engine, EngineState::Ready { .. });
    let result = state.result().filter(|_| explain.on && ready).cloned();
    let wanted = (result, explain.method, explain.class, subject(state), state.network.clone());
    let controller = controller.cloned();
    use_effect_with(wanted, move |(result, method, class, subject, _)| {
        if let (Some(result), Some(subject), Some(controller)) = (result, subject, controller) {
            let faces = result.faces.iter().filter(|face| face.crop.len() == CROP_PIXELS).take(MAX_MAPS);
            let (ids, crops): (Vec<u32>, Vec<&[u8]>) = faces.map(|face| (face.id, face.crop.as_slice())).unzip();
            let (subject, method, class, crops) = (*subject, Some(*method), *class, crops.concat());
            controller.explanation.explain(ExplanationRequest { subject, ids, crops, method, class });
        }
    });
}

/// Draws the model face by its settings.
#[yew::hook]
pub(super) fn use_model_face(state: &State, controller: Option<&Controller>) {
    let controller = controller.cloned();
    use_effect_with(state.model_face.settings, move |settings| {
        if let Some(controller) = controller {
            controller.model_face.set(*settings);
        }
    });
}

/// Decodes the selected photo again if its pixels were dropped.
#[yew::hook]
pub(super) fn use_selected_photo(state: &State, controller: Option<&Controller>) {
    let wanted = state
        .photos
        .selected()
        .filter(|photo| state.photos.shown().is_none() && !matches!(photo.status, PhotoStatus::Waiting));
    let wanted = wanted.map(|photo| (photo.id, photo.name.clone(), photo.blob.clone()));
    let controller = controller.cloned();
    use_effect_with(wanted, move |wanted| {
        if let (Some((id, name, blob)), Some(controller)) = (wanted, controller) {
            controller.photos.show(*id, name, blob);
        }
    });
}
