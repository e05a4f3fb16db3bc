//! The heatmap overlay on a face in the picture, rotated with the face.

use web_sys::HtmlElement;
use yew::{Html, Properties, component, html, use_effect_with, use_node_ref};

use super::painting::painting;
use crate::state::SharedPainting;
use mien_core::number::fixed;
use mien_core::vision::Point;

#[derive(PartialEq, Properties)]
pub struct HeatmapOverlayProps {
    /// The heatmap.
    pub painting: SharedPainting,
    /// The corners of the crop in the picture, clockwise from the crop's top left.
    pub outline: [Point; 4],
    /// The picture's size.
    pub size: (f32, f32),
    /// Whether the picture is shown mirrored.
    pub mirrored: bool,
}

/// Draws the heatmap over the crop's area. Its description is shown beside the picture.
#[component]
pub fn HeatmapOverlay(props: &HeatmapOverlayProps) -> Html {
    let place = use_node_ref();
    {
        let place = place.clone();
        use_effect_with((props.outline, props.size, props.mirrored), move |(outline, (width, height), mirrored)| {
            let Some(place) = place.cast::<HtmlElement>() else { return };
            let [left, right, opposite, _] = *outline;
            let centre = left.midpoint(opposite);
            let angle = (right.y - left.y).atan2(right.x - left.x);
            let across = if *mirrored { width - centre.x } else { centre.x };
            let share = |value: f32, whole: f32| format!("{}%", fixed(f64::from(value / whole * 100.0), 2));
            let flip = if *mirrored { -1 } else { 1 };
            let turn = fixed(f64::from(angle), 4);
            let style = place.style();
            // Without them the map would lie beside the face, so it keeps the style sheet's `display: none`.
            let set = |name: &str, value: &str| style.set_property(name, value).ok();
            set("left", &share(across, *width));
            set("top", &share(centre.y, *height));
            set("width", &share(left.distance(right), *width));
            set("transform", &format!("translate(-50%, -50%) scaleX({flip}) rotate({turn}rad)"));
            set("display", "block");
        });
    }
    html! {
        <div class="glow" ref={place} data-testid="glow">
            { painting(&props.painting, None) }
        </div>
    }
}
