//! The choice of language.

use web_sys::HtmlSelectElement;
use yew::{Callback, Html, Properties, TargetCast, component, html, use_context};

use crate::controller::Controller;
use crate::language::Language;
use crate::text;

#[derive(PartialEq, Properties)]
pub struct LanguageChoiceProps {
    /// The current language.
    pub language: Language,
}

/// A list of the languages, each in its own name.
#[component]
pub fn LanguageChoice(props: &LanguageChoiceProps) -> Html {
    let controller = use_context::<Controller>();
    let onchange = Callback::from(move |event: yew::Event| {
        let select = event.target_dyn_into::<HtmlSelectElement>();
        let language = select.and_then(|select| Language::of(&select.value()));
        if let (Some(controller), Some(language)) = (&controller, language) {
            language.remember();
            controller.set_language(language);
        }
    });
    html! {
        <select class="select language" data-testid="language" aria-label={text::LANGUAGE_CHOICE} {onchange}>
            for language in Language::all() {
                <option value={language.tag()} lang={language.tag()} selected={language == props.language}>
                    { language.name() }
                </option>
            }
        </select>
    }
}
