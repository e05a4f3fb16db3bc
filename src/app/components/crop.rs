//! The 48×48 picture that the network gets.

use wasm_bindgen::Clamped;
use web_sys::{HtmlCanvasElement, ImageData};
use yew::{Html, NodeRef, Properties, component, html, use_effect_with, use_node_ref};

use crate::app::sources::picture;
use crate::app::text;
use crate::vision::CROP_SIDE;

#[derive(PartialEq, Properties)]
pub struct CropViewProps {
    /// The face's number.
    pub id: u32,
    /// Grey bytes, row by row.
    pub crop: Vec<u8>,
}

/// Shows the crop pixel by pixel; the style sheet makes it larger.
#[component]
pub fn CropView(props: &CropViewProps) -> Html {
    let canvas = use_node_ref();
    {
        let canvas = canvas.clone();
        use_effect_with(props.crop.clone(), move |crop| draw(&canvas, crop));
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
            <figcaption>{ text::NETWORK_SEES }</figcaption>
        </figure>
    }
}

/// Puts grey bytes onto a canvas of the same size.
pub fn draw(canvas: &NodeRef, crop: &[u8]) {
    let Some(context) = canvas.cast::<HtmlCanvasElement>().and_then(|canvas| picture::context(&canvas)) else { return };
    let pixels: Vec<u8> = crop.iter().flat_map(|&grey| [grey, grey, grey, 255]).collect();
    // A crop of another length than 48×48 is not shown: the engine never sends one.
    if let Ok(pixels) = ImageData::new_with_u8_clamped_array(Clamped(&pixels), CROP_SIDE as u32) {
        context.put_image_data(&pixels, 0.0, 0.0).ok();
    }
}
