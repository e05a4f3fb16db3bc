//! Filters for the images.

use std::rc::Rc;

use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::{Callback, Html, InputEvent, TargetCast, html};

use super::super::icons::{Picture, icon};
use crate::state::{Action, DatasetAction, Filter, ImageProperty};
use crate::text;
use crate::text::dataset as words;
use mien_core::dataset::Split;
use mien_core::expression::Expression;
use mien_protocol::DatasetSummary;

/// The current filter of a control, and what receives the changed one.
#[derive(Clone, Copy)]
struct Current<'a>(&'a Filter, &'a Callback<Action>);

/// The filter controls for a set, also by prediction if predictions for its images are known.
pub fn filters(set: &DatasetSummary, filter: &Filter, predictions: bool, dispatch: &Callback<Action>) -> Html {
    let current = Current(filter, dispatch);
    let classes = || Expression::ALL.map(|class| text::expression(class).into()).to_vec();
    let label = choice(
        current,
        (&words::FILTER_CLASS, "filter-class"),
        classes(),
        filter.label.map(Expression::index),
        |filter, index| filter.label = index.and_then(Expression::from_index),
    );
    let split = choice(
        current,
        (&words::FILTER_SPLIT, "filter-split"),
        Split::ALL.map(|split| split.name().to_owned()).to_vec(),
        filter.split.map(Split::index),
        |filter, index| filter.split = index.and_then(|index| Split::ALL.get(index).copied()),
    );
    let mut properties =
        vec![words::FILTER_DUPLICATES.into(), words::FILTER_NEAR_CONSTANT.into(), words::FILTER_NEAR_DUPLICATES.into()];
    let chosen = filter.property.as_ref().map(|property| match property {
        ImageProperty::Duplicates => 0,
        ImageProperty::NearConstant => 1,
        ImageProperty::NearDuplicates => 2,
        ImageProperty::These(_) => 3,
    });
    let these = match &filter.property {
        Some(ImageProperty::These(these)) => {
            properties.push(words::FILTER_THESE.into());
            Some(Rc::clone(these))
        }
        _ => None,
    };
    let property = choice(current, (&words::FILTER_ONLY, "filter-only"), properties, chosen, move |filter, index| {
        filter.property = match index {
            Some(0) => Some(ImageProperty::Duplicates),
            Some(1) => Some(ImageProperty::NearConstant),
            Some(2) => Some(ImageProperty::NearDuplicates),
            Some(_) => these.clone().map(ImageProperty::These),
            None => None,
        };
    });
    html! {
        <div class="filters" role="group" aria-label={words::IMAGES_TITLE}>
            { label }
            { split }
            for (place, group) in set.groups.iter().enumerate() {
                { group_choice(current, place, &group.name, &group.values) }
            }
            if predictions {
                { predicted(current, classes()) }
            }
            { property }
            { row(current) }
            if *filter != Filter::default() {
                <button
                    type="button"
                    class="button"
                    data-testid="filter-clear"
                    onclick={change(current, |filter, ()| *filter = Filter::default()).reform(|_| ())}
                >
                    { icon(Picture::Close) }{ words::FILTER_CLEAR }
                </button>
            }
        </div>
    }
}

/// Calls back with a changed filter.
fn change<T: 'static>(current: Current<'_>, change: impl Fn(&mut Filter, T) + 'static) -> Callback<T> {
    let (filter, dispatch) = (current.0.clone(), current.1.clone());
    Callback::from(move |value| {
        let mut filter = filter.clone();
        change(&mut filter, value);
        dispatch.emit(Action::Dataset(DatasetAction::Filter(filter)));
    })
}

fn choice(
    current: Current<'_>,
    (label, testid): (&str, &'static str),
    options: Vec<String>,
    chosen: Option<usize>,
    choose: impl Fn(&mut Filter, Option<usize>) + 'static,
) -> Html {
    // The first option is any.
    let onchange = change(current, choose).reform(|event: yew::Event| {
        let index = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.selected_index());
        index.and_then(|index| usize::try_from(index - 1).ok())
    });
    html! {
        <label class="filter">
            <span>{ label.to_owned() }</span>
            <select class="select" data-testid={testid} {onchange}>
                <option selected={chosen.is_none()}>{ words::FILTER_ANY }</option>
                for (index, option) in options.into_iter().enumerate() {
                    <option selected={chosen == Some(index)}>{ option }</option>
                }
            </select>
        </label>
    }
}

fn group_choice(current: Current<'_>, place: usize, name: &str, values: &[String]) -> Html {
    let chosen = current.0.group.filter(|(column, _)| *column == place).map(|(_, code)| usize::from(code));
    let named = |value: &String| if value.is_empty() { words::BLANK.into() } else { value.clone() };
    choice(current, (name, "filter-group"), values.iter().map(named).collect(), chosen, move |filter, index| {
        filter.group = index.and_then(|index| Some((place, u8::try_from(index).ok()?)));
    })
}

fn predicted(current: Current<'_>, mut options: Vec<String>) -> Html {
    options.push(words::FILTER_WRONG.into());
    let filter = current.0;
    let chosen = filter.predicted.map(Expression::index).or(filter.mistaken.then_some(Expression::COUNT));
    choice(current, (&words::FILTER_PREDICTED, "filter-predicted"), options, chosen, |filter, index| {
        filter.predicted = index.and_then(Expression::from_index);
        filter.mistaken = index == Some(Expression::COUNT);
    })
}

fn row(current: Current<'_>) -> Html {
    let oninput = change(current, |filter, row| filter.row = row).reform(|event: InputEvent| {
        event.target_dyn_into::<HtmlInputElement>().and_then(|input| input.value().trim().parse().ok())
    });
    html! {
        <label class="filter">
            <span>{ words::FILTER_ROW }</span>
            <input
                type="number"
                class="select number"
                data-testid="filter-row"
                min="1"
                step="1"
                inputmode="numeric"
                value={current.0.row.map(|row| row.to_string()).unwrap_or_default()}
                {oninput}
            />
        </label>
    }
}
