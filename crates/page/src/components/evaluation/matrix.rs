//! The confusion matrix.

use std::rc::Rc;

use gloo::utils::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::{
    AttrValue, Callback, Html, KeyboardEvent, Properties, TargetCast, classes, component, html, use_memo, use_state,
};

use super::figure::{CopyButton, SaveDrawing};
use crate::components::table::{confusion, shade};
use crate::state::{Action, Cell, EvaluationAction, EvaluationRun, GalleryAction};
use crate::text::{self as words, evaluation as text, labelled};
use mien_core::evaluation::figures::Cells;
use mien_core::evaluation::{ConfusionMatrix, text as tables};
use mien_core::expression::Expression;
use mien_core::plot;

const CELLS: [Cells; 4] = [Cells::Counts, Cells::Rows, Cells::Columns, Cells::Total];

#[derive(PartialEq, Properties)]
pub struct MatrixProps {
    /// The run.
    pub run: Rc<EvaluationRun>,
    /// What the cells show.
    pub cells: Cells,
    /// The cell whose images are shown.
    pub looked_at: Option<Cell>,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// The confusion matrix as a table of buttons with arrow-key navigation; one of them is in the tab order.
#[component]
pub fn Matrix(props: &MatrixProps) -> Html {
    let focus = use_state(|| Cell { actual: Expression::Angry, predicted: Expression::Angry });
    let svg = use_memo((Rc::clone(&props.run), props.cells), |(run, cells)| {
        AttrValue::from(drawing(&run.evaluation.report.confusion_matrix, *cells))
    });
    let matrix = props.run.evaluation.report.confusion_matrix;
    let copy = {
        let run = Rc::clone(&props.run);
        Callback::from(move |()| tables::matrix(&run.evaluation.report))
    };
    let onkeydown = {
        let focus = focus.clone();
        Callback::from(move |event: KeyboardEvent| {
            // on the frame around the cells, arrows scroll
            let on_cell = event.target_dyn_into::<Element>().is_some_and(|at| at.matches("button").unwrap_or_default());
            if let Some(cell) = neighbour(*focus, &event.key()).filter(|_| on_cell) {
                event.prevent_default();
                focus.set(cell);
                focus_cell(cell);
            }
        })
    };
    let cell = |actual, predicted| {
        let at = Cell { actual, predicted };
        let (run, dispatch, focus) = (Rc::clone(&props.run), props.dispatch.clone(), focus.clone());
        let tab = if *focus == at { "0" } else { "-1" };
        let onclick = Callback::from(move |_| {
            focus.set(at);
            dispatch.emit(Action::Evaluation(EvaluationAction::Gallery(GalleryAction::Show(Rc::clone(&run), at))));
        });
        matrix_cell(&matrix, props.cells, at, props.looked_at == Some(at), tab, onclick)
    };
    let caption =
        html! { <caption class="visually-hidden">{ labelled(text::MATRIX, text::cells(props.cells)) }</caption> };
    html! {
        <section class="matrix-section" aria-labelledby="matrix">
            <div class="section-head">
                <h3 id="matrix">{ text::MATRIX }</h3>
                { cells_choice(props) }
            </div>
            <p class="hint">{ text::MATRIX_HOW }<span class="no-print">{ " " }{ text::MATRIX_CLICK }</span></p>
            <div
                class="scroll"
                tabindex="0"
                role="group"
                aria-labelledby="matrix"
                data-testid="confusion-matrix"
                {onkeydown}
            >
                { confusion("matrix", caption, text::LABEL, Some(&matrix), &cell) }
            </div>
            <div class="tools small no-print">
                <CopyButton text={copy} />
                <SaveDrawing svg={(*svg).clone()} />
            </div>
        </section>
    }
}

/// Moves the focus back to a cell.
pub fn focus_cell(cell: Cell) {
    let (actual, predicted) = (cell.actual.name(), cell.predicted.name());
    let selector = format!(".matrix [data-actual={actual}][data-predicted={predicted}] button");
    let button = document().query_selector(&selector).ok().flatten();
    if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
        button.focus().ok();
    }
}

fn matrix_cell(
    matrix: &ConfusionMatrix,
    cells: Cells,
    Cell { actual, predicted }: Cell,
    looked_at: bool,
    tabindex: &'static str,
    onclick: Callback<yew::MouseEvent>,
) -> Html {
    let count = matrix.cell(actual, predicted);
    let share = cells.share(matrix, actual, predicted);
    let shown = shown(count, share, cells);
    let class = classes!(shade(share), (actual == predicted).then_some("right"), (count == 0).then_some("zero"));
    html! {
        <td
            {class}
            data-actual={actual.name()}
            data-predicted={predicted.name()}
            data-count={count.to_string()}
        >
            <button
                type="button"
                {tabindex}
                aria-pressed={looked_at.to_string()}
                title={text::cell_title(actual, predicted, count as usize)}
                {onclick}
            >
                { shown }
            </button>
        </td>
    }
}

/// The text of a cell.
fn shown(count: u64, share: f64, cells: Cells) -> String {
    if cells == Cells::Counts { text::count(count as usize) } else { text::share(share) }
}

/// The matrix as an SVG for download.
fn drawing(matrix: &ConfusionMatrix, cells: Cells) -> String {
    let cell = |actual, predicted| {
        let shade = cells.share(matrix, actual, predicted);
        plot::Cell { text: shown(matrix.cell(actual, predicted), shade, cells), shade }
    };
    plot::Matrix {
        title: &text::MATRIX,
        description: &text::cells(cells),
        rows: &text::LABEL,
        columns: &text::PREDICTED,
        labels: &Expression::ALL.map(|class| words::inline(class).text()),
        cells: Expression::ALL.map(|actual| Expression::ALL.map(|predicted| cell(actual, predicted)).into()).into(),
    }
    .svg()
}

/// The adjacent cell in the direction of an arrow key.
fn neighbour(Cell { actual, predicted }: Cell, key: &str) -> Option<Cell> {
    let (row, column) = (actual.index(), predicted.index());
    let last = Expression::COUNT - 1;
    let (row, column) = match key {
        "ArrowUp" => (row.checked_sub(1)?, column),
        "ArrowDown" => (row + 1, column),
        "ArrowLeft" => (row, column.checked_sub(1)?),
        "ArrowRight" => (row, column + 1),
        "Home" => (row, 0),
        "End" => (row, last),
        _ => return None,
    };
    Some(Cell { actual: Expression::from_index(row)?, predicted: Expression::from_index(column)? })
}

fn cells_choice(props: &MatrixProps) -> Html {
    html! {
        <div class="segments no-print" role="group" aria-label={text::CELLS}>
            for cells in CELLS {
                <button
                    type="button"
                    class="button"
                    data-testid="matrix-cells"
                    aria-pressed={(props.cells == cells).to_string()}
                    title={text::cells(cells)}
                    onclick={props.dispatch.reform(move |_| Action::Evaluation(EvaluationAction::Cells(cells)))}
                >
                    { text::cells_short(cells) }
                </button>
            }
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_lead_to_neighbours_within_the_matrix() {
        let at = |row: usize, column: usize| Cell { actual: Expression::ALL[row], predicted: Expression::ALL[column] };
        for (from, key, to) in [
            (at(1, 1), "ArrowUp", Some(at(0, 1))),
            (at(1, 1), "ArrowDown", Some(at(2, 1))),
            (at(1, 1), "ArrowLeft", Some(at(1, 0))),
            (at(1, 1), "ArrowRight", Some(at(1, 2))),
            (at(1, 1), "Home", Some(at(1, 0))),
            (at(1, 1), "End", Some(at(1, 6))),
            (at(0, 0), "ArrowUp", None),
            (at(0, 0), "ArrowLeft", None),
            (at(6, 6), "ArrowDown", None),
            (at(6, 6), "ArrowRight", None),
            (at(1, 1), "Tab", None),
        ] {
            assert_eq!(neighbour(from, key), to, "{key}");
        }
    }

    #[test]
    fn cells_show_counts_or_shares() {
        assert_eq!(shown(1234, 0.5, Cells::Counts), "1,234");
        assert_eq!([Cells::Rows, Cells::Columns, Cells::Total].map(|cells| shown(1234, 0.5, cells)), ["50.0%"; 3]);
    }
}
