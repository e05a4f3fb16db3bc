//! The result of a run: table, heatmap and curves.

use std::rc::Rc;

use yew::{AttrValue, Callback, Html, Properties, component, html, use_context, use_memo};

use super::drawings;
use crate::components::evaluation::figure::{CopyButton, figure};
use crate::components::icons::{Picture, icon};
use crate::components::table::shade;
use crate::controller::Controller;
use crate::state::{RobustnessAction, RobustnessRun, TableMetric};
use crate::text::{evaluation as words, robustness as text};
use mien_core::number::fixed;
use mien_core::vision::corruption::{Family, SEVERITIES};
use mien_protocol::RobustnessOutcome;

#[derive(PartialEq, Properties)]
pub struct OutcomeProps {
    /// The run.
    pub run: Rc<RobustnessRun>,
    /// What the table shows.
    pub metric: TableMetric,
    /// Receives user actions.
    pub dispatch: Callback<RobustnessAction>,
}

/// The result of a run.
#[component]
pub fn Outcome(props: &OutcomeProps) -> Html {
    let controller = use_context::<Controller>();
    let outcome = &props.run.outcome;
    let drawings = use_memo(Rc::clone(&props.run), |run| {
        let curves = Family::ALL.into_iter().filter_map(|family| drawings::curves(&run.outcome, family));
        (curves.map(AttrValue::from).collect::<Vec<_>>(), AttrValue::from(drawings::heat(&run.outcome)))
    });
    let Some(controller) = controller else { return Html::default() };
    let save = |json: bool| {
        let (controller, run) = (controller.clone(), Rc::clone(&props.run));
        let text = move || if json { run.outcome.json.clone() } else { run.outcome.csv.clone() };
        Callback::from(move |_| controller.robustness.save_report(&text(), json))
    };
    let print = {
        let controller = controller.clone();
        Callback::from(move |_| controller.exports.print())
    };
    let copy = {
        let run = Rc::clone(&props.run);
        Callback::from(move |()| run.outcome.text.clone())
    };
    html! {
        <article
            class="result"
            aria-labelledby="robustness"
            data-testid="robustness"
            data-accuracy={fixed(text::clean(outcome), 8)}
            data-mean={fixed(text::mean(outcome), 8)}
        >
            <header class="result-head">
                <h2 id="robustness">{ text::run(&props.run) }</h2>
                <div class="tools no-print" role="group" aria-label={words::EXPORT}>
                    <button type="button" class="button" data-testid="robustness-json" title={text::JSON_HINT} onclick={save(true)}>
                        { icon(Picture::Download) }{ "JSON" }
                    </button>
                    <button type="button" class="button" data-testid="robustness-csv" title={words::CSV_HINT} onclick={save(false)}>
                        { icon(Picture::Download) }{ "CSV" }
                    </button>
                    <button type="button" class="button" onclick={print}>
                        { icon(Picture::Printer) }{ words::PRINT }
                    </button>
                </div>
                <dl class="result-facts">
                    for (term, value) in text::facts(&props.run) {
                        <div><dt>{ term }</dt><dd>{ value }</dd></div>
                    }
                </dl>
            </header>
            <section aria-labelledby="robustness-table">
                <div class="section-head">
                    <h3 id="robustness-table">{ text::TABLE }</h3>
                    { metrics(props) }
                </div>
                <ul class="findings plain">
                    for finding in text::findings(outcome) {
                        <li>{ finding }</li>
                    }
                </ul>
                <p class="hint">{ text::TABLE_HOW }</p>
                <div class="scroll" tabindex="0" role="group" aria-labelledby="robustness-table">{ table(outcome, props.metric) }</div>
                <div class="tools small no-print"><CopyButton text={copy} /></div>
            </section>
            <section aria-labelledby="robustness-curves">
                <h3 id="robustness-curves">{ text::CURVES }</h3>
                <div class="drawings">
                    for svg in drawings.0.iter() {
                        { figure(svg, "robustness-curve", text::CURVE_HOW) }
                    }
                    { figure(&drawings.1, "robustness-heat", text::HEATMAP_HOW) }
                </div>
            </section>
        </article>
    }
}

fn metrics(props: &OutcomeProps) -> Html {
    html! {
        <div class="segments no-print" role="group" aria-label={text::TABLE_METRICS}>
            for metric in TableMetric::ALL {
                <button
                    type="button"
                    class="button"
                    aria-pressed={(metric == props.metric).to_string()}
                    onclick={props.dispatch.reform(move |_| RobustnessAction::Metric(metric))}
                >
                    { text::metric(metric) }
                </button>
            }
        </div>
    }
}

/// A table with corruptions as rows and severities as columns, shaded like a heatmap.
fn table(outcome: &RobustnessOutcome, metric: TableMetric) -> Html {
    let shown = |row: &[f64]| -> Vec<f64> {
        match metric {
            TableMetric::Drop => row.iter().map(|value| row[0] - value).collect(),
            _ => row.to_vec(),
        }
    };
    let rows = if metric == TableMetric::MacroF1 { &outcome.macro_f1s } else { &outcome.accuracies };
    let cell = |value: f64, attributes: (usize, usize), title: Option<String>| {
        let class = if metric == TableMetric::Drop { shade(value.max(0.0)) } else { shade(value * value) };
        html! {
            <td
                {class}
                {title}
                data-row={attributes.0.to_string()}
                data-severity={attributes.1.to_string()}
                data-value={fixed(value, 8)}
            >
                { text::value(value, metric) }
            </td>
        }
    };
    let means: Vec<f64> = (0..=SEVERITIES)
        .map(|severity| rows.iter().map(|row| row[severity]).sum::<f64>() / rows.len().max(1) as f64)
        .collect();
    let corrupted_mean = |row: &[f64]| row[1..].iter().sum::<f64>() / SEVERITIES as f64;
    html! {
        <table class="matrix heat" data-testid="robustness-matrix">
            <caption class="visually-hidden">{ text::metric(metric) }</caption>
            <thead>
                <tr>
                    <th class="axis" scope="col">{ text::CORRUPTION_COLUMN }</th>
                    <th scope="col">{ text::CLEAN }</th>
                    for severity in 1..=SEVERITIES {
                        <th scope="col">{ severity }</th>
                    }
                    <th scope="col" class="sum">{ text::MEAN }</th>
                </tr>
            </thead>
            <tbody>
                for (index, (corruption, row)) in outcome.corruptions.iter().zip(rows).enumerate() {
                    <tr data-corruption={corruption.name()}>
                        <th scope="row" title={text::corruption_hint(*corruption)}>{ text::corruption(*corruption) }</th>
                        for (severity, value) in shown(row).into_iter().enumerate() {
                            { cell(value, (index, severity), (severity > 0).then(|| text::parameter(*corruption, severity as f32))) }
                        }
                        <td class="sum">{ text::value(corrupted_mean(&shown(row)), metric) }</td>
                    </tr>
                }
            </tbody>
            <tfoot>
                <tr>
                    <th scope="row" class="sum">{ text::MEAN }</th>
                    for value in shown(&means) {
                        <td class="sum">{ text::value(value, metric) }</td>
                    }
                    <td class="sum">{ text::value(corrupted_mean(&shown(&means)), metric) }</td>
                </tr>
            </tfoot>
        </table>
    }
}
