//! Reads a dataset whose classes are numbered again, in another order.

use yew::{Callback, Html, Properties, component, html, use_context};

use crate::controller::Controller;
use crate::text::dataset as text;
use mien_core::dataset::LabelOrder;
use mien_protocol::DatasetId;

#[derive(PartialEq, Properties)]
pub struct AnotherOrderProps {
    /// The set.
    pub set: DatasetId,
    /// The order in which it was read.
    pub order: LabelOrder,
}

/// A button for each of the other orders with a name.
#[component]
pub fn AnotherOrder(props: &AnotherOrderProps) -> Html {
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let set = props.set;
    html! {
        <div class="tools" role="group" aria-label={text::ORDER_AGAIN} data-testid="order-again">
            <span class="muted">{ text::ORDER_AGAIN }</span>
            for order in LabelOrder::NAMED.into_iter().filter(|order| *order != props.order) {
                <button
                    type="button"
                    class="button"
                    data-testid="order-again-choice"
                    data-order={order.name()}
                    onclick={
                        let controller = controller.clone();
                        let chosen = order.clone();
                        Callback::from(move |_| controller.dataset.read_again_in(set, chosen.clone()))
                    }
                >
                    { text::order_title(&order) }
                </button>
            }
        </div>
    }
}
