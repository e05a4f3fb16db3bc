//! The 48×48 input of the network.

use std::rc::Rc;

use yew::{AttrValue, Html, html};

use super::canvas::{Canvas, Drawing};
use super::explain::painting;
use crate::state::SharedPainting;
use crate::text;

/// The crop of the face with a number, as grey bytes, row by row, with the heatmap over it and its description.
pub fn crop_view(id: u32, crop: &[u8], map: Option<(SharedPainting, AttrValue)>) -> Html {
    html! {
        <figure class="crop">
            <Canvas
                drawing={Drawing::Grey(Rc::from(crop))}
                role="img"
                label={AttrValue::from(text::crop(id))}
                testid="face-crop"
            />
            if let Some((map, label)) = map {
                { painting(&map, Some(label)) }
            }
            <figcaption>{ text::NETWORK_SEES }</figcaption>
        </figure>
    }
}
