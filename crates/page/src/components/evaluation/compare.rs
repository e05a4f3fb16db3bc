//! Two runs side by side.

use std::rc::Rc;

use web_sys::HtmlSelectElement;
use yew::{Callback, Html, Properties, TargetCast, classes, component, html, use_memo};

use super::figure::CopyButton;
use crate::components::table::{better, confusion, shade};
use crate::language::Text;
use crate::state::{Action, EvaluationAction, EvaluationRun};
use crate::text::evaluation as text;
use mien_core::evaluation::{Comparison, Metric, Report, RunInfo, text as tables};
use mien_core::expression::Expression;

#[derive(PartialEq, Properties)]
pub struct CompareProps {
    /// The runs, oldest first.
    pub runs: Vec<Rc<EvaluationRun>>,
    /// The two that are compared.
    pub compared: [Rc<EvaluationRun>; 2],
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// Selects two runs and shows their differences.
#[component]
pub fn Compare(props: &CompareProps) -> Html {
    let comparison = use_memo(props.compared.clone(), |[first, second]| compare(first, second));
    html! {
        <section class="compare card" aria-labelledby="compare" data-testid="compare">
            <h2 id="compare">{ text::COMPARE }</h2>
            <div class="setup-choices">
                { choice(props, 0, text::FIRST) }
                { choice(props, 1, text::SECOND) }
            </div>
            {
                match &*comparison {
                    Ok(comparison) => differences(comparison),
                    Err(reason) => html! { <p class="hint">{ reason }</p> },
                }
            }
        </section>
    }
}

fn compare(first: &EvaluationRun, second: &EvaluationRun) -> Result<Rc<Comparison>, String> {
    if first.id == second.id {
        return Err(text::SAME_RUN.into());
    }
    if !first.is_of_same_set(second) {
        return Err(text::OTHER_SET.into());
    }
    let of = |run: &EvaluationRun| {
        let report = &run.evaluation.report;
        RunInfo {
            model: run.name.clone(),
            backend: report.backend.clone(),
            split: report.split.clone(),
            ..RunInfo::default()
        }
    };
    Comparison::new((&first.predictions, of(first)), (&second.predictions, of(second)))
        .map(Rc::new)
        .map_err(|error| text::incomparable(&error))
}

fn choice(props: &CompareProps, place: usize, label: Text) -> Html {
    let ids: Vec<u32> = props.runs.iter().map(|run| run.id).collect();
    let dispatch = props.dispatch.clone();
    let onchange = Callback::from(move |event: yew::Event| {
        let index = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.selected_index());
        if let Some(&id) = index.and_then(|index| ids.get(usize::try_from(index).ok()?)) {
            dispatch.emit(Action::Evaluation(EvaluationAction::Compare(place, id)));
        }
    });
    html! {
        <label class="field">
            <span class="field-name">{ label }</span>
            <select class="select wide" data-testid="compare-run" {onchange}>
                for run in props.runs.iter() {
                    <option selected={run.id == props.compared[place].id}>{ &run.name }</option>
                }
            </select>
        </label>
    }
}

fn differences(comparison: &Rc<Comparison>) -> Html {
    let copy = {
        let comparison = Rc::clone(comparison);
        Callback::from(move |()| tables::comparison(&comparison))
    };
    html! {
        <>
            <p class="verdict" data-testid="mcnemar" data-p={tables::p_value(comparison.mcnemar.p_value)}>
                { text::verdict(comparison) }
            </p>
            <p class="hint">{ text::common(comparison) }</p>
            <div class="compare-tables">
                <div class="scroll" tabindex="0" role="group" aria-label={text::METRICS}>{ metrics(comparison) }</div>
                <div class="scroll" tabindex="0" role="group" aria-label={text::AGREEMENT}>{ agreement(comparison) }</div>
                <div class="scroll" tabindex="0" role="group" aria-label={text::MATRIX_DIFFERENCE}>{ matrix(&comparison.first, &comparison.second) }</div>
            </div>
            <CopyButton text={copy} />
        </>
    }
}

fn metrics(comparison: &Comparison) -> Html {
    html! {
        <table class="figures-table">
            <caption>{ text::METRICS }</caption>
            <thead>
                <tr>
                    <td></td>
                    <th scope="col">{ text::FIRST }</th>
                    <th scope="col">{ text::SECOND }</th>
                    <th scope="col">{ text::DIFFERENCE }</th>
                </tr>
            </thead>
            <tbody>
                for metric in Metric::ALL {
                    <tr data-metric={metric.key()}>
                        <th scope="row">{ text::metric(metric) }</th>
                        <td>{ text::number(comparison.first.value(metric)) }</td>
                        <td>{ text::number(comparison.second.value(metric)) }</td>
                        <td class={comparison.difference(metric).map(|value| better(if metric.is_loss() { -value } else { value }))}>
                            { text::difference(comparison.difference(metric)) }
                        </td>
                    </tr>
                }
            </tbody>
        </table>
    }
}

fn agreement(comparison: &Comparison) -> Html {
    html! {
        <table class="figures-table">
            <caption>{ text::AGREEMENT }</caption>
            <thead>
                <tr>
                    <td></td>
                    <th scope="col">{ text::SECOND_RIGHT }</th>
                    <th scope="col">{ text::SECOND_WRONG }</th>
                </tr>
            </thead>
            <tbody>
                <tr>
                    <th scope="row">{ text::FIRST_RIGHT }</th>
                    <td>{ text::count(comparison.both_right as usize) }</td>
                    <td data-testid="first-right">{ text::count(comparison.first_right as usize) }</td>
                </tr>
                <tr>
                    <th scope="row">{ text::FIRST_WRONG }</th>
                    <td data-testid="second-right">{ text::count(comparison.second_right as usize) }</td>
                    <td>{ text::count(comparison.both_wrong as usize) }</td>
                </tr>
            </tbody>
        </table>
    }
}

/// The difference of the confusion matrices: second minus first.
fn matrix(first: &Report, second: &Report) -> Html {
    let cell = |actual: Expression, predicted: Expression| {
        let [before, after] = [first, second].map(|report| report.confusion_matrix.cell(actual, predicted) as i64);
        let difference = after - before;
        let support = first.confusion_matrix.class(actual).support.max(1);
        let good = if actual == predicted { difference } else { -difference };
        let class = classes!(shade(difference.unsigned_abs() as f64 / support as f64), better(good as f64));
        html! { <td {class}>{ text::signed(difference) }</td> }
    };
    let caption = html! { <caption>{ text::MATRIX_DIFFERENCE }</caption> };
    confusion("matrix numbers", caption, text::LABEL, None, &cell)
}
