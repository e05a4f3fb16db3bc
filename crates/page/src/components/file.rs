//! The button that opens a file dialog.

use web_sys::{File, HtmlInputElement};
use yew::{AttrValue, Callback, Html, Properties, TargetCast, classes, component, html};

use super::icons::{Picture, icon};
use crate::language::Text;
use crate::sources::folder::list;

#[derive(PartialEq, Properties)]
pub struct FileButtonProps {
    /// Its test id.
    pub testid: &'static str,
    /// The button's label.
    pub label: Text,
    /// A tooltip.
    #[prop_or_default]
    pub hint: Option<Text>,
    /// Its icon.
    pub picture: Picture,
    /// The accepted file types.
    #[prop_or_default]
    pub accept: Option<&'static str>,
    /// Whether several may be chosen.
    #[prop_or_default]
    pub multiple: bool,
    /// Whether a folder is chosen instead of files.
    #[prop_or_default]
    pub folder: bool,
    /// Whether it is the page's primary button.
    #[prop_or_default]
    pub primary: bool,
    /// Called with the chosen files, at least one.
    pub on_files: Callback<Vec<File>>,
}

/// A file input styled as a button; it stays a real input for keyboards and screen readers.
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
            { icon(props.picture) }{ props.label }
        </label>
    }
}
