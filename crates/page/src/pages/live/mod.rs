//! The Live page: faces from the camera, photos and videos.

mod effects;
mod gpu;
mod keyboard;
mod source;

use std::rc::Rc;

use yew::{AttrValue, Callback, Html, Properties, classes, component, html, use_context};

use self::effects::{subject, use_maps, use_model_face, use_selected_photo};
use self::gpu::{gpu_failed, no_gpu};
use self::keyboard::{on_key, shortcuts};
use self::source::{picture, snapshot, startup_progress, waiting};
use crate::components::explain::{explain_panel, explain_toggle};
use crate::components::training::show_switch;
use crate::components::{
    FaceSummaries, InteractiveFaceTest, PhotoStrip, PictureArea, Player, TimelinePlot, actions, analysis, curves,
    engine_failure, faces, figures, fit, game, model_face, recorder, toolbar, welcome,
};
use crate::controller::Controller;
use crate::hooks::{use_announcement, use_shortcuts};
use crate::settings::Page;
use crate::state::{Action, EngineState, FileStatus, LiveSource, State};
use crate::text::{self, inference};
use mien_core::evaluation::TestTimeAugmentation;

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
