//! Whether the faces of a dataset's images are cropped, and the other choice.

use std::rc::Rc;

use yew::{Callback, Html, Properties, component, html, use_context, use_memo};

use super::thumb::{Pixels, thumb};
use crate::controller::Controller;
use crate::text::dataset as text;
use mien_core::dataset::CropChoice;
use mien_core::vision::CROP_PIXELS;
use mien_protocol::{CropSummary, DatasetId};

#[derive(PartialEq, Properties)]
pub struct CropFacesProps {
    /// The set.
    pub set: DatasetId,
    /// What was cropped.
    pub crops: CropSummary,
}

/// The first images in both ways, and a button for the other one.
#[component]
pub fn CropFaces(props: &CropFacesProps) -> Html {
    let report = props.crops.report;
    let pairs = use_memo(props.crops.preview.clone(), |preview| {
        preview.as_chunks::<CROP_PIXELS>().0.iter().map(|pixels| Pixels(Rc::from(&pixels[..]))).collect::<Vec<_>>()
    });
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let set = props.set;
    let (other, label) = match report.is_cropped {
        true => (CropChoice::Centre, text::CROP_CENTRE),
        false => (CropChoice::Faces, text::CROP_FACES),
    };
    html! {
        <div
            class="crop-faces"
            data-testid="crop-faces-summary"
            data-cropped={report.is_cropped.to_string()}
            data-images={report.pictures.to_string()}
            data-without={report.without_face.to_string()}
            data-several={report.several.to_string()}
        >
            if !pairs.is_empty() {
                <p class="muted">{ text::CROP_PREVIEW }</p>
                <ul>
                    for pair in pairs.as_chunks::<2>().0 {
                        <li>
                            for pixels in pair {
                                { thumb(Some(pixels.clone()), None) }
                            }
                        </li>
                    }
                </ul>
            }
            <button type="button" class="button" data-testid="crop-faces" onclick={Callback::from(move |_| controller.dataset.crop(set, other))}>
                { label }
            </button>
        </div>
    }
}
