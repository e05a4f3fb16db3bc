//! Asks which class each number of a dataset means.

use std::rc::Rc;

use web_sys::{HtmlElement, HtmlSelectElement};
use yew::{
    AttrValue, Callback, Html, Properties, TargetCast, classes, component, html, use_context, use_effect_with,
    use_memo, use_node_ref,
};

use super::super::icons::{Picture, icon};
use super::thumb::{Pixels, thumb};
use crate::controller::Controller;
use crate::format::grouped;
use crate::state::{Action, DatasetAction, LabelSheet, OrderChoice, OwnClass};
use crate::text::dataset as text;

#[derive(PartialEq, Properties)]
pub struct LabelOrderProps {
    /// The question, and what is selected so far.
    pub sheet: LabelSheet,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// A table of the numbers: images of each, and its class in each order. The visitor selects an order, or a class for each
/// number.
#[component]
pub fn LabelOrderTable(props: &LabelOrderProps) -> Html {
    let controller = use_context::<Controller>();
    let section = use_node_ref();
    {
        let section = section.clone();
        use_effect_with((), move |()| {
            if let Some(section) = section.cast::<HtmlElement>() {
                section.scroll_into_view();
                section.focus().ok();
            }
        });
    }
    let sheet = &props.sheet;
    let examples = use_memo(Rc::clone(&sheet.question), |question| {
        let pixels = |example: &mien_core::dataset::Example| Pixels(Rc::from(example.pixels.as_slice()));
        let pixels = question.numbers.iter().map(|each| each.examples.iter().map(pixels).collect::<Vec<_>>());
        pixels.collect::<Vec<_>>()
    });
    let Some(controller) = controller else { return Html::default() };
    let answer = sheet.answer();
    let confirm = {
        let (controller, answer) = (controller.clone(), answer.clone());
        Callback::from(move |_| {
            if let Ok(order) = &answer {
                controller.dataset.read_in(order.clone());
            }
        })
    };
    let cancel = Callback::from(move |_| controller.dataset.cancel_order());
    let option = |order: &'static str, title: AttrValue, choice, fits: bool| {
        let onchange = props.dispatch.reform(move |_| Action::Dataset(DatasetAction::OrderChosen(choice)));
        html! {
            <th scope="col" class={class_of(sheet, choice, fits)}>
                <label>
                    <input
                        type="radio"
                        name="label-order"
                        data-testid="label-order-choice"
                        data-order={order}
                        checked={sheet.choice == Some(choice)}
                        disabled={!fits}
                        {onchange}
                    />
                    { title }
                </label>
            </th>
        }
    };
    html! {
        <section ref={section} class="card label-order" data-testid="label-order" aria-labelledby="label-order" tabindex="-1">
            <h2 id="label-order">{ text::LABELS_TITLE }</h2>
            <p>{ text::labels_text(&sheet.name) }</p>
            <div class="scroll-x" tabindex="0" role="group" aria-labelledby="label-order">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{ text::LABELS_NUMBER }</th>
                            <th scope="col">{ text::IMAGES_TITLE }</th>
                            <th scope="col">{ text::LABELS_EXAMPLES }</th>
                            for (index, reading) in sheet.question.readings.iter().enumerate() {
                                { option(reading.order.name(), text::order_title(&reading.order).into(), OrderChoice::Named(index), reading.fits) }
                            }
                            { option("own", text::ORDER_OWN.into(), OrderChoice::Own, true) }
                        </tr>
                    </thead>
                    <tbody>
                        for (index, examples) in examples.iter().enumerate() {
                            { row(props, index, examples) }
                        }
                    </tbody>
                </table>
            </div>
            <p class="muted" role="status" id="label-order-open">{ text::unanswered(answer.as_ref().err().copied()) }</p>
            <div class="tools">
                <button
                    type="button"
                    class="button primary"
                    data-testid="label-order-confirm"
                    aria-describedby="label-order-open"
                    disabled={answer.is_err()}
                    onclick={confirm}
                >
                    { text::LABELS_CONFIRM }
                </button>
                <button type="button" class="button" data-testid="label-order-cancel" onclick={cancel}>
                    { icon(Picture::Close) }{ text::CANCEL }
                </button>
            </div>
        </section>
    }
}

/// The class of a column's cells.
fn class_of(sheet: &LabelSheet, choice: OrderChoice, fits: bool) -> yew::Classes {
    classes!((sheet.choice == Some(choice)).then_some("chosen"), (!fits).then_some("muted"))
}

fn row(props: &LabelOrderProps, index: usize, examples: &[Pixels]) -> Html {
    let sheet = &props.sheet;
    let Some(samples) = sheet.question.numbers.get(index) else { return Html::default() };
    let number = samples.number.to_string();
    let own = sheet.own.get(index).copied().unwrap_or_default();
    let onchange = props.dispatch.reform(move |event: yew::Event| {
        let chosen = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.selected_index());
        let chosen = chosen.and_then(|place| OwnClass::all().nth(usize::try_from(place).ok()?));
        Action::Dataset(DatasetAction::OwnClassChosen(index, chosen.unwrap_or_default()))
    });
    html! {
        <tr>
            <th scope="row">{ &number }</th>
            <td class="number">{ grouped(samples.count) }</td>
            <td>
                <div class="label-examples">
                    for (pixels, example) in examples.iter().zip(&samples.examples) {
                        { thumb(Some(pixels.clone()), Some(text::example(&example.location).into())) }
                    }
                </div>
            </td>
            for (place, reading) in sheet.question.readings.iter().enumerate() {
                <td class={class_of(sheet, OrderChoice::Named(place), reading.fits)}>
                    { text::class_or_none(reading.classes.get(index).copied().flatten()) }
                </td>
            }
            <td class={class_of(sheet, OrderChoice::Own, true)}>
                <select
                    class="select"
                    data-testid="label-order-own"
                    data-number={number.clone()}
                    aria-label={text::labels_class_of(samples.number)}
                    {onchange}
                >
                    for class in OwnClass::all() {
                        <option selected={class == own}>{ text::own_class(class) }</option>
                    }
                </select>
            </td>
        </tr>
    }
}
