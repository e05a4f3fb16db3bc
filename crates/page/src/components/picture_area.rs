//! The picture area: the camera, photo or video with its overlay.

use std::rc::Rc;

use web_sys::{HtmlElement, Node};
use yew::{AttrValue, Html, Properties, classes, component, html, use_effect_with, use_node_ref};

use super::explain::HeatmapOverlay;
use super::overlay::overlay;
use crate::state::{Explanations, RecognitionResult};
use crate::text;
use mien_core::number::fixed;

#[derive(PartialEq, Properties)]
pub struct PictureAreaProps {
    /// The element that shows the picture: a canvas or the video. Without it, the children are shown.
    pub picture: Option<Node>,
    /// The picture's size in pixels; zero until known.
    pub size: (u32, u32),
    /// Whether it is shown mirrored.
    pub mirrored: bool,
    /// The recognized faces.
    pub result: Option<Rc<RecognitionResult>>,
    /// Heatmaps of the faces, if enabled.
    #[prop_or_default]
    pub found: Option<Rc<Explanations>>,
    /// A message while waiting, such as for the camera.
    pub waiting: Option<AttrValue>,
    /// The progress of the engine's startup, 0 to 1, while it starts.
    pub progress: Option<f32>,
    /// Shown over the picture.
    #[prop_or_default]
    pub over: Html,
    /// Shown if there is no picture.
    #[prop_or_default]
    pub children: Html,
}

/// Shows the picture as large as possible, with the faces marked.
#[component]
pub fn PictureArea(props: &PictureAreaProps) -> Html {
    let frame = use_node_ref();
    {
        let frame = frame.clone();
        use_effect_with((props.size, props.picture.is_some()), move |((width, height), _)| {
            if let Some(frame) = frame.cast::<HtmlElement>()
                && *width > 0
                && *height > 0
            {
                let ratio = fixed(f64::from(*width) / f64::from(*height), 4);
                // Without it the picture keeps the style sheet's shape.
                frame.style().set_property("--ratio", &ratio).ok();
            }
        });
    }
    html! {
        <section class={classes!("stage", props.picture.is_none().then_some("empty"))} aria-label={text::STAGE}>
            if let Some(picture) = props.picture.clone() {
                <div class="frame" ref={frame}>
                    <div class={classes!("pixels", props.mirrored.then_some("mirrored"))}>{ Html::VRef(picture) }</div>
                    if let Some(result) = &props.result {
                        { heatmaps(result, props) }
                        { overlay(result, props.mirrored) }
                    }
                </div>
                { props.over.clone() }
            } else {
                { props.children.clone() }
            }
            if let Some(waiting) = props.waiting.clone() {
                <div class="waiting">
                    if let Some(progress) = props.progress {
                        <progress aria-hidden="true" max="1" value={fixed(f64::from(progress), 3)} />
                    } else {
                        <span class="spinner" aria-hidden="true"></span>
                    }
                    <p role="status">{ waiting }</p>
                </div>
            }
        </section>
    }
}

/// The heatmap overlays, one per face.
fn heatmaps(result: &RecognitionResult, props: &PictureAreaProps) -> Html {
    let Some(found) = &props.found else { return Html::default() };
    let size = (result.width as f32, result.height as f32);
    let maps = result.faces.iter().filter_map(|face| Some((face, found.face(face.id)?.map.clone()?)));
    html! {
        for (face, painting) in maps {
            <HeatmapOverlay key={face.id} {painting} outline={face.outline} {size} mirrored={props.mirrored} />
        }
    }
}
