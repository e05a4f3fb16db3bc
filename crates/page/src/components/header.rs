//! The header: name, navigation, backend, language, theme.

use yew::{Callback, Html, Properties, component, html, use_context};

use super::backend::backend_panel;
use super::icons::{Picture, icon};
use super::language::language_choice;
use super::theme::theme_toggle;
use crate::controller::Controller;
use crate::language::Language;
use crate::settings::{Page, Theme};
use crate::state::{Action, EngineState};
use crate::text;
use mien_protocol::{BackendChoice, Measured};

#[derive(PartialEq, Properties)]
pub struct HeaderProps {
    /// The current page.
    pub page: Page,
    /// The theme.
    pub theme: Theme,
    /// The language.
    pub language: Language,
    /// The engine's state.
    pub engine: EngineState,
    /// The selected backend.
    pub choice: BackendChoice,
    /// What *Auto* measured.
    pub measured: Option<Measured>,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// The header of every page. It is a component, so that it is not rendered with every frame of the camera.
#[component]
pub fn Header(props: &HeaderProps) -> Html {
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    html! {
        <header class="masthead">
            <a class="brand" href={Page::Live.fragment()}>
                { icon(Picture::Mien) }
                <span class="brand-name">{ text::NAME }</span>
                <span class="brand-line">{ text::TAGLINE }</span>
            </a>
            <nav class="pages" aria-label={text::NAVIGATION}>
                for page in Page::ALL {
                    <a href={page.fragment()} aria-current={(page == props.page).then_some("page")}>
                        { text::page(page) }
                    </a>
                }
            </nav>
            { backend_panel(&props.engine, props.choice, props.measured, &controller) }
            { language_choice(props.language, &controller) }
            { theme_toggle(props.theme, &props.dispatch) }
        </header>
    }
}
