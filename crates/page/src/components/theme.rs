//! The toggle for light and dark.

use yew::{Callback, Html, html};

use super::icons::{Picture, icon};
use crate::settings::Theme;
use crate::state::Action;
use crate::text;

/// A button that goes through system, light and dark.
pub fn theme_toggle(theme: Theme, dispatch: &Callback<Action>) -> Html {
    let onclick = {
        let (next, dispatch) = (theme.next(), dispatch.clone());
        Callback::from(move |_| {
            next.apply();
            dispatch.emit(Action::Theme(next));
        })
    };
    let picture = match theme {
        Theme::System => Picture::System,
        Theme::Light => Picture::Sun,
        Theme::Dark => Picture::Moon,
    };
    html! {
        <button
            type="button"
            class="button bare"
            data-testid="theme"
            title={text::theme(theme)}
            aria-label={text::theme(theme)}
            {onclick}
        >
            { icon(picture) }
        </button>
    }
}
