//! The empty picture area.

use yew::{Html, Properties, component, html};

use crate::text;

#[derive(PartialEq, Properties)]
pub struct WelcomeProps {
    /// The buttons.
    pub children: Html,
}

/// Explains what can be done here, with the buttons to do it.
#[component]
pub fn Welcome(props: &WelcomeProps) -> Html {
    html! {
        <div class="welcome">
            <h1>{ text::WELCOME }</h1>
            <p>{ text::WELCOME_HOW }</p>
            { props.children.clone() }
            <p class="welcome-drop">{ text::WELCOME_DROP }</p>
        </div>
    }
}
