//! The switch between the network in training and the active one.

use yew::{Html, html};

use crate::controller::Controller;
use crate::settings::Page;
use crate::text::training::run as text;

/// The switch, and whether the network being trained is the one in use on the Live page. On the Live page, a link leads
/// to the Training page, and back.
pub fn show_switch(showing: bool, page: Page, controller: &Controller) -> Html {
    let controller = controller.clone();
    let (link, words) =
        if page == Page::Live { (Page::Training, text::RUN_LINK) } else { (Page::Live, text::SHOW_LINK) };
    html! {
        <div class="show-switch">
            <label>
                <input
                    type="checkbox"
                    role="switch"
                    data-testid="train-show"
                    checked={showing}
                    onchange={move |_| controller.show_training(!showing)}
                />
                { text::SHOW }
            </label>
            <p data-testid="train-shown" data-showing={showing.to_string()}>
                { if showing { text::SHOWING } else { text::NOT_SHOWING } }{ " " }
                <a href={link.fragment()}>{ words }</a>
            </p>
        </div>
    }
}
