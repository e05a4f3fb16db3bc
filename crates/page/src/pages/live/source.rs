//! The picture of the current source, with its faces as a snapshot, and what is shown until there is one.

use std::rc::Rc;

use web_sys::Node;

use crate::controller::{Controller, MODEL_FACE_SIDE};
use crate::language::Text;
use crate::snapshot::{PixelSource, Snapshot};
use crate::state::{CameraState, EngineState, LiveSource, State};
use crate::text;

/// The element with the pixels and its size.
pub(super) fn picture(state: &State, controller: &Controller) -> (Option<Node>, (u32, u32)) {
    match state.source {
        LiveSource::Empty => (None, (0, 0)),
        LiveSource::Photos => match state.photos.shown() {
            Some(picture) => (Some(picture.canvas.clone().into()), (picture.canvas.width(), picture.canvas.height())),
            None => (None, (0, 0)),
        },
        LiveSource::Camera | LiveSource::Video => (Some(controller.stream.video().into()), state.stream.size),
        LiveSource::ModelFace => (Some(controller.model_face.canvas().into()), (MODEL_FACE_SIDE, MODEL_FACE_SIDE)),
    }
}

pub(super) fn snapshot(state: &State, controller: &Controller) -> Option<Snapshot> {
    let result = Rc::clone(state.result()?);
    let source = match state.source {
        LiveSource::Empty => return None,
        LiveSource::Photos => PixelSource::Canvas(state.photos.shown()?.canvas.clone()),
        LiveSource::Camera | LiveSource::Video => PixelSource::Video(controller.stream.video()),
        LiveSource::ModelFace => PixelSource::Canvas(controller.model_face.canvas()),
    };
    Some(Snapshot { source, result, mirrored: state.mirrored() })
}

/// The message while waiting, such as for the camera.
pub(super) fn waiting(state: &State) -> Option<Text> {
    match state.source {
        LiveSource::Empty => None,
        LiveSource::Camera if state.stream.camera != CameraState::On || state.stream.size.0 == 0 => {
            Some(text::camera_wait(state.stream.camera))
        }
        LiveSource::Photos | LiveSource::Camera | LiveSource::Video | LiveSource::ModelFace => {
            state.result().is_none().then(|| text::waiting(&state.engine))
        }
    }
}

pub(super) fn startup_progress(engine: &EngineState) -> Option<f32> {
    match engine {
        EngineState::Starting { progress, .. } => Some(*progress),
        EngineState::QuickStarted | EngineState::Ready { .. } | EngineState::Failed(_) => None,
    }
}
