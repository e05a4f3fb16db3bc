//! The form that renames a network or a run, shown in place of its name.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::{
    AttrValue, Callback, FocusEvent, Html, InputEvent, KeyboardEvent, Properties, SubmitEvent, TargetCast, component,
    html, use_effect_with, use_mut_ref, use_node_ref, use_state_eq,
};

use crate::language::Text;

#[derive(PartialEq, Properties)]
pub struct RenameProps {
    /// The form's id. The button that opened the form has it as `data-panel`: it gets the focus back.
    pub id: AttrValue,
    /// The present name.
    pub name: AttrValue,
    /// What the field is for.
    pub label: Text,
    /// The field's test id.
    pub testid: &'static str,
    /// The largest number of characters.
    pub longest: &'static str,
    /// A button that keeps the name, and its test id. Without one, leaving the field keeps it.
    #[prop_or_default]
    pub button: Option<(Text, &'static str)>,
    /// Called once with the new name, or `None` if it stays as it is.
    pub done: Callback<Option<String>>,
}

/// A field with the name, which has the focus: Enter keeps what was typed, Escape does not.
#[component]
pub fn Rename(props: &RenameProps) -> Html {
    let typed = use_state_eq(|| props.name.to_string());
    let over = use_mut_ref(|| false);
    let field = use_node_ref();
    {
        let field = field.clone();
        use_effect_with((), move |()| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                field.focus().ok();
                field.select();
            }
        });
    }
    let end: Rc<dyn Fn(bool)> = {
        let (typed, done) = (typed.clone(), props.done.clone());
        Rc::new(move |keep| {
            // a field that is removed is left as well
            if !over.replace(true) {
                done.emit(Some(typed.trim().to_owned()).filter(|name| keep && !name.is_empty()));
            }
        })
    };
    let onsubmit = {
        let end = Rc::clone(&end);
        move |event: SubmitEvent| {
            event.prevent_default();
            end(true);
        }
    };
    let onkeydown = {
        let end = Rc::clone(&end);
        move |event: KeyboardEvent| {
            // while a character is composed, Escape is for the input method
            if event.key() == "Escape" && !event.is_composing() {
                end(false);
            }
        }
    };
    let onblur = props.button.is_none().then(|| Callback::from(move |_: FocusEvent| end(true)));
    let value = (*typed).clone();
    let oninput = move |event: InputEvent| {
        if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
            typed.set(field.value());
        }
    };
    html! {
        <form class="tools rename" id={props.id.clone()} {onsubmit} {onkeydown}>
            <input
                ref={field}
                type="text"
                class="input"
                aria-label={props.label}
                data-testid={props.testid}
                maxlength={props.longest}
                {value}
                {oninput}
                {onblur}
            />
            if let Some((label, testid)) = props.button {
                <button type="submit" class="button primary" data-testid={testid}>{ label }</button>
            }
        </form>
    }
}
