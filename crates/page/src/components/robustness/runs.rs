//! The robustness tests: choice of corruptions, progress, results.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::{Callback, Html, Properties, TargetCast, component, html, use_context, use_memo};

use super::compare::Compare;
use super::table::Outcome;
use crate::components::evaluation::setup::Setup;
use crate::components::icons::{Picture, icon};
use crate::components::run::{RunView, run_failure, run_view};
use crate::controller::Controller;
use crate::format::share;
use crate::state::{
    Action, Ensemble, EvaluationAction, EvaluationRequest, Evaluations, Robustness, RobustnessAction, RobustnessRun,
    RunAction, State,
};
use crate::text::{evaluation as words, robustness as text};
use mien_core::vision::corruption::{Family, SEVERITIES};
use mien_protocol::{DatasetSummary, NetworkEntry, NetworkId};

/// The complete view of the robustness tests on a set, which need the engine to be `ready`.
pub fn robustness_tests(
    state: &State,
    set: Option<&Rc<DatasetSummary>>,
    ready: bool,
    page_dispatch: &Callback<Action>,
) -> Html {
    let evaluations = &state.evaluations;
    let tests = &evaluations.robustness;
    let dispatch = page_dispatch.reform(|action| Action::Evaluation(EvaluationAction::Robustness(action)));
    html! {
        <>
            if let Some(set) = set {
                <Setup
                    datasets={state.datasets.clone()}
                    set={Rc::clone(set)}
                    selection={evaluations.selection}
                    ensemble={evaluations.ensemble.clone()}
                    networks={Rc::clone(&state.training.networks)}
                    active={state.training.active}
                    {ready}
                    other={true}
                    dispatch={page_dispatch.clone()}
                >
                    <Start
                        set={Rc::clone(set)}
                        networks={Rc::clone(&state.training.networks)}
                        active={state.training.active}
                        evaluations={evaluations.clone()}
                        {ready}
                        dispatch={dispatch.clone()}
                    />
                </Setup>
            }
            if !tests.runs.is_empty() || tests.removed.is_some() {
                { runs(tests, &dispatch) }
            }
            if let Some(run) = tests.shown() {
                <Outcome key={run.id} run={Rc::clone(run)} metric={tests.metric} dispatch={dispatch.clone()} />
            }
            if tests.runs.len() > 1 {
                <Compare tests={tests.clone()} {dispatch} />
            }
        </>
    }
}

#[derive(PartialEq, Properties)]
struct StartProps {
    set: Rc<DatasetSummary>,
    networks: Rc<Vec<NetworkEntry>>,
    active: NetworkId,
    evaluations: Evaluations,
    ready: bool,
    dispatch: Callback<RobustnessAction>,
}

/// Selects the corruptions, and starts the test or shows its progress.
#[component]
fn Start(props: &StartProps) -> Html {
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let (tests, selection) = (&props.evaluations.robustness, props.evaluations.selection);
    let samples = use_memo((Rc::clone(&props.set), selection), |(set, selection)| selection.samples(set));
    let corruptions = tests.corruptions();
    let predictions = samples.len() * (1 + corruptions.len() * SEVERITIES);
    let start = {
        let (set, samples, corruptions) = (Rc::clone(&props.set), Rc::clone(&samples), corruptions.clone());
        let controller = controller.clone();
        let (networks, active) = (Rc::clone(&props.networks), props.active);
        Callback::from(move |_| {
            let split = words::selection(&selection, &set, samples.len());
            let ensemble = Ensemble::default(); // the active network alone
            let title = words::title(&networks, &ensemble, active, &split);
            let request = EvaluationRequest { set: Rc::clone(&set), samples: samples.to_vec(), split, ensemble, title };
            controller.robustness.start(Rc::new(request), corruptions.clone());
        })
    };
    let hint: String = if samples.is_empty() {
        words::NONE_SELECTED.into()
    } else if corruptions.is_empty() {
        text::NO_FAMILY.into()
    } else if props.ready {
        text::predictions(predictions, tests.runs.last().map(|run| &run.outcome))
    } else {
        words::NOT_READY.into()
    };
    let view = RunView {
        name: "robustness",
        run: &tests.current,
        label: text::PROGRESS,
        said: &text::progress,
        cancel: |controller, run| controller.robustness.cancel(run),
        failed: run_failure,
        on_dismiss: Some(props.dispatch.reform(|()| RobustnessAction::Run(RunAction::Dismiss))),
        start: html! {
            <div class="tools">
                <button
                    type="button"
                    class="button primary"
                    data-testid="robustness-start"
                    disabled={samples.is_empty() || corruptions.is_empty() || !props.ready}
                    onclick={start}
                >
                    { icon(Picture::Play) }{ text::start(samples.len()) }
                </button>
                <p class="hint">{ hint }</p>
            </div>
        },
    };
    html! {
        <>
            <fieldset class="families">
                <legend class="field-name">{ text::FAMILIES }</legend>
                for family in Family::ALL {
                    { choice(family, !tests.excluded.contains(&family), &props.dispatch) }
                }
            </fieldset>
            { run_view(view, &controller) }
        </>
    }
}

fn choice(family: Family, wanted: bool, dispatch: &Callback<RobustnessAction>) -> Html {
    let onchange = dispatch.reform(move |event: yew::Event| {
        let wanted = event.target_dyn_into::<HtmlInputElement>().is_some_and(|input| input.checked());
        RobustnessAction::Include(family, wanted)
    });
    html! {
        <label class="check" title={text::family_hint(family)}>
            <input type="checkbox" data-testid="robustness-family" value={family.name()} checked={wanted} {onchange} />
            { text::family(family) }
        </label>
    }
}

/// The list of finished runs.
fn runs(tests: &Robustness, dispatch: &Callback<RobustnessAction>) -> Html {
    html! {
        <section class="runs no-print" aria-labelledby="robustness-runs">
            <h2 id="robustness-runs">{ words::RUNS }</h2>
            <ul>
                { for tests.runs.iter().map(|run| row(run, tests.shown == Some(run.id), dispatch)) }
            </ul>
            if let Some((_, removed)) = &tests.removed {
                <p class="undo" role="status">
                    { words::removed(&text::run(removed)) }
                    <button
                        type="button"
                        class="button"
                        data-testid="robustness-restore"
                        onclick={dispatch.reform(|_| RobustnessAction::Restore)}
                    >
                        { words::UNDO }
                    </button>
                </p>
            }
        </section>
    }
}

fn row(run: &Rc<RobustnessRun>, shown: bool, dispatch: &Callback<RobustnessAction>) -> Html {
    let id = run.id;
    let remove = words::remove(&text::run(run));
    html! {
        <li class="run" key={id} data-testid="robustness-run">
            <button
                type="button"
                class="run-show"
                aria-pressed={shown.to_string()}
                onclick={dispatch.reform(move |_| RobustnessAction::Show(id))}
            >
                <span class="run-name">{ text::run(run) }</span>
                <span class="run-accuracy">{ share(text::mean(&run.outcome)) }</span>
                <span class="run-facts">{ text::run_facts(run) }</span>
            </button>
            <button
                type="button"
                class="button bare"
                title={remove.clone()}
                aria-label={remove}
                onclick={dispatch.reform(move |_| RobustnessAction::Remove(id))}
            >
                { icon(Picture::Trash) }
            </button>
        </li>
    }
}
