//! The empty picture area.

use yew::{Html, html};

use crate::text;

/// Explains what can be done here, with the buttons to do it.
pub fn welcome(buttons: Html) -> Html {
    html! {
        <div key="welcome" class="welcome">
            <h1>{ text::WELCOME }</h1>
            <p>{ text::WELCOME_HOW }</p>
            { buttons }
            <p class="welcome-drop">{ text::WELCOME_DROP }</p>
        </div>
    }
}
