//! Radio buttons with descriptions.

use yew::{Callback, Html, html};

use crate::language::Text;

/// A radio button.
pub struct RadioOption {
    /// Its test id.
    pub testid: &'static str,
    /// Its title.
    pub title: String,
    /// Its description.
    pub text: Text,
    /// Additional content, shown when it is selected.
    pub more: Html,
}

/// Radio buttons as cards.
pub fn choices(
    name: &'static str,
    legend: Text,
    options: Vec<RadioOption>,
    chosen: usize,
    on_choose: &Callback<usize>,
) -> Html {
    html! {
        <fieldset class="choices">
            <legend>{ legend }</legend>
            <div class="choice-cards">
                for (index, option) in options.into_iter().enumerate() {
                    <div class="choice">
                        <label>
                            <input
                                type="radio"
                                {name}
                                data-testid={option.testid}
                                checked={index == chosen}
                                onchange={on_choose.reform(move |_| index)}
                            />
                            <span class="choice-title">{ option.title }</span>
                            <span class="hint">{ option.text }</span>
                        </label>
                        if index == chosen {
                            { option.more }
                        }
                    </div>
                }
            </div>
        </fieldset>
    }
}
