//! A labelled list of choices.

use web_sys::HtmlSelectElement;
use yew::{Callback, Html, TargetCast, html};

use crate::language::Text;

/// A list with these names, of which one is chosen; `choose` gets the index of another one.
pub fn choice(
    testid: &'static str,
    label: Text,
    names: &[String],
    chosen: Option<usize>,
    choose: Callback<usize>,
) -> Html {
    let onchange = Callback::from(move |event: yew::Event| {
        let index = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.selected_index());
        if let Some(index) = index.and_then(|index| usize::try_from(index).ok()) {
            choose.emit(index);
        }
    });
    html! {
        <label class="field">
            <span class="field-name">{ label }</span>
            <select class="select" data-testid={testid} {onchange}>
                for (index, name) in names.iter().enumerate() {
                    <option selected={chosen == Some(index)}>{ name.clone() }</option>
                }
            </select>
        </label>
    }
}
