//! The model card of the built-in network.

use yew::{Callback, Html, TargetCast, html};

use crate::controller::Controller;
use crate::language::Text;
use crate::text::card as text;
use mien_core::evaluation::Card;
use mien_core::number::fixed;

/// The model card, which is loaded when it is opened.
pub fn model_card(card: Option<&Card>, controller: &Controller) -> Html {
    let (controller, missing) = (controller.clone(), card.is_none());
    let ontoggle = Callback::from(move |event: yew::Event| {
        let open = event.target_dyn_into::<web_sys::Element>().is_some_and(|details| details.has_attribute("open"));
        if open && missing {
            controller.networks.request_card();
        }
    });
    html! {
        <section class="model-card">
            <h2>{ text::TITLE }</h2>
            <details data-testid="model-card" {ontoggle}>
                <summary>{ text::OPEN }</summary>
                <h3>{ text::USE }</h3>
                <p>{ text::USE_TEXT }</p>
                <h3>{ text::DATA }</h3>
                <p>{ text::DATA_TEXT }</p>
                <h3>{ text::FIGURES }</h3>
                if let Some(card) = card {
                    { figures(card) }
                } else {
                    <p role="status">{ text::WAITING }</p>
                }
                <h3>{ text::FAILURES }</h3>
                <p>{ text::FAILURES_TEXT }</p>
            </details>
        </section>
    }
}

fn figures(card: &Card) -> Html {
    let accuracy = card.reports.first().map(|report| fixed(report.accuracy, 9));
    html! {
        <div data-testid="card-figures" data-accuracy={accuracy}>
            <p>
                { text::network(card) }
            </p>
            { table(None, &text::COLUMNS, &text::figures(card)) }
            { table(Some(text::CLASSES), &text::CLASS_COLUMNS, &text::classes(card)) }
            <p>{ text::calibration(card) }</p>
            <p class="hint">{ &card.training }</p>
        </div>
    }
}

fn table<const N: usize>(caption: Option<Text>, columns: &[Text; N], rows: &[[String; N]]) -> Html {
    html! {
        <div class="scroll" tabindex="0" role="group" aria-label={caption.unwrap_or(text::FIGURES)}>
            <table>
                if let Some(caption) = caption {
                    <caption>{ caption }</caption>
                }
                <thead><tr>{ for columns.iter().map(|column| html! { <th scope="col">{ *column }</th> }) }</tr></thead>
                <tbody>
                    for row in rows {
                        <tr>{ for row.iter().map(|cell| html! { <td>{ cell }</td> }) }</tr>
                    }
                </tbody>
            </table>
        </div>
    }
}
