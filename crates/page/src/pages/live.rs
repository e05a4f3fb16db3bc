//! The Live page: faces from the camera, photos and videos.

use std::rc::Rc;

use web_sys::Node;
use yew::{AttrValue, Callback, Html, Properties, classes, component, html, use_context, use_effect_with};

use crate::components::explain::{explain_panel, explain_toggle};
use crate::components::training::show_switch;
use crate::components::{
    FaceSummaries, InteractiveFaceTest, Message, PhotoStrip, PictureArea, Player, TimelinePlot, actions, analysis,
    curves, engine_failure, faces, figures, fit, game, message, model_face, recorder, toolbar, welcome,
};
use crate::controller::{Controller, ExplanationRequest, MODEL_FACE_SIDE};
use crate::hooks::{use_announcement, use_shortcuts};
use crate::language::{Text, say};
use crate::settings::Page;
use crate::snapshot::{PixelSource, Snapshot};
use crate::state::{
    Action, CameraState, EngineState, ExplainAction, FileStatus, LiveSource, PhotoStatus, State, StreamAction, Subject,
};
use crate::text::{self, inference};
use mien_core::evaluation::TestTimeAugmentation;
use mien_core::vision::CROP_PIXELS;
use mien_protocol::Fallback;

/// Maximum number of faces with heatmaps at a time: more would slow down recognition.
const MAX_MAPS: usize = 4;

#[derive(PartialEq, Properties)]
pub struct LiveProps {
    /// The page's state.
    pub state: State,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// The Live page.
#[component]
pub fn Live(props: &LiveProps) -> Html {
    let state = &props.state;
    let controller = use_context::<Controller>();
    // what is asked for is announced alone
    let result = state.result().filter(|_| !state.game.is_running() && !state.fit.is_running());
    let announcement = use_announcement(result.map(|result| text::announcement(result)).unwrap_or_default());
    use_selected_photo(state, controller.as_ref());
    use_maps(state, controller.as_ref());
    use_model_face(state, controller.as_ref());
    game::use_game(state, controller.as_ref());
    fit::use_fit(state, controller.as_ref());
    actions::use_actions(state, controller.as_ref());
    let snapshot = controller.as_ref().and_then(|controller| snapshot(state, controller));
    use_shortcuts(on_key(props, controller.clone(), snapshot.clone()));
    let Some(controller) = controller else { return Html::default() };
    let on_snapshot = snapshot.map(|snapshot| {
        let controller = controller.clone();
        Callback::from(move |()| controller.exports.save_snapshot(&snapshot))
    });
    let explain = props.dispatch.reform(Action::Explain);
    let found = subject(state).and_then(|subject| state.explain.of(subject)).filter(|_| state.explain.on).cloned();
    let streaming = matches!(state.source, LiveSource::Camera | LiveSource::Video);
    let more = html! {
        <>
            { explain_toggle(state.explain.on, &explain) }
            if streaming {
                { test_time_augmentation_toggle(state.augmentation, &controller) }
            }
            if streaming || state.recording.rows > 0 {
                { recorder(state.recording, streaming, &controller) }
            }
            { actions::open_button(&state.actions, &controller) }
        </>
    };
    let toolbar = toolbar(state, on_snapshot, more, &controller, &props.dispatch);
    let (picture, size) = picture(state, &controller);
    let analysed =
        state.analysis.files.iter().any(|file| matches!(file.status, FileStatus::Done(_) | FileStatus::Stopped(_)));
    let timed = state.recording.on || state.recording.rows > 0 || analysed;
    html! {
        <main
            class={classes!("live", streaming.then_some("streaming"), timed.then_some("timed"), (state.game.open || state.fit.open).then_some("playing"))}
            id={Page::CONTENT}
            tabindex="-1"
        >
            if state.source != LiveSource::Empty {
                <h1 class="visually-hidden">{ text::page(Page::Live) }</h1>
            }
            <div class="view">
                if let EngineState::Failed(problem) = &state.engine {
                    { engine_failure(problem, &controller) }
                }
                { gpu_failed(&state.engine) }
                if state.game.open {
                    { game::game(state, &controller) }
                }
                if state.fit.open {
                    { fit::fit(state, &controller) }
                }
                { fit::adapted_bar(state, &controller) }
                <PictureArea
                    {picture}
                    {size}
                    mirrored={state.mirrored()}
                    result={state.result().cloned()}
                    found={found.clone()}
                    waiting={waiting(state).map(AttrValue::from)}
                    progress={startup_progress(&state.engine)}
                    over={state.actions.shown.as_ref().map(actions::shown).unwrap_or_default()}
                >
                    if state.source == LiveSource::Empty {
                        { welcome(toolbar.clone()) }
                    }
                </PictureArea>
                if state.source == LiveSource::Video {
                    <Player video={state.stream.video.clone()} />
                }
                if state.source == LiveSource::Photos {
                    <PhotoStrip photos={state.photos.clone()} dispatch={props.dispatch.clone()} />
                }
                if state.source == LiveSource::ModelFace {
                    { model_face::looks(&state.model_face, &controller) }
                }
                if state.source != LiveSource::Empty {
                    { toolbar }
                }
                if shows_analysis(state) {
                    { analysis(state, &controller) }
                }
                if state.actions.open && state.source != LiveSource::Empty {
                    { actions::actions(&state.actions, &controller) }
                }
                if timed {
                    { timeline(state, &controller) }
                }
                if let Some(result) = state.result() {
                    { figures(result, state.stream.statistics.filter(|_| streaming), state.stream.frames) }
                }
                if state.source == LiveSource::ModelFace {
                    <details class="live-curves" data-testid="curves-open" open={state.curves.is_open()}>
                        <summary>{ text::curves::TITLE }</summary>
                        { curves(state) }
                    </details>
                }
                if let Some(run) = state.training.run.as_ref().filter(|run| run.phase.is_live() && !run.is_cross()) {
                    { show_switch(run.showing, Page::Live, &controller) }
                }
                { no_gpu(&state.engine) }
            </div>
            <aside class="readings" aria-label={text::FACES}>
                <h2 class="visually-hidden">{ text::FACES }</h2>
                { faces(state.source, state.result().map(Rc::as_ref), found.as_deref()) }
                if state.source == LiveSource::ModelFace {
                    { model_face::sliders(&state.model_face, &controller) }
                }
                if state.explain.on && state.result().is_some_and(|result| !result.faces.is_empty()) {
                    { explain_panel(&state.explain, found.as_deref(), streaming, &explain) }
                }
                <InteractiveFaceTest
                    result={state.result().cloned()}
                    ready={state.engine.recognizes()}
                />
                <p class="honest">
                    { text::DISCLAIMER }{ " " }
                    <a href={Page::About.fragment()}>{ text::DISCLAIMER_LINK }</a>
                </p>
                { shortcuts(state.game.open || state.fit.open) }
            </aside>
            <p class="visually-hidden" role="status" aria-live="polite">{ announcement }</p>
        </main>
    }
}

/// Whether the analysis of videos is shown: with a video, while it runs, and until something else is opened; also if the first of several
/// videos cannot be played.
fn shows_analysis(state: &State) -> bool {
    let begun = state.analysis.files.iter().any(|file| file.status != FileStatus::Waiting);
    let others = state.analysis.files.len() > 1;
    state.source == LiveSource::Video
        || state.analysis.is_live()
        || state.source == LiveSource::Empty && (begun || others)
}

fn on_key(props: &LiveProps, controller: Option<Controller>, snapshot: Option<Snapshot>) -> Callback<String, bool> {
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

/// The source of the faces, for explanations.
fn subject(state: &State) -> Option<Subject> {
    match state.source {
        LiveSource::Empty => None,
        LiveSource::Photos => state.photos.selected.map(Subject::Photo),
        LiveSource::Camera | LiveSource::Video | LiveSource::ModelFace => Some(Subject::Stream),
    }
}

/// Requests heatmaps for the faces in view while enabled, at most for the first [`MAX_MAPS`].
#[yew::hook]
fn use_maps(state: &State, controller: Option<&Controller>) {
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
fn use_model_face(state: &State, controller: Option<&Controller>) {
    let controller = controller.cloned();
    use_effect_with(state.model_face.settings, move |settings| {
        if let Some(controller) = controller {
            controller.model_face.set(*settings);
        }
    });
}

/// Decodes the selected photo again if its pixels were dropped.
#[yew::hook]
fn use_selected_photo(state: &State, controller: Option<&Controller>) {
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

/// The plot of the timeline, and each face in short. Each source has its own zoom and position, each recording its own summary. They have an
/// element of their own: a component with a key that is created anew is put before what follows it, and that may be gone.
fn timeline(state: &State, controller: &Controller) -> Html {
    let recorded = controller.recorded(state.source);
    html! {
        <div class="timelines">
            <TimelinePlot
                key={state.source as usize}
                recording={state.recording}
                source={state.source}
                video={state.stream.video.clone()}
                network={state.network.as_ref().map(|network| network.name.clone()).unwrap_or_default()}
                theme={state.theme}
            />
            if let Some(recorded) = recorded {
                <FaceSummaries
                    key={recorded}
                    {recorded}
                    changes={state.recording.changes}
                    live={state.analysis.is_live()}
                />
            }
        </div>
    }
}

/// The toggle for test-time augmentation.
fn test_time_augmentation_toggle(augmentation: TestTimeAugmentation, controller: &Controller) -> Html {
    let twice = augmentation == TestTimeAugmentation::Flip;
    let controller = controller.clone();
    let toggle = move |_| {
        controller.set_test_time_augmentation(if twice {
            TestTimeAugmentation::None
        } else {
            TestTimeAugmentation::Flip
        });
    };
    html! {
        <button
            type="button"
            class="button"
            data-testid="look-twice"
            title={inference::AUGMENT_HINT}
            aria-pressed={twice.to_string()}
            onclick={toggle}
        >
            { inference::AUGMENT }
        </button>
    }
}

/// The element with the pixels and its size.
fn picture(state: &State, controller: &Controller) -> (Option<Node>, (u32, u32)) {
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

fn snapshot(state: &State, controller: &Controller) -> Option<Snapshot> {
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
fn waiting(state: &State) -> Option<Text> {
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

fn startup_progress(engine: &EngineState) -> Option<f32> {
    match engine {
        EngineState::Starting { progress, .. } => Some(*progress),
        EngineState::QuickStarted | EngineState::Ready { .. } | EngineState::Failed(_) => None,
    }
}

/// The hint that WebGPU is not available.
fn no_gpu(engine: &EngineState) -> Html {
    match engine {
        EngineState::Ready { fallback: Some(fallback @ Fallback::Missing { reason }), .. } => html! {
            <p class="fallback" data-testid="fallback" title={say(reason)}>
                { text::fallback(fallback) }{ " " }{ backend_link() }
            </p>
        },
        _ => Html::default(),
    }
}

/// The message that the GPU failed.
fn gpu_failed(engine: &EngineState) -> Html {
    let EngineState::Ready { fallback: Some(fallback), .. } = engine else { return Html::default() };
    let (kind, reason) = match fallback {
        Fallback::Missing { .. } => return Html::default(),
        Fallback::Mismatch { reason } => ("gpu-mismatch", reason),
        Fallback::Lost { reason } => ("gpu-lost", reason),
    };
    message(Message {
        detail: Some(AttrValue::from(say(reason))),
        more: backend_link(),
        ..Message::status(kind, text::fallback(fallback), "")
    })
}

fn backend_link() -> Html {
    html! { <a href={Page::About.fragment()}>{ text::FALLBACK_LINK }</a> }
}

fn shortcuts(game: bool) -> Html {
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
