//! Thumbnails of the selected photos.

use yew::{Callback, Html, Properties, component, html, use_context};

use super::icons::{Picture, icon};
use crate::controller::Controller;
use crate::state::{Action, Photo, PhotoAction, PhotoStatus, Photos};
use crate::text;

#[derive(PartialEq, Properties)]
pub struct PhotoStripProps {
    /// The photos.
    pub photos: Photos,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// The thumbnails with results, and the progress.
#[component]
pub fn PhotoStrip(props: &PhotoStripProps) -> Html {
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let (done, all) = (props.photos.done(), props.photos.list.len());
    html! {
        <div class="strip">
            if let [photo] = props.photos.list.as_slice() {
                <p class="strip-name">{ &*photo.name }</p>
            } else {
            <ul class="strip-photos" aria-label={text::PHOTO_STRIP}>
                for photo in props.photos.list.iter() {
                    <li key={photo.id}>{ entry(photo, props) }</li>
                }
            </ul>
            }
            if done < all && all > 1 {
                <label class="strip-progress">
                    <progress aria-label={text::PHOTO_PROGRESS} max={all.to_string()} value={done.to_string()} />
                    { text::photos_read(done, all) }
                </label>
            }
            <button
                type="button"
                class="button bare"
                data-testid="photos-clear"
                title={text::PHOTO_CLEAR}
                aria-label={text::PHOTO_CLEAR}
                onclick={Callback::from(move |_| controller.photos.clear())}
            >
                { icon(Picture::Close) }
            </button>
        </div>
    }
}

fn entry(photo: &Photo, props: &PhotoStripProps) -> Html {
    let (result, state) = match &photo.status {
        PhotoStatus::Waiting => (String::new(), "waiting"),
        PhotoStatus::Looking => (String::new(), "looking"),
        PhotoStatus::Done(result) => (text::photo_result(result), "done"),
    };
    let onclick = {
        let (id, dispatch) = (photo.id, props.dispatch.clone());
        Callback::from(move |_| dispatch.emit(Action::Photos(PhotoAction::Select(id))))
    };
    html! {
        <button
            type="button"
            class="strip-photo"
            data-testid="photo"
            data-state={state}
            title={photo.name.to_string()}
            aria-current={(props.photos.selected == Some(photo.id)).then_some("true")}
            {onclick}
        >
            <span class="strip-thumbnail">
                if let Some(thumbnail) = &photo.thumbnail {
                    { Html::VRef(thumbnail.clone().into()) }
                }
            </span>
            <span class="strip-name">{ &*photo.name }</span>
            <span class="strip-result">{ result }</span>
        </button>
    }
}
