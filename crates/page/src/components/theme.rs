//! The toggle for light and dark.

use yew::{Callback, Html, Properties, component, html};

use super::icons::{Picture, icon};
use crate::settings::Theme;
use crate::state::Action;
use crate::text;

#[derive(PartialEq, Properties)]
pub struct ThemeToggleProps {
    /// The current theme.
    pub theme: Theme,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// A button that goes through system, light and dark.
#[component]
pub fn ThemeToggle(props: &ThemeToggleProps) -> Html {
    let onclick = {
        let (next, dispatch) = (props.theme.next(), props.dispatch.clone());
        Callback::from(move |_| {
            next.apply();
            dispatch.emit(Action::Theme(next));
        })
    };
    let picture = match props.theme {
        Theme::System => Picture::System,
        Theme::Light => Picture::Sun,
        Theme::Dark => Picture::Moon,
    };
    html! {
        <button
            type="button"
            class="button bare"
            data-testid="theme"
            title={text::theme(props.theme)}
            aria-label={text::theme(props.theme)}
            {onclick}
        >
            { icon(picture) }
        </button>
    }
}
