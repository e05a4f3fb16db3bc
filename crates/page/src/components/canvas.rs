//! A canvas that shows an image without interpolation; the style sheet scales it.

use std::rc::Rc;

use web_sys::HtmlCanvasElement;
use yew::{AttrValue, Html, Properties, component, html, use_effect_with, use_node_ref};

use crate::sources::picture;
use crate::state::SharedPainting;
use mien_core::vision::CROP_SIDE;

/// What a canvas shows.
#[derive(Clone, PartialEq)]
pub enum Drawing {
    /// A 48×48 image as grey bytes, row by row.
    Grey(Rc<[u8]>),
    /// An image computed by the engine.
    Painting(SharedPainting),
    /// Nothing, not even what it showed before.
    Empty,
}

impl Drawing {
    fn size(&self) -> (u32, u32) {
        match self {
            Self::Painting(SharedPainting(painting)) => (painting.width, painting.height),
            Self::Grey(_) | Self::Empty => (CROP_SIDE as u32, CROP_SIDE as u32),
        }
    }

    fn draw(&self, canvas: &HtmlCanvasElement) {
        match self {
            Self::Grey(pixels) => picture::draw_grey(canvas, pixels),
            Self::Painting(SharedPainting(painting)) => picture::draw(canvas, painting),
            // Setting its size empties a canvas.
            Self::Empty => canvas.set_width(self.size().0),
        }
    }
}

#[derive(PartialEq, Properties)]
pub struct CanvasProps {
    /// What it shows; `None` leaves what it showed before, and the size of a 48×48 image.
    pub drawing: Option<Drawing>,
    /// Its CSS classes.
    #[prop_or_default]
    pub class: Option<&'static str>,
    /// Its role; without one it is hidden from screen readers.
    pub role: Option<&'static str>,
    /// A text alternative; `None` if the surrounding text describes the image.
    pub label: Option<AttrValue>,
    /// Its test id.
    #[prop_or_default]
    pub testid: Option<&'static str>,
}

/// The canvas.
#[component]
pub fn Canvas(props: &CanvasProps) -> Html {
    let canvas = use_node_ref();
    {
        let canvas = canvas.clone();
        use_effect_with(props.drawing.clone(), move |drawing| {
            if let (Some(canvas), Some(drawing)) = (canvas.cast::<HtmlCanvasElement>(), drawing) {
                drawing.draw(&canvas);
            }
        });
    }
    let (width, height) = props.drawing.as_ref().unwrap_or(&Drawing::Empty).size();
    html! {
        <canvas
            ref={canvas}
            class={props.class}
            width={width.to_string()}
            height={height.to_string()}
            role={props.role}
            aria-label={props.label.clone()}
            aria-hidden={props.role.is_none().then_some("true")}
            data-testid={props.testid}
        />
    }
}
