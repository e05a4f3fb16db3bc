//! The choice of language.

use web_sys::HtmlSelectElement;
use yew::{Callback, Html, TargetCast, html};

use crate::controller::Controller;
use crate::language::Language;
use crate::text;

/// A list of the languages, each in its own name.
pub fn language_choice(current: Language, controller: &Controller) -> Html {
    let controller = controller.clone();
    let onchange = Callback::from(move |event: yew::Event| {
        let select = event.target_dyn_into::<HtmlSelectElement>();
        if let Some(language) = select.and_then(|select| Language::of(&select.value())) {
            language.remember();
            controller.set_language(language);
        }
    });
    html! {
        <select class="select language" data-testid="language" aria-label={text::LANGUAGE_CHOICE} {onchange}>
            for language in Language::all() {
                <option value={language.tag()} lang={language.tag()} selected={language == current}>
                    { language.name() }
                </option>
            }
        </select>
    }
}
