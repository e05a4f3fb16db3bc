//! The result of a run.

use std::rc::Rc;

use yew::{Callback, Html, Properties, component, html, use_context};

use super::calibration::Calibration;
use super::classes::Classes;
use super::curves::Curves;
use super::gallery::Gallery;
use super::groups::Groups;
use super::matrix::Matrix;
use super::metrics::metrics;
use crate::components::icons::{Picture, icon};
use crate::components::{Message, message};
use crate::controller::{Controller, ReportFormat};
use crate::language::Text;
use crate::state::{Action, EvaluationRun, Explain, GalleryState};
use crate::text::evaluation as text;
use mien_core::dataset::LabelOrder;
use mien_core::evaluation::figures::Cells;
use mien_protocol::DatasetId;

/// Export formats: the format, its test id, name and description.
const EXPORT_FORMATS: [(ReportFormat, &str, Text, Text); 4] = [
    (ReportFormat::Json, "report-json", text::JSON, text::JSON_HINT),
    (ReportFormat::Csv, "report-csv", text::CSV, text::CSV_HINT),
    (ReportFormat::Html, "report-html", text::HTML, text::HTML_HINT),
    (ReportFormat::Predictions, "report-predictions", text::PREDICTIONS, text::PREDICTIONS_HINT),
];

#[derive(PartialEq, Properties)]
pub struct ResultViewProps {
    /// The run.
    pub run: Rc<EvaluationRun>,
    /// What the cells of the matrix show.
    pub cells: Cells,
    /// The images of a cell.
    pub gallery: Option<GalleryState>,
    /// The dataset with the run's images, if it is still loaded.
    pub source: Option<DatasetId>,
    /// Explanations.
    pub explain: Explain,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// The complete result of a run.
#[component]
pub fn ResultView(props: &ResultViewProps) -> Html {
    let run = &props.run;
    let controller = use_context::<Controller>();
    html! {
        <article class="result" aria-labelledby="result" data-testid="result">
            <header class="result-head">
                <h2 id="result">{ &run.name }</h2>
                { take_away(run, controller.clone()) }
                <dl class="result-facts">
                    for (term, value) in text::facts(run) {
                        <div><dt>{ term }</dt><dd>{ value }</dd></div>
                    }
                </dl>
            </header>
            if let Some((what, remedy, order)) = text::reordered(&run.evaluation.report, &run.set.notes) {
                {
                    message(Message {
                        more: read_again(order, props.source, controller),
                        ..Message::status("labels-reordered", what, remedy)
                    })
                }
            }
            { metrics(run) }
            <div class="matrix-and-images">
                <Matrix
                    run={Rc::clone(run)}
                    cells={props.cells}
                    looked_at={props.gallery.as_ref().map(|gallery| gallery.cell)}
                    dispatch={props.dispatch.clone()}
                />
                if let Some(gallery) = &props.gallery {
                    <Gallery
                        run={Rc::clone(run)}
                        gallery={gallery.clone()}
                        source={props.source}
                        explain={props.explain.clone()}
                        dispatch={props.dispatch.clone()}
                    />
                }
            </div>
            <Classes run={Rc::clone(run)} />
            <Curves run={Rc::clone(run)} />
            <Calibration run={Rc::clone(run)} />
            <Groups run={Rc::clone(run)} source={props.source} />
        </article>
    }
}

/// The button that reads a set from this visit's files in the order that fits.
fn read_again(order: Option<LabelOrder>, set: Option<DatasetId>, controller: Option<Controller>) -> Html {
    let (Some(order), Some(set), Some(controller)) = (order, set, controller) else { return Html::default() };
    if !controller.dataset.is_from_files(set) {
        return Html::default();
    }
    let label = text::order_read_again(&order);
    let onclick = Callback::from(move |_| controller.dataset.read_again_in(set, order.clone()));
    html! { <button type="button" class="button" data-testid="reordered-read-again" {onclick}>{ label }</button> }
}

fn take_away(run: &Rc<EvaluationRun>, controller: Option<Controller>) -> Html {
    let Some(controller) = controller else { return Html::default() };
    let save = |format| {
        let (controller, run) = (controller.clone(), Rc::clone(run));
        Callback::from(move |_| controller.documents.save_evaluation(&run, format))
    };
    let print = {
        let controller = controller.clone();
        Callback::from(move |_| controller.exports.print())
    };
    html! {
        <div class="tools no-print" role="group" aria-label={text::EXPORT}>
            for (format, testid, name, hint) in EXPORT_FORMATS {
                <button type="button" class="button" data-testid={testid} title={hint} onclick={save(format)}>
                    { icon(Picture::Download) }{ name }
                </button>
            }
            <button type="button" class="button" data-testid="report-print" onclick={print}>
                { icon(Picture::Printer) }{ text::PRINT }
            </button>
        </div>
    }
}
