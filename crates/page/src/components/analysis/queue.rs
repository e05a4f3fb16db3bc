//! Settings, queue and progress of the analysis of video files.

use web_sys::HtmlSelectElement;
use yew::{Callback, Event, Html, MouseEvent, TargetCast, classes, html};

use crate::components::icons::{Picture, icon};
use crate::components::{FileButton, file_button};
use crate::controller::Controller;
use crate::state::{AnalysedFile, Analysis, AnalysisPhase, EngineState, FileStatus, State};
use crate::text::analysis as text;
use mien_core::number::fixed;
use mien_core::timeline::Rate;

/// The settings or the progress, and the files.
pub fn analysis(state: &State, controller: &Controller) -> Html {
    let analysis = &state.analysis;
    let listed = analysis.files.len() > 1 || analysis.files.iter().any(|file| file.status != FileStatus::Waiting);
    html! {
        <section class="analysis no-print" aria-labelledby="analysis" data-testid="analysis">
            <h2 id="analysis">{ text::TITLE }</h2>
            if analysis.is_live() {
                { progress(analysis, controller) }
            } else {
                { settings(state, controller) }
            }
            if listed {
                <ol class="analysis-files" aria-label={text::FILES}>
                    { for analysis.files.iter().map(|file| item(file, controller)) }
                </ol>
            }
            <p class="hint">{ text::HINT }</p>
        </section>
    }
}

fn on_click(controller: &Controller, act: impl Fn(&Controller) + 'static) -> Callback<MouseEvent> {
    let controller = controller.clone();
    Callback::from(move |_| act(&controller))
}

fn settings(state: &State, controller: &Controller) -> Html {
    let rate = state.analysis.rate;
    let onchange = {
        let controller = controller.clone();
        Callback::from(move |event: Event| {
            let chosen = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.selected_index());
            if let Some(rate) = chosen.and_then(|index| Rate::ALL.get(usize::try_from(index).ok()?)) {
                controller.analysis.set_rate(*rate);
            }
        })
    };
    let network = state.network.as_ref().map(|network| network.name.clone()).unwrap_or_default();
    let ready = matches!(state.engine, EngineState::Ready { .. });
    html! {
        <div class="tools">
            <button
                type="button"
                class="button"
                data-testid="analyse-start"
                title={text::START_HINT}
                disabled={!ready || state.analysis.files.is_empty()}
                onclick={on_click(controller, move |controller| controller.start_analysis(network.clone()))}
            >
                { icon(Picture::Film) }{ text::START }
            </button>
            <select class="select" data-testid="analyse-rate" aria-label={text::RATE} {onchange}>
                for each in Rate::ALL {
                    <option selected={each == rate}>{ text::rate_of(each) }</option>
                }
            </select>
            { add(controller) }
            if !ready {
                <span class="hint">{ text::NOT_READY }</span>
            }
        </div>
    }
}

fn add(controller: &Controller) -> Html {
    let controller = controller.clone();
    let on_files = Callback::from(move |files| controller.add_videos(files));
    file_button(FileButton {
        accept: Some("video/*"),
        multiple: true,
        ..FileButton::new("analyse-input", text::ADD, Picture::Plus, on_files)
    })
}

fn progress(analysis: &Analysis, controller: &Controller) -> Html {
    let paused = analysis.phase == AnalysisPhase::Paused;
    let share = fixed(analysis.progress.map_or(0.0, |progress| progress.share), 4);
    let frames = analysis.progress.map_or(0, |progress| progress.frames);
    let (picture, label, testid) = if paused {
        (Picture::Play, text::RESUME, "analyse-resume")
    } else {
        (Picture::Pause, text::PAUSE, "analyse-pause")
    };
    html! {
        <div
            key="analyse-progress"
            class="evaluate-progress"
            data-testid="analyse-progress"
            data-share={share.clone()}
            data-frames={frames.to_string()}
            data-state={if paused { "paused" } else { "running" }}
        >
            <progress max="1" value={share} aria-label={text::LABEL} />
            <p>{ text::progress_of(analysis) }</p>
            <button
                type="button"
                class="button"
                data-testid={testid}
                onclick={on_click(controller, |controller| controller.analysis.toggle())}
            >
                { icon(picture) }{ label }
            </button>
            <button
                type="button"
                class="button"
                data-testid="analyse-cancel"
                onclick={on_click(controller, |controller| controller.analysis.cancel())}
            >
                { icon(Picture::Stop) }{ text::CANCEL }
            </button>
            { add(controller) }
        </div>
    }
}

fn item(file: &AnalysedFile, controller: &Controller) -> Html {
    let frames = match file.status {
        FileStatus::Done(frames) | FileStatus::Stopped(frames) => frames,
        FileStatus::Waiting | FileStatus::Running | FileStatus::Skipped => 0,
    };
    let (id, label) = (file.id, text::play(&file.name));
    html! {
        <li
            key={id}
            class={classes!((file.status == FileStatus::Skipped).then_some("skipped"))}
            data-testid="analysis-file"
            data-state={file.status.name()}
            data-frames={frames.to_string()}
        >
            <button
                type="button"
                class="button bare"
                data-testid="analysis-play"
                title={label.clone()}
                aria-label={label}
                onclick={on_click(controller, move |controller| controller.play_analysed(id))}
            >
                { &file.name }
            </button>
            <span role="status">{ text::status(file.status) }</span>
            for remark in &file.remarks {
                <span class="analysis-remark">{ text::remark(remark) }</span>
            }
        </li>
    }
}
