//! Buttons for loading or creating a dataset.

use yew::{Callback, Html, Properties, component, html, use_context};

use super::super::file::FileButton;
use super::super::icons::{Picture, icon};
use crate::controller::Controller;
use crate::text::dataset as text;

#[derive(PartialEq, Properties)]
pub struct DatasetButtonsProps {
    /// Whether no dataset is loaded yet, so that these are the page's primary buttons.
    #[prop_or_default]
    pub first: bool,
}

/// Buttons to choose a file, choose a folder, or create a dataset.
#[component]
pub fn DatasetButtons(props: &DatasetButtonsProps) -> Html {
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let on_files = {
        let controller = controller.clone();
        Callback::from(move |files| controller.dataset.open(files))
    };
    let make = Callback::from(move |_| controller.dataset.create(text::CREATE_NAME.into()));
    html! {
        <div class="tools">
            <FileButton
                testid="dataset-input"
                label={text::CHOOSE_FILE}
                hint={Some(text::CHOOSE_FILE_HINT)}
                picture={Picture::Table}
                accept={Some(".csv,.tsv,.txt,.gz,.tgz,.zip,.tar,.parquet,.npz,.npy,text/csv,application/gzip,application/zip,application/x-tar")}
                multiple={true}
                primary={props.first}
                on_files={on_files.clone()}
            />
            <FileButton
                testid="dataset-folder"
                label={text::CHOOSE_FOLDER}
                hint={Some(text::CHOOSE_FOLDER_HINT)}
                picture={Picture::Folder}
                folder={true}
                {on_files}
            />
            <button type="button" class="button" data-testid="dataset-create" onclick={make}>
                { icon(Picture::Plus) }{ text::CREATE }
            </button>
        </div>
    }
}
