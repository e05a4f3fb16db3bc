//! The button that asks for files.

use web_sys::{File, HtmlInputElement};
use yew::{AttrValue, Callback, Html, Properties, TargetCast, classes, component, html};

use super::icons::{Icon, Picture};
use crate::language::Text;
use crate::sources::folder::list;

#[derive(PartialEq, Properties)]
pub struct FileButtonProps {
    /// Its test id.
    pub testid: &'static str,
    /// What it says.
    pub label: Text,
    /// More about what to choose.
    #[prop_or_default]
    pub hint: Option<Text>,
    /// Its icon.
    pub picture: Picture,
    /// What the browser offers.
    #[prop_or_default]
    pub accept: Option<&'static str>,
    /// Whether several may be chosen.
    #[prop_or_default]
    pub multiple: bool,
    /// Whether a folder is chosen rather than a file.
    #[prop_or_default]
    pub folder: bool,
    /// Whether it is what most visitors want here.
    #[prop_or_default]
    pub primary: bool,
    /// Takes the chosen files, which are at least one.
    pub on_files: Callback<Vec<File>>,
}

/// A file input that looks like the other buttons. It remains a real input, for keyboards and screen readers.
#[component]
pub fn FileButton(props: &FileButtonProps) -> Html {
    let on_files = props.on_files.clone();
    let onchange = Callback::from(move |event: yew::Event| {
        let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
        let files = list(input.files());
        // So that choosing the same file again counts as a change.
        input.set_value("");
        if !files.is_empty() {
            on_files.emit(files);
        }
    });
    html! {
        <label class={classes!("button", props.primary.then_some("primary"))} title={props.hint.map(AttrValue::from)}>
            <input
                type="file"
                class="visually-hidden"
                data-testid={props.testid}
                accept={props.accept}
                multiple={props.multiple}
                webkitdirectory={props.folder}
                aria-label={props.label}
                {onchange}
            />
            <Icon picture={props.picture} />{ props.label }
        </label>
    }
}
