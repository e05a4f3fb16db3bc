//! The current or last training run.

use std::rc::Rc;

use web_sys::HtmlElement;
use yew::{
    AttrValue, Callback, Html, KeyboardEvent, Properties, component, html, use_context, use_effect_with, use_node_ref,
    use_state_eq,
};

use super::adopt::Adopt;
use super::confusion::Confusion;
use super::curves::Curves;
use super::show::show_switch;
use super::table::Epochs;
use crate::components::icons::{Picture, icon};
use crate::components::{Message, message};
use crate::controller::Controller;
use crate::language::say;
use crate::settings::Page;
use crate::state::{Phase, Stored, TrainingRun};
use crate::text::training::run as text;
use mien_core::number::fixed;
use mien_protocol::{Outcome, Plan};

/// The progress of the run, its controls, and its result. `active` is the name of the active network.
pub fn run_view(run: &TrainingRun, active: Option<Rc<str>>, controller: &Controller) -> Html {
    let (epoch, step) = match run.progress {
        Some(progress) => (progress.epoch, progress.step),
        None => (run.epochs.len() as u32, 0),
    };
    let curves = html! {
        <>
        if !run.is_cross() {
            <Curves
                losses={run.losses.clone()}
                epochs={run.epochs.clone()}
                best={run.best}
                best_by={run.plan.settings.best_by}
            />
            if !run.epochs.is_empty() {
                <Confusion epochs={run.epochs.clone()} best={run.best} />
                <Epochs epochs={run.epochs.clone()} best={run.best} />
            }
        }
        { run_settings(&run.plan) }
        </>
    };
    html! {
        <section
            class="panel training-run"
            aria-labelledby="run-title"
            data-testid="train-progress"
            data-state={run.phase.name()}
            data-epoch={epoch.to_string()}
            data-step={step.to_string()}
            data-loss={run.loss.map(attribute)}
            data-epochs-over={run.epochs.len().to_string()}
            data-best={run.best.map(|best| best.to_string())}
            data-stored={(run.stored == Stored::Yes).to_string()}
        >
            <h2 id="run-title">{ text::headline(run) }</h2>
            <p class="hint">{ text::plan(&run.plan) }</p>
            <progress
                class="run-share"
                aria-label={text::PROGRESS}
                max="1"
                value={fixed(share(run), 4)}
            />
            { figures(run, epoch, step) }
            if run.phase == Phase::Running && run.progress.is_none() {
                <p class="hint"><span class="spinner" />{ text::PREPARING }</p>
            }
            { messages(run, controller) }
            <Controls run={run.clone()} />
            if run.phase.is_live() && !run.is_cross() {
                { show_switch(run.showing, Page::Training, controller) }
            }
            if run.has_result() {
                <Adopt run={run.clone()} {active} />
            }
            { curves }
        </section>
    }
}

/// The settings of the run as JSON.
fn run_settings(plan: &Plan) -> Html {
    html! {
        <details class="fold">
            <summary>{ text::SETTINGS }</summary>
            <pre class="scroll" tabindex="0">{ &plan.settings_json }</pre>
        </details>
    }
}

fn attribute(loss: f32) -> String {
    if loss.is_finite() { fixed(f64::from(loss), 4) } else { "NaN".to_owned() }
}

/// The progress of the run, 0 to 1.
fn share(run: &TrainingRun) -> f64 {
    if matches!(run.phase, Phase::Over(Outcome::Finished)) {
        return 1.0;
    }
    let epochs = run.plan.settings.epochs.max(1) as f64;
    let Some(progress) = run.progress else { return run.epochs.len() as f64 / epochs };
    let steps = f64::from(run.plan.steps_per_epoch.max(1));
    let share = (f64::from(progress.epoch.saturating_sub(1)) + f64::from(progress.step) / steps) / epochs;
    if run.is_cross() {
        (f64::from(progress.fold.saturating_sub(1)) + share) / f64::from(run.plan.folds)
    } else {
        share
    }
}

fn figures(run: &TrainingRun, epoch: u32, step: u32) -> Html {
    let plan = &run.plan;
    let mut figures = Vec::new();
    if let Some(progress) = run.progress.filter(|_| run.is_cross()) {
        figures.push((text::FOLD, text::of(progress.fold, plan.folds as usize)));
    }
    figures.push((text::EPOCH, text::of(epoch, plan.settings.epochs)));
    figures.push((text::STEP, text::of(step, plan.steps_per_epoch as usize)));
    if let Some(loss) = run.loss {
        figures.push((text::LOSS, text::loss(loss)));
    }
    if let Some(progress) = run.progress.filter(|_| run.phase.is_live()) {
        figures.push((text::IMAGES_PER_SECOND, text::rate(progress.images_per_second)));
        figures.push((text::TIME_LEFT, text::duration(progress.seconds_left)));
        figures.push((text::LEARNING_RATE, text::learning_rate(progress.learning_rate)));
    }
    if let Some(best) = run.best.filter(|_| !run.is_cross()) {
        let validation = run.epoch(best).and_then(|record| record.validation.as_ref());
        figures.push((text::BEST, text::best(best, validation)));
    }
    html! {
        <dl class="run-figures">
            for (name, value) in figures {
                <div><dt>{ name }</dt><dd>{ value }</dd></div>
            }
        </dl>
    }
}

fn messages(run: &TrainingRun, controller: &Controller) -> Html {
    html! {
        <>
            if let Some((kind, what, remedy)) = text::over(run) {
                { message(Message { error: kind != "early-stop", ..Message::status(kind, what, remedy) }) }
            }
            if let Some(epoch) = run.moved.filter(|_| run.phase.is_live()) {
                {{
                    let (what, remedy) = text::moved(epoch);
                    message(Message::status("moved-to-cpu", what, remedy))
                }}
            }
            if let Stored::No(reason) = &run.stored && run.phase.is_live() {
                {{
                    let (what, remedy) = text::NOT_STORED;
                    message(Message {
                        detail: Some(AttrValue::from(say(reason))),
                        more: save_run(controller),
                        ..Message::status("not-stored", what, remedy)
                    })
                }}
            }
        </>
    }
}

/// The button that saves the checkpoint.
fn save_run(controller: &Controller) -> Html {
    let controller = controller.clone();
    html! {
        <button
            type="button"
            class="button"
            data-testid="train-checkpoint"
            onclick={move |_| controller.training.save_checkpoint()}
        >
            { icon(Picture::Download) }{ text::CHECKPOINT }
        </button>
    }
}

#[derive(PartialEq, Properties)]
struct ControlsProps {
    run: TrainingRun,
}

/// The id of the question whether a run is to be stopped.
const ASKING: &str = "train-cancel-asking";

/// Pause, resume and stop, with a confirmation before anything is lost.
#[component]
fn Controls(props: &ControlsProps) -> Html {
    let asking = use_state_eq(|| false);
    let no = use_node_ref();
    {
        let no = no.clone();
        use_effect_with(*asking, move |_| {
            if let Some(no) = no.cast::<HtmlElement>() {
                no.focus().ok();
            }
        });
    }
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let run = &props.run;
    if !run.phase.is_live() {
        return Html::default();
    }
    let act = |act: fn(&Controller)| {
        let controller = controller.clone();
        Callback::from(move |_| act(&controller))
    };
    let ask = |value: bool| {
        let asking = asking.clone();
        Callback::from(move |_| asking.set(value))
    };
    let onkeydown = {
        let asking = asking.clone();
        move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                asking.set(false);
            }
        }
    };
    let cancel = if run.epochs.is_empty() { act(|controller| controller.training.cancel()) } else { ask(true) };
    html! {
        <div class="tools">
            if *asking {
                <div class="tools" id={ASKING} {onkeydown}>
                    <p role="alert">{ if run.is_cross() { text::CANCEL_CROSS } else { text::CANCEL_CONFIRM } }</p>
                    <button type="button" class="button" data-testid="train-cancel-yes" onclick={act(|controller| controller.training.cancel())}>
                        { text::CANCEL_YES }
                    </button>
                    <button ref={no} type="button" class="button" data-testid="train-cancel-no" onclick={ask(false)}>
                        { text::CANCEL_NO }
                    </button>
                </div>
            } else {
                if run.phase == Phase::Paused {
                    <button type="button" class="button primary" data-testid="train-resume" onclick={act(|controller| controller.training.resume())}>
                        { icon(Picture::Play) }{ text::RESUME }
                    </button>
                    { save_run(&controller) }
                } else if !run.is_cross() {
                    <button
                        type="button"
                        class="button"
                        data-testid="train-pause"
                        disabled={run.phase == Phase::Pausing}
                        onclick={act(|controller| controller.training.pause())}
                    >
                        { icon(Picture::Pause) }
                        { if run.phase == Phase::Pausing { text::PAUSING } else { text::PAUSE } }
                    </button>
                }
                <button type="button" class="button" data-testid="train-cancel" data-panel={ASKING} onclick={cancel}>
                    { icon(Picture::Stop) }{ text::CANCEL }
                </button>
            }
        </div>
    }
}
