//! Precision-recall and ROC curves.

use std::rc::Rc;

use web_sys::HtmlSelectElement;
use yew::{AttrValue, Callback, Html, Properties, TargetCast, component, html, use_memo, use_state};

use super::figure::figure;
use crate::format::fixed;
use crate::language::Text;
use crate::state::EvaluationRun;
use crate::text::{self as words, evaluation as text};
use mien_core::evaluation::{ClassCurves, Evaluation};
use mien_core::expression::Expression;
use mien_core::plot::{Axis, Chart, Line};

/// Recall values at which the precision is listed.
const RECALLS: [f32; 3] = [0.25, 0.5, 0.75];
/// False positive rates at which the true positive rate is listed.
const RATES: [f32; 3] = [0.01, 0.05, 0.2];

#[derive(PartialEq, Properties)]
pub struct CurvesProps {
    /// The run.
    pub run: Rc<EvaluationRun>,
}

/// The curves of all classes or of one, and their values as a table.
#[component]
pub fn Curves(props: &CurvesProps) -> Html {
    let class = use_state(|| None::<Expression>);
    let drawings = use_memo((Rc::clone(&props.run), *class), |(run, class)| {
        let drawings = [precision_recall(&run.evaluation, *class), roc(&run.evaluation, *class)];
        drawings.map(AttrValue::from)
    });
    let onchange = {
        let class = class.clone();
        Callback::from(move |event: yew::Event| {
            let index = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.selected_index());
            let index = index.and_then(|index| usize::try_from(index).ok()).unwrap_or_default();
            class.set(index.checked_sub(1).and_then(Expression::from_index));
        })
    };
    let [precision_recall, roc] = &*drawings;
    html! {
        <section class="curves" aria-labelledby="curves">
            <div class="section-head">
                <h3 id="curves">{ text::CURVES }</h3>
                <select class="select no-print" data-testid="curve-class" aria-label={text::CURVES_OF} {onchange}>
                    <option selected={class.is_none()}>{ text::ALL_CLASSES }</option>
                    for each in Expression::ALL {
                        <option selected={*class == Some(each)}>{ words::expression(each) }</option>
                    }
                </select>
            </div>
            <div class="drawings">
                { figure(precision_recall, "precision-recall", text::PRECISION_RECALL_HOW) }
                { figure(roc, "roc", text::ROC_HOW) }
            </div>
            <details class="legend">
                <summary>{ text::CURVE_VALUES }</summary>
                { values(&props.run.evaluation) }
            </details>
        </section>
    }
}

fn values(evaluation: &Evaluation) -> Html {
    let row = |(class, curves): (Expression, &ClassCurves)| {
        let precision = RECALLS.map(|recall| precision_at(&curves.precision_recall, recall));
        let found = RATES.map(|rate| rate_at(&curves.roc, rate));
        let number = |value: Option<f32>| html! { <td>{ text::number(value.map(f64::from)) }</td> };
        html! {
            <tr>
                <th scope="row">{ words::expression(class) }</th>
                <td>{ text::number(Some(curves.average_precision)) }</td>
                { for precision.into_iter().map(number) }
                <td>{ text::number(curves.roc_auc) }</td>
                { for found.into_iter().map(number) }
            </tr>
        }
    };
    html! {
        <div class="scroll" tabindex="0" role="group" aria-label={text::CURVE_VALUES}>
            <table class="figures-table">
                <thead>
                    <tr>
                        <th scope="col">{ text::CLASS }</th>
                        <th scope="col">{ text::COLUMN_AVERAGE_PRECISION }</th>
                        for recall in RECALLS {
                            <th scope="col">{ text::precision_at(recall) }</th>
                        }
                        <th scope="col">{ text::COLUMN_ROC_AUC }</th>
                        for rate in RATES {
                            <th scope="col">{ text::found_at(rate) }</th>
                        }
                    </tr>
                </thead>
                <tbody>{ for Expression::ALL.into_iter().zip(&evaluation.curves).map(row) }</tbody>
            </table>
        </div>
    }
}

/// The precision where the recall first reaches a value.
fn precision_at(points: &[[f32; 2]], recall: f32) -> Option<f32> {
    points.iter().find(|point| point[0] >= recall).map(|point| point[1])
}

/// The highest true positive rate with no more than that false positive rate.
fn rate_at(points: &[[f32; 2]], rate: f32) -> Option<f32> {
    points.iter().rfind(|point| point[0] <= rate).map(|point| point[1])
}

fn precision_recall(evaluation: &Evaluation, class: Option<Expression>) -> String {
    drawing(
        evaluation,
        class,
        |curves| (Some(curves.average_precision), curves.precision_recall.as_slice()),
        text::PRECISION_RECALL_AXES,
        true,
    )
}

fn roc(evaluation: &Evaluation, class: Option<Expression>) -> String {
    drawing(evaluation, class, |curves| (curves.roc_auc, curves.roc.as_slice()), text::ROC_AXES, false)
}

/// The area under a curve, if defined, and its points.
type Curve<'a> = (Option<f64>, &'a [[f32; 2]]);

/// The chart of one class or all classes, with the areas in the legend.
fn drawing(
    evaluation: &Evaluation,
    class: Option<Expression>,
    curve: fn(&ClassCurves) -> Curve<'_>,
    [title, x, y]: [Text; 3],
    steps: bool,
) -> String {
    // A class without a curve keeps its place, so that each has its colour.
    let line = |(class, curves)| {
        let (area, points) = curve(curves);
        Line { name: text::curve(class, area.filter(|_| !points.is_empty())), points, steps }
    };
    let classes = Expression::ALL.into_iter().zip(&evaluation.curves);
    let lines: Vec<Line<'_>> = classes.filter(|(each, _)| class.is_none_or(|class| class == *each)).map(line).collect();
    let names: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
    let axis = |label: Text| Axis { label: label.text(), from: 0.0, to: 1.0 };
    Chart {
        title: title.text(),
        description: &names.join(", "),
        x: axis(x),
        y: axis(y),
        diagonal: !steps,
        intervals: Vec::new(),
        lines,
        number: fixed,
    }
    .svg()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_take_the_first_point_that_reaches_a_recall() {
        let points = [[0.0, 1.0], [0.5, 0.9], [1.0, 0.3]];
        assert_eq!([0.0, 0.25, 0.5, 0.75].map(|recall| precision_at(&points, recall)), [1.0, 0.9, 0.9, 0.3].map(Some));
        assert_eq!(precision_at(&points[..2], 0.75), None, "it is never reached");
        assert_eq!(precision_at(&[], 0.5), None);
    }

    #[test]
    fn tables_take_the_last_point_within_a_false_positive_rate() {
        let points = [[0.0, 0.0], [0.0, 0.4], [0.1, 0.8], [1.0, 1.0]];
        assert_eq!([0.0, 0.05, 0.1, 0.2].map(|rate| rate_at(&points, rate)), [0.4, 0.4, 0.8, 0.8].map(Some));
        assert_eq!(rate_at(&[], 0.5), None);
    }
}
