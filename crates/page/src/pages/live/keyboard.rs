//! The keyboard shortcuts of the Live page: what each does, and their list.

use yew::{Callback, Html, html};

use super::LiveProps;
use crate::components::{fit, model_face};
use crate::controller::Controller;
use crate::snapshot::Snapshot;
use crate::state::{Action, ExplainAction, LiveSource, StreamAction};
use crate::text;

pub(super) fn on_key(
    props: &LiveProps,
    controller: Option<Controller>,
    snapshot: Option<Snapshot>,
) -> Callback<String, bool> {
    let (source, explaining, dispatch) = (props.state.source, props.state.explain.on, props.dispatch.clone());
    let (face, game) = (props.state.model_face.clone(), props.state.game.open);
    let fitting = props.state.fit.open.then(|| props.state.clone());
    Callback::from(move |key: String| {
        let Some(controller) = &controller else { return false };
        if fitting.as_ref().is_some_and(|state| fit::on_key(&key, state, controller)) {
            return true;
        }
        match (key.as_str(), source, &snapshot) {
            (" ", ..) if game => controller.press_game_key(),
            (" ", LiveSource::Camera, _) => controller.stream.stop(),
            (" ", LiveSource::Video, _) => controller.stream.toggle_video(),
            (" ", LiveSource::Empty | LiveSource::Photos, _) => controller.start_camera(None),
            ("s", _, Some(snapshot)) => controller.exports.save_snapshot(snapshot),
            ("e", LiveSource::Photos | LiveSource::Camera | LiveSource::Video | LiveSource::ModelFace, _) => {
                dispatch.emit(Action::Explain(ExplainAction::On(!explaining)));
            }
            ("f", LiveSource::Camera, _) => dispatch.emit(Action::Stream(StreamAction::Flip)),
            (key, LiveSource::ModelFace, _) => return model_face::on_key(key, &face, controller),
            _ => return false,
        }
        true
    })
}

pub(super) fn shortcuts(game: bool) -> Html {
    // the space bar is the game's while that is open
    let first = if game { (text::game::KEY, text::game::KEY_DOES) } else { text::SHORTCUTS[0] };
    html! {
        <p class="shortcuts">
            <span>{ text::SHORTCUTS_TITLE }</span>
            for (key, meaning) in std::iter::once(first).chain(text::SHORTCUTS.into_iter().skip(1)) {
                <span><kbd>{ key }</kbd>{ " " }{ meaning }</span>
            }
        </p>
    }
}
