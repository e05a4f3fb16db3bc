//! Buttons for loading or creating a dataset.

use yew::{Callback, Html, html};

use super::super::file::{FileButton, file_button};
use super::super::icons::{Picture, icon};
use crate::controller::Controller;
use crate::text::dataset as text;

/// The types of files that may hold a dataset.
const FILE_TYPES: &str = ".csv,.tsv,.txt,.gz,.tgz,.zip,.tar,.parquet,.npz,.npy,text/csv,application/gzip,\
application/zip,application/x-tar";

/// Buttons to choose a file, choose a folder, or create a dataset. They are the page's primary ones for the `first`
/// dataset.
pub fn dataset_buttons(first: bool, controller: &Controller) -> Html {
    let on_files = {
        let controller = controller.clone();
        Callback::from(move |files| controller.dataset.open(files))
    };
    let make = {
        let controller = controller.clone();
        Callback::from(move |_| controller.dataset.create(text::CREATE_NAME.into()))
    };
    html! {
        <div class="tools">
            {
                file_button(FileButton {
                    hint: Some(text::CHOOSE_FILE_HINT),
                    accept: Some(FILE_TYPES),
                    multiple: true,
                    primary: first,
                    ..FileButton::new("dataset-input", text::CHOOSE_FILE, Picture::Table, on_files.clone())
                })
            }
            {
                file_button(FileButton {
                    hint: Some(text::CHOOSE_FOLDER_HINT),
                    folder: true,
                    ..FileButton::new("dataset-folder", text::CHOOSE_FOLDER, Picture::Folder, on_files)
                })
            }
            <button type="button" class="button" data-testid="dataset-create" onclick={make}>
                { icon(Picture::Plus) }{ text::CREATE }
            </button>
        </div>
    }
}
