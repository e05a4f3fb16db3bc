//! The confusion matrix.

use std::rc::Rc;

use gloo::utils::document;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::{AttrValue, Callback, Html, KeyboardEvent, Properties, classes, component, html, use_memo, use_state};

use super::figure::{CopyButton, SaveDrawing};
use crate::state::{Action, Cell, EvaluationAction, LookAction, Measured};
use crate::text::{self as words, evaluation as text};
use mien_core::evaluation::figures::Cells;
use mien_core::evaluation::{ConfusionMatrix, text as tables};
use mien_core::expression::Expression;
use mien_core::plot;

const CELLS: [Cells; 4] = [Cells::Counts, Cells::Rows, Cells::Columns, Cells::Total];

/// The style sheet's classes for how dark a cell is.
const SHADES: [&str; 11] = [
    "shade-0", "shade-1", "shade-2", "shade-3", "shade-4", "shade-5", "shade-6", "shade-7", "shade-8", "shade-9",
    "shade-10",
];

#[derive(PartialEq, Properties)]
pub struct MatrixProps {
    /// The run.
    pub run: Rc<Measured>,
    /// What the cells show.
    pub cells: Cells,
    /// The cell whose images show.
    pub looked_at: Option<Cell>,
    /// Takes what the visitor does.
    pub dispatch: Callback<Action>,
}

/// The confusion matrix as a table whose cells are buttons. One of them is in the tab order, arrows lead to the others.
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
            if let Some(cell) = neighbour(*focus, &event.key()) {
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
            dispatch.emit(Action::Evaluation(EvaluationAction::Look(LookAction::At(Rc::clone(&run), at))));
        });
        matrix_cell(&matrix, props.cells, at, props.looked_at == Some(at), tab, onclick)
    };
    html! {
        <section class="matrix-section" aria-labelledby="matrix">
            <div class="section-head">
                <h3 id="matrix">{ text::MATRIX }</h3>
                { cells_choice(props) }
            </div>
            <p class="hint">{ text::MATRIX_HOW }<span class="no-print">{ " " }{ text::MATRIX_CLICK }</span></p>
            <div class="scroll">
                <table class="matrix" data-testid="confusion-matrix" aria-labelledby="matrix" {onkeydown}>
                    <caption class="visually-hidden">{ text::cells(props.cells) }</caption>
                    <thead>
                        <tr>
                            <td class="corner"></td>
                            <th class="axis" colspan="7" scope="colgroup">{ text::TAKEN_FOR }</th>
                            <td></td>
                        </tr>
                        <tr>
                            <th class="axis" scope="col">{ text::LABEL }</th>
                            for predicted in Expression::ALL {
                                <th scope="col">{ words::expression(predicted) }</th>
                            }
                            <th scope="col" class="sum">{ text::ALL }</th>
                        </tr>
                    </thead>
                    <tbody>
                        for actual in Expression::ALL {
                            <tr>
                                <th scope="row">{ words::expression(actual) }</th>
                                for predicted in Expression::ALL {
                                    { cell(actual, predicted) }
                                }
                                <td class="sum">{ text::count(matrix.class(actual).support as usize) }</td>
                            </tr>
                        }
                    </tbody>
                    <tfoot>
                        <tr>
                            <th scope="row" class="sum">{ text::ALL }</th>
                            for predicted in Expression::ALL {
                                <td class="sum">{ text::count(taken_for(&matrix, predicted)) }</td>
                            }
                            <td class="sum">{ text::count(matrix.samples() as usize) }</td>
                        </tr>
                    </tfoot>
                </table>
            </div>
            <div class="tools small no-print">
                <CopyButton text={copy} />
                <SaveDrawing svg={(*svg).clone()} />
            </div>
        </section>
    }
}

/// Gives the focus back to a cell.
pub fn focus_cell(cell: Cell) {
    let (actual, predicted) = (cell.actual.name(), cell.predicted.name());
    let selector = format!(".matrix [data-actual={actual}][data-predicted={predicted}] button");
    let button = document().query_selector(&selector).ok().flatten();
    if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
        button.focus().ok();
    }
}

fn taken_for(matrix: &ConfusionMatrix, predicted: Expression) -> usize {
    Expression::ALL.into_iter().map(|actual| matrix.cell(actual, predicted) as usize).sum()
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

/// What stands in a cell.
fn shown(count: u64, share: f64, cells: Cells) -> String {
    if cells == Cells::Counts { text::count(count as usize) } else { text::share(share) }
}

/// The matrix to take away.
fn drawing(matrix: &ConfusionMatrix, cells: Cells) -> String {
    let cell = |actual, predicted| {
        let shade = cells.share(matrix, actual, predicted);
        plot::Cell { text: shown(matrix.cell(actual, predicted), shade, cells), shade }
    };
    plot::Matrix {
        title: &text::MATRIX,
        description: &text::cells(cells),
        rows: &text::LABEL,
        columns: &text::TAKEN_FOR,
        labels: &Expression::ALL.map(|class| words::inline(class).text()),
        cells: Expression::ALL.map(|actual| Expression::ALL.map(|predicted| cell(actual, predicted)).into()).into(),
    }
    .svg()
}

/// How dark a share is. By its root: mistakes are small shares, and they are what one looks for.
pub fn shade(share: f64) -> &'static str {
    let level = (share.clamp(0.0, 1.0).sqrt() * 10.0).round() as usize;
    SHADES.get(level).copied().unwrap_or_default()
}

/// The cell that an arrow key leads to.
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
