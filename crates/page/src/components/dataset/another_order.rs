//! Loads a dataset with integer labels again, in another order.

use yew::{Callback, Html, html};

use crate::controller::Controller;
use crate::text::dataset as text;
use mien_core::dataset::LabelOrder;
use mien_protocol::DatasetId;

/// A button for each order with a name, other than the one in which the set was read.
pub fn another_order(set: DatasetId, current: &LabelOrder, controller: &Controller) -> Html {
    html! {
        <div class="tools" role="group" aria-label={text::ORDER_AGAIN} data-testid="order-again">
            <span class="muted">{ text::ORDER_AGAIN }</span>
            for order in LabelOrder::NAMED.into_iter().filter(|order| order != current) {
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
