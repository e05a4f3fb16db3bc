//! The header: name, navigation, backend, language, theme.

use yew::{Callback, Html, Properties, component, html};

use super::backend::BackendPanel;
use super::icons::{Picture, icon};
use super::language::LanguageChoice;
use super::theme::ThemeToggle;
use crate::language::Language;
use crate::settings::{Page, Theme};
use crate::state::{Action, EngineState};
use crate::text;
use mien_protocol::BackendChoice;

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
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// The header of every page.
#[component]
pub fn Header(props: &HeaderProps) -> Html {
    // What does not know the language itself is made anew in another.
    let tag = props.language.tag();
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
            <BackendPanel key={tag} engine={props.engine.clone()} choice={props.choice} />
            <LanguageChoice language={props.language} />
            <ThemeToggle key={tag} theme={props.theme} dispatch={props.dispatch.clone()} />
        </header>
    }
}
