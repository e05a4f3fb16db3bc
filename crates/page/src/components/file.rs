//! The button that opens a file dialog.

use web_sys::{File, HtmlInputElement};
use yew::{AttrValue, Callback, Html, TargetCast, classes, html};

use super::icons::{Picture, icon};
use crate::language::Text;
use crate::sources::folder::list;

/// What a file dialog offers, and its button.
pub struct FileButton {
    /// Its test id.
    pub testid: &'static str,
    /// The button's label.
    pub label: Text,
    /// A tooltip.
    pub hint: Option<Text>,
    /// Its icon.
    pub picture: Picture,
    /// The accepted file types.
    pub accept: Option<&'static str>,
    /// Whether several may be chosen.
    pub multiple: bool,
    /// Whether a folder is chosen instead of files.
    pub folder: bool,
    /// The id of a panel that its file opens: it gets the focus back when the panel is closed.
    pub panel: Option<&'static str>,
    /// Whether it is the page's primary button.
    pub primary: bool,
    /// Called with the chosen files, at least one.
    pub on_files: Callback<Vec<File>>,
}

impl FileButton {
    /// A button for one file of any type.
    pub const fn new(testid: &'static str, label: Text, picture: Picture, on_files: Callback<Vec<File>>) -> Self {
        Self {
            testid,
            label,
            hint: None,
            picture,
            accept: None,
            multiple: false,
            folder: false,
            panel: None,
            primary: false,
            on_files,
        }
    }
}

/// A file input styled as a button; it stays a real input for keyboards and screen readers.
pub fn file_button(button: FileButton) -> Html {
    let FileButton { testid, label, hint, picture, accept, multiple, folder, panel, primary, on_files } = button;
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
        <label class={classes!("button", primary.then_some("primary"))} title={hint.map(AttrValue::from)}>
            <input
                type="file"
                class="visually-hidden"
                data-testid={testid}
                data-panel={panel}
                {accept}
                {multiple}
                webkitdirectory={folder}
                aria-label={label}
                {onchange}
            />
            { icon(picture) }{ label }
        </label>
    }
}
