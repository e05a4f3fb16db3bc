//! The confusion matrix as a table, and the shades of a table's cells.

use yew::{Html, classes, html};

use crate::format::grouped;
use crate::language::Text;
use crate::text::{self, evaluation as words};
use mien_core::evaluation::ConfusionMatrix;
use mien_core::expression::Expression;

/// The CSS classes for the shades of a cell.
const SHADES: [&str; 11] = [
    "shade-0", "shade-1", "shade-2", "shade-3", "shade-4", "shade-5", "shade-6", "shade-7", "shade-8", "shade-9",
    "shade-10",
];

/// The shade of a fraction: by its square root, so that small error rates remain visible.
pub fn shade(share: f64) -> &'static str {
    let level = (share.clamp(0.0, 1.0).sqrt() * 10.0).round() as usize;
    SHADES.get(level).copied().unwrap_or_default()
}

/// The CSS class for a difference where higher is better.
pub fn better(difference: f64) -> &'static str {
    if difference > 0.0 {
        "better"
    } else if difference < 0.0 {
        "worse"
    } else {
        ""
    }
}

/// A row for each label, which is named by `rows`, and a column for each predicted class; `cell` returns the `td` element for a
/// label and a predicted class. If `sums` is given, its row and column totals are added.
pub fn confusion(
    class: &'static str,
    caption: Html,
    rows: Text,
    sums: Option<&ConfusionMatrix>,
    cell: &dyn Fn(Expression, Expression) -> Html,
) -> Html {
    let sum = |count: u64| html! { <td class="sum">{ grouped(count as usize) }</td> };
    let column = |matrix: &ConfusionMatrix, predicted| {
        sum(Expression::ALL.into_iter().map(|actual| matrix.cell(actual, predicted)).sum())
    };
    html! {
        <table {class}>
            { caption }
            <thead>
                <tr>
                    <td class="corner"></td>
                    <th class="axis" colspan="7" scope="colgroup">{ words::PREDICTED }</th>
                    if sums.is_some() {
                        <td></td>
                    }
                </tr>
                <tr>
                    <th class="axis" scope="col">{ rows }</th>
                    for predicted in Expression::ALL {
                        <th scope="col">{ text::expression(predicted) }</th>
                    }
                    if sums.is_some() {
                        <th scope="col" class="sum">{ words::ALL }</th>
                    }
                </tr>
            </thead>
            <tbody>
                for actual in Expression::ALL {
                    <tr>
                        <th scope="row">{ text::expression(actual) }</th>
                        for predicted in Expression::ALL {
                            { cell(actual, predicted) }
                        }
                        if let Some(matrix) = sums {
                            { sum(matrix.class(actual).support) }
                        }
                    </tr>
                }
            </tbody>
            if let Some(matrix) = sums {
                <tfoot>
                    <tr>
                        <th scope="row" class="sum">{ words::ALL }</th>
                        for predicted in Expression::ALL {
                            { column(matrix, predicted) }
                        }
                        { sum(matrix.samples()) }
                    </tr>
                </tfoot>
            }
        </table>
    }
}

/// A confusion matrix that only shows its counts, each shaded by its share of the label's.
pub fn counts(caption: Html, matrix: &ConfusionMatrix, with_sums: bool) -> Html {
    let cell = |actual: Expression, predicted: Expression| {
        let class = classes!(shade(matrix.share_of_row(actual, predicted)), (actual == predicted).then_some("right"));
        let count = matrix.cell(actual, predicted);
        html! {
            <td {class} data-actual={actual.name()} data-predicted={predicted.name()} data-count={count.to_string()}>
                { grouped(count as usize) }
            </td>
        }
    };
    confusion("matrix numbers", caption, words::LABEL, with_sums.then_some(matrix), &cell)
}

#[cfg(test)]
mod tests {
    use super::{better, shade};

    #[test]
    fn shades_distinguish_small_shares_and_stay_in_range() {
        assert_eq!([0.0, 0.01, 0.04, 0.25, 1.0].map(shade), ["shade-0", "shade-1", "shade-2", "shade-5", "shade-10"]);
        assert_eq!([-1.0, 2.0, f64::INFINITY].map(shade), ["shade-0", "shade-10", "shade-10"]);
        assert_eq!(shade(f64::NAN), "shade-0", "an undefined share is not shaded");
    }

    #[test]
    fn only_a_difference_is_better_or_worse() {
        assert_eq!([0.1, -0.1, 0.0, f64::NAN].map(better), ["better", "worse", "", ""]);
    }
}
