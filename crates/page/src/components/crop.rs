//! The 48×48 input of the network.

use web_sys::HtmlCanvasElement;
use yew::{AttrValue, Html, Properties, component, html, use_effect_with, use_node_ref};

use super::explain::PaintingView;
use crate::sources::picture;
use crate::state::SharedPainting;
use crate::text;
use mien_core::vision::CROP_SIDE;

#[derive(PartialEq, Properties)]
pub struct CropViewProps {
    /// The face's number.
    pub id: u32,
    /// Grey bytes, row by row.
    pub crop: Vec<u8>,
    /// The heatmap overlay and its description.
    #[prop_or_default]
    pub map: Option<(SharedPainting, AttrValue)>,
}

/// Shows the crop without interpolation; the style sheet scales it.
#[component]
pub fn CropView(props: &CropViewProps) -> Html {
    let canvas = use_node_ref();
    {
        let canvas = canvas.clone();
        use_effect_with(props.crop.clone(), move |crop| {
            if let Some(canvas) = canvas.cast::<HtmlCanvasElement>() {
                picture::draw_grey(&canvas, crop);
            }
        });
    }
    let side = CROP_SIDE.to_string();
    html! {
        <figure class="crop">
            <canvas
                ref={canvas}
                width={side.clone()}
                height={side}
                data-testid="face-crop"
                role="img"
                aria-label={text::crop(props.id)}
            />
            if let Some((painting, label)) = props.map.clone() {
                <PaintingView {painting} {label} />
            }
            <figcaption>{ text::NETWORK_SEES }</figcaption>
        </figure>
    }
}
