//! The curves of a run: loss and accuracy by epoch, with zoom.

use std::rc::Rc;

use yew::{AttrValue, Callback, Html, Properties, component, html, use_state_eq};

use crate::curve::{View, WHOLE, smoothed, thinned};
use crate::format::fixed;
use crate::language::Text;
use crate::text::training::run as text;
use mien_core::plot::{Axis, Chart, Interval, Line};
use mien_core::training::{Criterion, EpochRecord};

#[derive(PartialEq, Properties)]
pub struct CurvesProps {
    /// Points of epoch and loss.
    pub losses: Rc<Vec<[f32; 2]>>,
    /// The finished epochs.
    pub epochs: Rc<Vec<EpochRecord>>,
    /// The best epoch.
    pub best: Option<u32>,
    /// The criterion for the best epoch.
    pub best_by: Criterion,
}

/// The two charts with zoom buttons.
#[component]
pub fn Curves(props: &CurvesProps) -> Html {
    let view = use_state_eq(|| WHOLE);
    let raw = use_state_eq(|| true);
    let last = props.losses.last().map_or(0.0, |point| point[0]).max(props.epochs.len() as f32);
    if last <= 0.0 {
        return html! { <p class="hint">{ text::NO_CURVES }</p> };
    }
    let (from, to) = view.range(last);
    let change = |label: Text, testid: &'static str, to: View| {
        let (view, idle) = (view.clone(), *view == to);
        let onclick = Callback::from(move |_| view.set(to));
        html! {
            <button type="button" class="button" data-testid={testid} disabled={idle} {onclick}>{ label }</button>
        }
    };
    let mark = props.best.map(|best| text::best_mark(best, props.best_by));
    let toggle = {
        let raw = raw.clone();
        move |_| raw.set(!*raw)
    };
    html! {
        <div class="curves">
            <h3>{ text::CURVES }</h3>
            <div class="tools small" role="group" aria-label={text::RANGE}>
                { change(text::RANGE_CLOSER, "curve-closer", view.zoomed(0.5)) }
                { change(text::RANGE_WIDER, "curve-wider", view.zoomed(2.0)) }
                { change(text::RANGE_EARLIER, "curve-earlier", view.moved(-1.0)) }
                { change(text::RANGE_LATER, "curve-later", view.moved(1.0)) }
                { change(text::RANGE_ALL, "curve-all", WHOLE) }
                <button type="button" class="button" aria-pressed={raw.to_string()} onclick={toggle}>
                    { text::SHOW_STEPS }
                </button>
            </div>
            <div class="charts">
                <figure class="curve loss-curve" data-testid="curve-loss">
                    { drawing(losses(props, from, to, *raw)) }
                    <figcaption class="hint">{ text::LOSS_TEXT }</figcaption>
                </figure>
                <figure class="curve" data-testid="curve-accuracy">
                    { drawing(accuracies(props, from, to)) }
                    <figcaption class="hint">{ text::ACCURACY_TEXT }</figcaption>
                </figure>
            </div>
            if let Some(mark) = mark {
                <p class="hint">{ mark }</p>
            }
        </div>
    }
}

fn drawing(svg: String) -> Html {
    html! { <div class="scroll">{ Html::from_html_unchecked(AttrValue::from(svg)) }</div> }
}

/// The values of the epochs in a range, where defined.
fn of_epochs(props: &CurvesProps, from: f32, to: f32, value: impl Fn(&EpochRecord) -> Option<f32>) -> Vec<[f32; 2]> {
    let points = props.epochs.iter().filter_map(|record| Some([record.epoch as f32, value(record)?]));
    points.filter(|point| (from..=to).contains(&point[0])).collect()
}

fn line<'a>(name: &str, points: &'a [[f32; 2]]) -> Line<'a> {
    Line { name: name.to_owned(), points, steps: false }
}

/// A marker on the best epoch: a bar of zero width with a dot.
fn dot(best: Option<u32>, points: &[[f32; 2]]) -> Vec<Interval> {
    let point = points.iter().find(|point| Some(point[0] as u32) == best);
    let place = point.map(|point| point.map(f64::from));
    place.map(|[x, y]| Interval { from: x, to: x, value: y, mark: Some([x, y]) }).into_iter().collect()
}

fn losses(props: &CurvesProps, from: f32, to: f32, raw: bool) -> String {
    let steps: Vec<[f32; 2]> = thinned(&props.losses, from, to);
    let smooth = smoothed(&steps);
    let validation = of_epochs(props, from, to, |record| record.validation.as_ref().map(|validation| validation.loss));
    let mut lines = vec![line(&text::SMOOTHED, &smooth), line(&text::VALIDATION, &validation)];
    if raw {
        lines.push(line(&text::STEPS, &steps));
    }
    let description = text::course(&text::TRAINING, &smooth, 2) + &text::course(&text::VALIDATION, &validation, 2);
    let values = lines.iter().flat_map(|line| line.points).map(|point| point[1]).filter(|value| value.is_finite());
    let (low, high) = values.fold((f32::INFINITY, 0.0_f32), |(low, high), value| (low.min(value), high.max(value)));
    let low = if low.is_finite() && low > high / 2.0 { low * 0.95 } else { 0.0 };
    Chart {
        title: &text::LOSS_CURVE,
        description: &description,
        x: Axis { label: &text::EPOCH, from: f64::from(from), to: f64::from(to) },
        y: Axis { label: &text::LOSS, from: f64::from(low), to: f64::from(high.max(low + 0.01) * 1.03) },
        diagonal: false,
        intervals: dot(props.best, &validation),
        lines,
        number: fixed,
    }
    .svg()
}

fn accuracies(props: &CurvesProps, from: f32, to: f32) -> String {
    let training = of_epochs(props, from, to, |record| Some(record.accuracy));
    let of = |value: fn(&mien_core::evaluation::ConfusionMatrix) -> f64| {
        of_epochs(props, from, to, |record| {
            record.validation.as_ref().map(|validation| value(&validation.confusion) as f32)
        })
    };
    let (validation, f1) = (of(|matrix| matrix.accuracy()), of(|matrix| matrix.macro_average().f1));
    let names = [text::TRAINING, text::VALIDATION, text::MACRO_F1];
    let curves = [&training, &validation, &f1];
    let description: String = names.iter().zip(curves).map(|(name, points)| text::course(name, points, 2)).collect();
    let values = curves.into_iter().flatten().map(|point| point[1]);
    let (low, high) = values.fold((1.0_f32, 0.0_f32), |(low, high), value| (low.min(value), high.max(value)));
    let (low, high) = if low <= high { (low - 0.05, high + 0.05) } else { (0.0, 1.0) };
    Chart {
        title: &text::ACCURACY_CURVE,
        description: &description,
        x: Axis { label: &text::EPOCH, from: f64::from(from), to: f64::from(to) },
        y: Axis { label: &text::ACCURACY_CURVE, from: f64::from(low.max(0.0)), to: f64::from(high.min(1.0)) },
        diagonal: false,
        intervals: dot(props.best, &validation),
        lines: names.iter().zip(curves).map(|(name, points)| line(name, points)).collect(),
        number: fixed,
    }
    .svg()
}
