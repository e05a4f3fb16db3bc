//! The reliability diagram.

use std::rc::Rc;

use yew::{AttrValue, Html, Properties, component, html, use_memo};

use super::figure::figure;
use crate::format::fixed;
use crate::state::EvaluationRun;
use crate::text::evaluation as text;
use mien_core::evaluation::{BINS, Report, figures};
use mien_core::plot::{Axis, Chart};

#[derive(PartialEq, Properties)]
pub struct CalibrationProps {
    /// The run.
    pub run: Rc<EvaluationRun>,
}

/// The calibration result: a sentence, the reliability diagram, and its values as a table.
#[component]
pub fn Calibration(props: &CalibrationProps) -> Html {
    let svg = use_memo(Rc::clone(&props.run), |run| AttrValue::from(diagram(&run.evaluation.report)));
    let report = &props.run.evaluation.report;
    let bins = report.calibration.iter().enumerate().filter(|(_, bin)| bin.count > 0);
    html! {
        <section class="calibration" aria-labelledby="calibration">
            <h3 id="calibration">{ text::CALIBRATION }</h3>
            <p>{ text::calibration(report) }</p>
            <div class="calibration-parts">
            { figure(&svg, "reliability", text::CALIBRATION_HOW) }
            <details class="legend" open={true}>
                <summary>{ text::CALIBRATION_VALUES }</summary>
                <div class="scroll" tabindex="0" role="group" aria-label={text::CALIBRATION_VALUES}>
                    <table class="figures-table">
                        <thead>
                            <tr>
                                for name in text::CALIBRATION_COLUMNS {
                                    <th scope="col">{ name }</th>
                                }
                            </tr>
                        </thead>
                        <tbody>
                            for (index, bin) in bins {
                                <tr>
                                    <th scope="row">{ text::range(index, BINS) }</th>
                                    <td>{ text::count(bin.count as usize) }</td>
                                    <td>{ text::share(bin.confidence) }</td>
                                    <td>{ text::share(bin.accuracy) }</td>
                                </tr>
                            }
                        </tbody>
                    </table>
                </div>
            </details>
            </div>
        </section>
    }
}

fn diagram(report: &Report) -> String {
    Chart {
        title: &text::CALIBRATION,
        description: &text::calibration(report),
        x: Axis { label: &text::CONFIDENCE, from: 0.0, to: 1.0 },
        y: Axis { label: &text::METRIC_ACCURACY, from: 0.0, to: 1.0 },
        diagonal: true,
        intervals: figures::bins(report),
        lines: Vec::new(),
        number: fixed,
    }
    .svg()
}
