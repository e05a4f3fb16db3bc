//! The switch between the network in training and the active one.

use yew::{Html, Properties, component, html, use_context};

use crate::controller::Controller;
use crate::settings::Page;
use crate::text::training::run as text;

#[derive(PartialEq, Properties)]
pub struct ShowSwitchProps {
    /// Whether the network being trained is used on the Live page.
    pub showing: bool,
    /// The page that shows the switch; a link leads to the other one.
    pub page: Page,
}

/// The switch, and which network is in use.
#[component]
pub fn ShowSwitch(props: &ShowSwitchProps) -> Html {
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let showing = props.showing;
    let (link, words) =
        if props.page == Page::Live { (Page::Training, text::RUN_LINK) } else { (Page::Live, text::SHOW_LINK) };
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
