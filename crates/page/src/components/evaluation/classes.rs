//! The table of per-class metrics.

use std::rc::Rc;

use yew::{Callback, Html, Properties, component, html, use_state};

use super::figure::CopyButton;
use crate::components::icons::{Picture, icon};
use crate::language::Text;
use crate::sort::sort_short;
use crate::state::EvaluationRun;
use crate::text::{self as words, evaluation as text};
use mien_core::evaluation::{ClassReport, Report, text as tables};
use mien_core::expression::Expression;

/// A column: its name, its description, the value for a class, and whether it is a count.
type Column = (Text, Text, fn(&ClassReport) -> Option<f64>, bool);

const COLUMNS: [Column; 10] = [
    (text::COLUMN_PRECISION, text::PRECISION, |class| of(predicted(class), class.precision), false),
    (text::COLUMN_RECALL, text::RECALL, |class| of(class.support, class.recall), false),
    (text::COLUMN_F1, text::F1, |class| of(class.support + predicted(class), class.f1), false),
    (text::COLUMN_SUPPORT, text::SUPPORT, |class| Some(class.support as f64), true),
    (text::COLUMN_TP, text::TRUE_POSITIVES, |class| Some(class.true_positives as f64), true),
    (text::COLUMN_FP, text::FALSE_POSITIVES, |class| Some(class.false_positives as f64), true),
    (text::COLUMN_FN, text::FALSE_NEGATIVES, |class| Some(class.false_negatives as f64), true),
    (text::COLUMN_TN, text::TRUE_NEGATIVES, |class| Some(class.true_negatives as f64), true),
    (
        text::COLUMN_AVERAGE_PRECISION,
        text::AVERAGE_PRECISION,
        |class| of(class.support, class.average_precision),
        false,
    ),
    (text::COLUMN_ROC_AUC, text::ROC_AUC, |class| class.roc_auc, false),
];

/// The number of images that were predicted as a class.
const fn predicted(class: &ClassReport) -> u64 {
    class.true_positives + class.false_positives
}

/// A share of so many images; undefined where there are none, for which the report has 0.
fn of(images: u64, share: f64) -> Option<f64> {
    (images > 0).then_some(share)
}

#[derive(PartialEq, Properties)]
pub struct ClassesProps {
    /// The run.
    pub run: Rc<EvaluationRun>,
}

/// The per-class metrics, sortable by any column.
#[component]
pub fn Classes(props: &ClassesProps) -> Html {
    let order = use_state(|| None::<(usize, bool)>);
    let report = &props.run.evaluation.report;
    let copy = {
        let run = Rc::clone(&props.run);
        Callback::from(move |()| tables::classes(&run.evaluation.report))
    };
    let header = |(index, (name, meaning, ..)): (usize, &Column)| {
        let sorted = order.filter(|(column, _)| *column == index).map(|(_, rising)| rising);
        let direction = sorted.map(|rising| if rising { "ascending" } else { "descending" });
        let onclick = {
            let order = order.clone();
            // Largest first, then smallest first, then in the classes' own order.
            let next = match sorted {
                None => Some((index, false)),
                Some(false) => Some((index, true)),
                Some(true) => None,
            };
            Callback::from(move |_| order.set(next))
        };
        html! {
            <th scope="col" aria-sort={direction}>
                <button type="button" title={*meaning} {onclick}>
                    { *name }
                    if let Some(rising) = sorted {
                        { icon(if rising { Picture::Up } else { Picture::Down }) }
                    }
                </button>
            </th>
        }
    };
    html! {
        <section class="classes-section" aria-labelledby="classes">
            <div class="section-head">
                <h3 id="classes">{ text::CLASSES }</h3>
                <CopyButton text={copy} />
            </div>
            <div class="scroll" tabindex="0" role="group" aria-labelledby="classes">
                <table class="figures-table" data-testid="class-table">
                    <thead>
                        <tr>
                            <th scope="col">{ text::CLASS }</th>
                            { for COLUMNS.iter().enumerate().map(header) }
                        </tr>
                    </thead>
                    <tbody>
                        for class in sorted(report, *order) {
                            { row(report, class) }
                        }
                    </tbody>
                </table>
            </div>
            <details class="legend">
                <summary>{ text::COLUMNS_MEAN }</summary>
                <dl>
                    for (name, meaning, ..) in COLUMNS {
                        <div><dt>{ name }</dt><dd>{ meaning }</dd></div>
                    }
                </dl>
            </details>
        </section>
    }
}

fn sorted(report: &Report, order: Option<(usize, bool)>) -> Vec<Expression> {
    let mut classes = Expression::ALL.to_vec();
    if let Some((column, rising)) = order {
        let value = |class: &Expression| {
            let (_, _, value, _) = COLUMNS.get(column)?;
            value(report.classes.get(class.index())?)
        };
        sort_short(&mut classes, |a, b| {
            let (a, b) = (value(a).unwrap_or(-1.0), value(b).unwrap_or(-1.0));
            if rising { a.total_cmp(&b) } else { b.total_cmp(&a) }
        });
    }
    classes
}

fn row(report: &Report, class: Expression) -> Html {
    let Some(scores) = report.classes.get(class.index()) else { return Html::default() };
    html! {
        <tr key={class.name()} data-class={class.name()}>
            <th scope="row">{ words::expression(class) }</th>
            for (_, _, value, is_count) in COLUMNS {
                <td>
                    { if is_count { text::count(value(scores).unwrap_or_default() as usize) } else { text::number(value(scores)) } }
                </td>
            }
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{evaluation, predictions};

    #[test]
    fn classes_are_sorted_by_a_column_and_else_in_their_own_order() {
        let report = evaluation(&predictions(&[
            (0, Expression::Happy, Expression::Happy, 0.9),
            (1, Expression::Happy, Expression::Happy, 0.9),
            (2, Expression::Sad, Expression::Happy, 0.9),
        ]))
        .report;
        assert_eq!(sorted(&report, None), Expression::ALL);
        let support = COLUMNS.iter().position(|(name, ..)| *name == text::COLUMN_SUPPORT).unwrap();
        assert_eq!(sorted(&report, Some((support, false)))[..2], [Expression::Happy, Expression::Sad]);
        assert_eq!(sorted(&report, Some((support, true)))[5..], [Expression::Sad, Expression::Happy]);
        let auc = COLUMNS.len() - 1;
        assert_eq!(sorted(&report, Some((auc, true)))[0], Expression::Angry, "undefined values come first");
        assert_eq!(sorted(&report, Some((99, true))), Expression::ALL);
    }

    #[test]
    fn what_no_image_defines_has_no_value() {
        let report = evaluation(&predictions(&[
            (0, Expression::Happy, Expression::Happy, 0.9),
            (1, Expression::Happy, Expression::Sad, 0.9),
        ]))
        .report;
        let values = |class: Expression| {
            let shares = COLUMNS.iter().filter(|(name, _, _, is_count)| !is_count && *name != text::COLUMN_ROC_AUC);
            shares.map(|(_, _, value, _)| value(&report.classes[class.index()])).collect::<Vec<_>>()
        };
        // precision, recall, F1, average precision
        assert!(values(Expression::Happy).iter().all(Option::is_some));
        assert_eq!(values(Expression::Sad), [Some(0.0), None, Some(0.0), None], "predicted, but there is no image");
        assert_eq!(values(Expression::Fear), [None; 4]);
    }
}
