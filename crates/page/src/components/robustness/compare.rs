//! Two robustness tests side by side.

use std::rc::Rc;

use web_sys::HtmlSelectElement;
use yew::{AttrValue, Callback, Html, Properties, TargetCast, classes, component, html, use_memo};

use crate::components::evaluation::figure::figure;
use crate::components::table::{better, shade};
use crate::format::{self, share};
use crate::state::{Robustness, RobustnessAction, RobustnessRun};
use crate::text::{evaluation as words, robustness as text};
use mien_core::number::fixed;
use mien_core::plot::{Axis, Chart, Line};
use mien_core::vision::corruption::SEVERITIES;
use mien_protocol::RobustnessOutcome;

#[derive(PartialEq, Properties)]
pub struct CompareProps {
    /// The runs, two or more.
    pub tests: Robustness,
    /// Receives user actions.
    pub dispatch: Callback<RobustnessAction>,
}

/// Compares the shown run with another one.
#[component]
pub fn Compare(props: &CompareProps) -> Html {
    let tests = &props.tests;
    let pair = tests.compared_with().zip(tests.shown()).map(|(first, second)| [Rc::clone(first), Rc::clone(second)]);
    let curve = use_memo(pair.clone(), |pair| pair.as_ref().map(|pair| AttrValue::from(curves(pair))));
    let ids: Vec<u32> = tests.runs.iter().map(|run| run.id).filter(|id| Some(*id) != tests.shown).collect();
    let onchange = props.dispatch.reform(move |event: yew::Event| {
        let index = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.selected_index());
        let index = index.and_then(|index| usize::try_from(index).ok()).unwrap_or_default();
        RobustnessAction::CompareWith(index.checked_sub(1).and_then(|index| ids.get(index).copied()))
    });
    html! {
        <section class="compare card" aria-labelledby="robustness-compare" data-testid="robustness-compare">
            <h2 id="robustness-compare">{ words::COMPARE }</h2>
            <label class="field">
                <span class="field-name">{ text::COMPARE_WITH }</span>
                <select class="select wide" data-testid="robustness-against" {onchange}>
                    <option selected={pair.is_none()}>{ text::COMPARE_WITH_NONE }</option>
                    for run in tests.runs.iter().filter(|run| Some(run.id) != tests.shown) {
                        <option selected={tests.compared_with == Some(run.id)}>{ text::run_and_time(run) }</option>
                    }
                </select>
            </label>
            if let Some([first, second]) = &pair {
                if first.request.samples == second.request.samples && first.request.set.labels == second.request.set.labels {
                    <p class="hint">{ text::compared(first, second) }</p>
                    <div class="scroll" tabindex="0" role="group" aria-label={text::compared(first, second)}>{ differences(&first.outcome, &second.outcome) }</div>
                    if let Some(curve) = &*curve {
                        { figure(curve, "robustness-means", text::MEANS_HOW) }
                    }
                } else {
                    <p class="hint">{ text::OTHER_IMAGES }</p>
                }
            }
        </section>
    }
}

/// The accuracy difference in each condition that both runs have.
fn differences(first: &RobustnessOutcome, second: &RobustnessOutcome) -> Html {
    let row = |(index, corruption): (usize, &mien_core::vision::corruption::Corruption)| {
        let place = first.corruptions.iter().position(|each| each == corruption)?;
        let (before, after) = (first.accuracies.get(place)?, second.accuracies.get(index)?);
        let cells = before.iter().zip(after).map(|(before, after)| {
            let difference = after - before;
            let title = format!("{} → {}", share(*before), share(*after));
            html! {
                <td class={classes!(shade(difference.abs()), better(difference))} {title} data-difference={fixed(difference, 8)}>
                    { text::points(difference) }
                </td>
            }
        });
        Some(html! {
            <tr>
                <th scope="row">{ text::corruption(*corruption) }</th>
                { for cells }
            </tr>
        })
    };
    html! {
        <table class="matrix heat numbers">
            <caption>{ text::DIFFERENCES }</caption>
            <thead>
                <tr>
                    <th class="axis" scope="col">{ text::CORRUPTION_COLUMN }</th>
                    <th scope="col">{ text::CLEAN }</th>
                    for severity in 1..=SEVERITIES {
                        <th scope="col">{ severity }</th>
                    }
                </tr>
            </thead>
            <tbody>{ for second.corruptions.iter().enumerate().filter_map(row) }</tbody>
        </table>
    }
}

/// The mean accuracy of both runs by severity.
fn curves([first, second]: &[Rc<RobustnessRun>; 2]) -> String {
    let means = |run: &RobustnessRun| -> Vec<[f32; 2]> {
        let rows = &run.outcome.accuracies;
        let mean = |severity: usize| rows.iter().map(|row| row[severity]).sum::<f64>() / rows.len().max(1) as f64;
        (0..=SEVERITIES).map(|severity| [severity as f32, mean(severity) as f32]).collect()
    };
    let points = [means(first), means(second)];
    let line = |(name, points)| Line { name, points, steps: false };
    let names = [first, second].map(|run| text::short(run));
    Chart {
        title: &text::MEANS,
        description: &text::compared(first, second),
        x: Axis { label: &text::SEVERITY_AXIS, from: 0.0, to: SEVERITIES as f64 },
        y: Axis { label: &text::ACCURACY_AXIS, from: 0.0, to: 1.0 },
        diagonal: false,
        intervals: Vec::new(),
        lines: names.into_iter().zip(points.iter().map(Vec::as_slice)).map(line).collect(),
        number: format::fixed,
    }
    .svg()
}
