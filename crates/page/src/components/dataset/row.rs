//! A row of the grid.

use wasm_bindgen::Clamped;
use web_sys::{HtmlCanvasElement, ImageData};
use yew::{Html, Properties, classes, component, html, use_effect_with, use_node_ref};

use super::thumb::Pixels;
use crate::hooks::use_style;
use crate::sources::picture;
use crate::text;
use crate::text::dataset as words;
use mien_core::dataset::Split;
use mien_core::expression::Expression;
use mien_core::vision::CROP_SIDE;

/// Margin around each image, in image pixels.
const MARGIN: usize = 2;

/// Width and height of an image including its margin.
const SLOT: usize = CROP_SIDE + 2 * MARGIN;

/// An image in its row.
#[derive(Clone, PartialEq)]
pub struct Tile {
    /// Its index among the shown images.
    pub index: usize,
    /// Its index in the dataset.
    pub sample: u32,
    /// The number of its row in the file.
    pub row: u32,
    /// Its class.
    pub class: Option<Expression>,
    /// Its split.
    pub split: Option<Split>,
    /// Whether it is in the tab order.
    pub reached: bool,
    /// Whether it is open in the viewer.
    pub open: bool,
    /// Its pixels, once loaded.
    pub pixels: Option<Pixels>,
}

#[derive(PartialEq, Properties)]
pub struct RowProps {
    /// Index of the row.
    pub row: usize,
    /// Vertical offset in pixels.
    pub top: i32,
    /// Number of columns.
    pub columns: usize,
    /// The tiles.
    pub tiles: Vec<Tile>,
}

/// A row, which re-renders only when it changes. A single canvas shows all its images, since many canvases scroll
/// slowly.
#[component]
pub fn Row(props: &RowProps) -> Html {
    let (row, canvas) = (use_node_ref(), use_node_ref());
    use_style(&row, vec![("top", format!("{}px", props.top)), ("--columns", props.columns.to_string())]);
    {
        let canvas = canvas.clone();
        let pixels: Vec<Option<Pixels>> = props.tiles.iter().map(|tile| tile.pixels.clone()).collect();
        use_effect_with((props.columns, pixels), move |(columns, pixels)| {
            if let Some(canvas) = canvas.cast::<HtmlCanvasElement>() {
                draw(&canvas, *columns, pixels);
            }
        });
    }
    html! {
        <div
            ref={row}
            class="grid-row"
            role="row"
            aria-rowindex={(props.row + 1).to_string()}
        >
            <canvas ref={canvas} width={(props.columns * SLOT).to_string()} height={SLOT.to_string()} aria-hidden="true" />
            for tile in props.tiles.iter() {
                <div
                    key={tile.index}
                    class={classes!("tile", tile.open.then_some("open"))}
                    role="gridcell"
                    tabindex={if tile.reached { "0" } else { "-1" }}
                    data-testid="dataset-image"
                    data-state={if tile.pixels.is_some() { "shown" } else { "waiting" }}
                    data-index={tile.index.to_string()}
                    data-sample={tile.sample.to_string()}
                    data-row={tile.row.to_string()}
                    aria-label={words::image(tile.row, tile.class, tile.split)}
                >
                    <span aria-hidden="true">{ tile.class.map_or("", |class| text::expression(class).text()) }</span>
                </div>
            }
        </div>
    }
}

/// Draws the images side by side; images that are not loaded yet stay blank.
fn draw(canvas: &HtmlCanvasElement, columns: usize, images: &[Option<Pixels>]) {
    let width = columns * SLOT;
    let mut colours = vec![0; 4 * width * SLOT];
    for (column, image) in images.iter().enumerate() {
        let Some(Pixels(image)) = image else { continue };
        for (line, greys) in image.chunks_exact(CROP_SIDE).enumerate() {
            let start = (MARGIN + line) * width + column * SLOT + MARGIN;
            let Some(target) = colours.get_mut(4 * start..4 * (start + CROP_SIDE)) else { return };
            for (colour, &grey) in target.as_chunks_mut::<4>().0.iter_mut().zip(greys) {
                *colour = [grey, grey, grey, 255];
            }
        }
    }
    if let Some(context) = picture::context(canvas)
        && let Ok(pixels) = ImageData::new_with_u8_clamped_array(Clamped(&colours), width as u32)
    {
        context.put_image_data(&pixels, 0.0, 0.0).ok();
    }
}
