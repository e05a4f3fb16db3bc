//! The measurement of this device's speed.

use yew::virtual_dom::{AttributeOrProperty, Attributes, VTag};
use yew::{Callback, Html, MouseEvent, html};

use super::icons::{Picture, icon};
use super::message::Message;
use super::run::{RunView, run_view};
use crate::controller::Controller;
use crate::language::say;
use crate::settings::Page;
use crate::state::{Comparison, EngineState, RunFailure, State};
use crate::text::{benchmark as text, evaluation as words};
use mien_core::number::fixed;
use mien_protocol::{Backend, BackendChoice, BenchmarkResult};

/// Starts the measurement or shows its progress, and shows the results.
pub fn benchmark(state: &State, controller: &Controller) -> Html {
    let benchmark = &state.benchmark;
    let on_click = |act: Box<dyn Fn(&Controller)>| {
        let controller = controller.clone();
        Callback::from(move |_: MouseEvent| act(&controller))
    };
    let ready = matches!(state.engine, EngineState::Ready { .. });
    let view = RunView {
        name: "benchmark",
        run: &benchmark.current,
        label: text::PROGRESS,
        said: &|progress| text::progress(benchmark.backend, progress),
        cancel: |controller, run| controller.benchmark.cancel(run),
        failed,
        on_dismiss: None,
        start: html! {
            <div class="tools">
                <button
                    type="button"
                    class="button primary"
                    data-testid="benchmark-start"
                    disabled={!ready}
                    onclick={on_click(Box::new(|controller| controller.benchmark.start()))}
                >
                    { icon(Picture::Play) }{ text::START }
                </button>
                if let Some(json) = benchmark.json.clone() {
                    <button
                        type="button"
                        class="button"
                        data-testid="benchmark-json"
                        title={text::JSON_HINT}
                        onclick={on_click(Box::new(move |controller| controller.benchmark.save(&json)))}
                    >
                        { icon(Picture::Download) }{ words::JSON }
                    </button>
                } else if !ready {
                    <p class="hint">{ words::NOT_READY }</p>
                } else if benchmark.results.is_empty() {
                    <p class="hint">{ text::EMPTY }</p>
                }
            </div>
        },
    };
    html! {
        <section id={Page::BENCHMARK}>
            <h2>{ text::TITLE }</h2>
            <p>{ text::LEAD }</p>
            { run_view(view, controller) }
            if !benchmark.results.is_empty() {
                { table(&benchmark.results) }
            }
            <div role="status">
                for (backend, reason) in &benchmark.unmeasured {
                    <p data-testid="benchmark-unmeasured" data-backend={backend.name()}>
                        { text::unmeasured(text::name(*backend), &say(reason)) }
                    </p>
                }
                for finding in text::findings(benchmark) {
                    <p>{ finding }</p>
                }
            </div>
            if let Some((backend, choice)) = better(state) {
                <button
                    type="button"
                    class="button"
                    data-testid="benchmark-use"
                    data-backend={backend.name()}
                    onclick={on_click(Box::new(move |controller| controller.choose_backend(choice)))}
                >
                    { text::switch_to(text::name(backend)) }
                </button>
            }
        </section>
    }
}

/// A backend that is faster for live recognition or for training, for which it is not in use, and how it is chosen.
fn better(state: &State) -> Option<(Backend, BackendChoice)> {
    let EngineState::Ready { backend, .. } = state.engine else { return None };
    let other = match backend {
        Backend::Cpu => (Backend::WebGpu, BackendChoice::WebGpu),
        Backend::WebGpu => (Backend::Cpu, BackendChoice::Cpu),
    };
    let is_faster = |found: Option<Comparison>| found.is_some_and(|found| found.fast == other.0);
    let trains_there = backend == Backend::Cpu && !state.trains_on_cpu();
    let gains =
        is_faster(state.benchmark.faster_live()) || (is_faster(state.benchmark.faster_training()) && !trains_there);
    gains.then_some(other)
}

/// Why a measurement ended without a result.
fn failed(failure: &RunFailure) -> Message {
    let detail = if let RunFailure::Failed(reason) = failure { Some(say(reason).into()) } else { None };
    Message { detail, ..Message::error("benchmark-failed", text::FAILED, words::END_LOST_DO) }
}

fn table(results: &[BenchmarkResult]) -> Html {
    html! {
        <>
            <div class="scroll" tabindex="0" role="group" aria-label={text::TABLE}>
                <table>
                    <thead><tr>{ for text::COLUMNS.map(|column| html! { <th scope="col">{ column }</th> }) }</tr></thead>
                    <tbody>
                        for result in results {
                            { row(result) }
                        }
                    </tbody>
                </table>
            </div>
            <p class="hint">{ text::TABLE_HOW }</p>
        </>
    }
}

/// A row, whose attributes have the figures. Their names, in which words begin with digits, cannot be written in `html!`.
fn row(result: &BenchmarkResult) -> Html {
    let time = |value: f64| fixed(value, 3);
    let times = &result.milliseconds;
    let values = [
        "benchmark-result".to_owned(),
        result.backend.name().to_owned(),
        time(times.infer_1),
        time(times.infer_32),
        time(times.train_32),
        time(times.detect),
        result.memory_bytes.to_string(),
    ];
    let mut row = VTag::new("tr");
    row.attributes = Attributes::Dynamic {
        keys: &[
            "data-testid",
            "data-backend",
            "data-infer-1-ms",
            "data-infer-32-ms",
            "data-train-32-ms",
            "data-detect-ms",
            "data-memory-bytes",
        ],
        values: Box::new(values.map(|value| Some(AttributeOrProperty::Attribute(value.into())))),
    };
    let [processor, cells @ ..] = text::row(result);
    row.add_child(html! {
        <>
            <th scope="row">{ processor }</th>
            for cell in cells {
                <td>{ cell }</td>
            }
        </>
    });
    row.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::benchmark as figures;
    use crate::settings::Theme;
    use mien_protocol::{BackendTimes, Measured};

    #[test]
    fn a_backend_is_offered_where_it_is_not_used_yet_but_faster() {
        // for one face the CPU is faster, for training the GPU
        let offered = |backend, measured| {
            let mut state = State::new(Page::About, None, Theme::System);
            state.engine = EngineState::Ready { backend, adapter: String::new(), fallback: None };
            state.measured = measured;
            state.benchmark.results = vec![figures(Backend::Cpu, 5.0, 900.0), figures(Backend::WebGpu, 12.0, 30.0)];
            better(&state).map(|(backend, _)| backend)
        };
        let live = BackendTimes { cpu: 5.0, gpu: 12.0 };
        let auto = |batches| Some(Measured { live, batches });
        assert_eq!(offered(Backend::Cpu, None), Some(Backend::WebGpu));
        assert_eq!(offered(Backend::WebGpu, None), Some(Backend::Cpu));
        assert_eq!(offered(Backend::Cpu, auto(None)), None, "the GPU is expected to train");
        assert_eq!(offered(Backend::Cpu, auto(Some(BackendTimes { cpu: 150.0, gpu: 31.0 }))), None);
        assert_eq!(offered(Backend::Cpu, auto(Some(live))), Some(Backend::WebGpu));
    }
}
