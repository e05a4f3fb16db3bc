//! Draws the timeline. The pixels of the bands are computed by [`mien_core::timeline::paint`].

use gloo::utils::window;
use wasm_bindgen::Clamped;
use web_sys::{CanvasRenderingContext2d, CssStyleDeclaration, Element, HtmlCanvasElement, ImageData};

use super::model::Model;
use crate::format::{clock, percent};
use crate::sources::picture::context;
use crate::text::{self, timeline as words};
use mien_core::number::fixed;
use mien_core::plot::STYLES;
use mien_core::timeline::{Column, Mode, Palette, Paper, Pixel, marker_labels, paint, rgb, runs, ticks};

/// Maximum number of device pixels across: more would take longer and show no more.
const MAX_WIDTH: f64 = 1600.0;

/// Lengths in units of the font size: the axis of probabilities, the markers, the name of a face, its probabilities, the
/// strip, what is named, the axis of time.
const GUTTER: f64 = 3.9;
const HEAD: f64 = 1.5;
const NAME: f64 = 1.6;
const HEIGHT: f64 = 5.5;
const STRIP: f64 = 0.6;
const NAMED: f64 = 1.3;
const FOOT: f64 = 1.6;

/// Width of a letter.
const LETTER: f64 = 0.6;

/// The probabilities at which there are lines.
const GRID: [f32; 3] = [0.0, 0.5, 1.0];

struct Sheet {
    context: CanvasRenderingContext2d,
    ink: String,
    muted: String,
    line: String,
    accent: String,
    /// Device pixels per font size.
    em: f64,
    width: f64,
    height: f64,
}

/// The font size of an element in CSS pixels.
fn font_size(style: &CssStyleDeclaration) -> f64 {
    let size = js_sys::parse_float(&style.get_property_value("font-size").unwrap_or_default());
    if size.is_finite() { size.max(6.0) } else { 12.0 }
}

/// The share of the visible part at a distance from the left edge of the plot, in CSS pixels.
pub fn share(plot: &Element, x: f64) -> f64 {
    let style = window().get_computed_style(plot).ok().flatten();
    let gutter = style.map_or(0.0, |style| font_size(&style) * GUTTER);
    (x - gutter) / (f64::from(plot.client_width()) - gutter).max(1.0)
}

/// Draws the plot on a canvas as wide as it is shown. `pixels` is memory that is used again.
pub fn draw(canvas: &HtmlCanvasElement, model: &Model, mode: Mode, pixels: &mut Vec<Pixel>) -> Option<()> {
    let clock = window().performance()?;
    let begin = clock.now();
    let style = window().get_computed_style(canvas).ok()??;
    let shown = f64::from(canvas.parent_element()?.client_width());
    if shown < 1.0 {
        return None;
    }
    let scale = window().device_pixel_ratio().min(MAX_WIDTH / shown).max(0.5);
    let em = (font_size(&style) * scale).round();
    let bands = model.faces.len().max(1) as f64;
    let band = ((NAME + HEIGHT + STRIP + NAMED) * em).round();
    let (width, height) = ((shown * scale).floor(), (HEAD * em).round() + bands * band + (FOOT * em).round());
    if f64::from(canvas.width()) != width || f64::from(canvas.height()) != height {
        canvas.set_width(width as u32);
        canvas.set_height(height as u32);
    }
    let color = |name: &str| style.get_property_value(name).unwrap_or_default();
    let [ink, muted, line, accent, surface] = ["--ink", "--muted", "--line", "--accent", "--surface"].map(color);
    let palette = Palette {
        classes: STYLES.map(|(colour, _)| rgb(colour).unwrap_or_default()),
        unsure: rgb(&line).unwrap_or([200; 3]),
        surface: rgb(&surface).unwrap_or([255; 3]),
    };
    let sheet = Sheet { context: context(canvas)?, ink, muted, line, accent, em, width, height };
    sheet.context.set_fill_style_str(&surface);
    sheet.context.fill_rect(0.0, 0.0, width, height);
    sheet.context.set_font(&format!("{}px system-ui, sans-serif", fixed(em, 0)));
    sheet.axis(model);
    let gutter = sheet.gutter();
    let columns = (width - gutter).max(1.0) as usize;
    let paper =
        Paper { width: columns, height: (HEIGHT * em) as usize, strip: (STRIP * em) as usize, scale: scale as f32 };
    let dashes = STYLES.map(|(_, dashes)| {
        let lengths = dashes.split(' ').filter_map(|length| length.parse::<u8>().ok());
        lengths.map(f32::from).collect::<Vec<f32>>()
    });
    pixels.resize(paper.pixels(), Pixel::default());
    for (index, (face, columns)) in model.faces.iter().zip(model.bands(columns)).enumerate() {
        let top = (HEAD * em).round() + index as f64 * band;
        paint(&columns, mode, &palette, &dashes, paper, pixels);
        sheet.band(*face, &columns, top, paper, pixels);
    }
    sheet.marks(model);
    // For measurements and tests.
    canvas.set_attribute("data-draw-ms", &fixed(clock.now() - begin, 2)).ok();
    Some(())
}

impl Sheet {
    fn gutter(&self) -> f64 {
        (GUTTER * self.em).round()
    }

    /// Where a time is.
    fn x(&self, model: &Model, time: f64) -> f64 {
        (self.gutter() + model.window.share(time) * (self.width - self.gutter())).round()
    }

    fn rectangle(&self, color: &str, [x, y, width, height]: [f64; 4]) {
        self.context.set_fill_style_str(color);
        self.context.fill_rect(x, y, width, height);
    }

    /// Writes a text; `align` is the canvas's name of an alignment.
    fn write(&self, color: &str, align: &str, [x, y]: [f64; 2], text: &str) {
        self.context.set_fill_style_str(color);
        self.context.set_text_align(align);
        self.context.fill_text(text, x, y).ok();
    }

    /// The axis of time, with lines behind the bands.
    fn axis(&self, model: &Model) {
        let bottom = self.height - FOOT * self.em;
        let room = (self.width - self.gutter()) / (self.em * 6.0);
        for time in ticks(model.window, room.max(2.0) as usize) {
            let x = self.x(model, time);
            self.rectangle(&self.line, [x, HEAD * self.em, 1.0, bottom - HEAD * self.em]);
            // The last label ends where the plot does.
            let align = if x + 2.0 * self.em > self.width { "end" } else { "center" };
            self.write(&self.muted, align, [x, self.height - 0.4 * self.em], &clock(time / 1000.0));
        }
    }

    fn band(&self, face: u32, columns: &[Option<Column>], top: f64, paper: Paper, pixels: &[Pixel]) {
        let (em, left) = (self.em, self.gutter());
        let plot = top + (NAME * em).round();
        self.write(&self.ink, "start", [left, top + 1.2 * em], &text::face(face));
        let bytes = Clamped(pixels.as_flattened());
        if let Ok(image) = ImageData::new_with_u8_clamped_array(bytes, paper.width as u32) {
            self.context.put_image_data(&image, left, plot).ok();
        }
        self.context.set_global_alpha(0.6);
        for share in GRID {
            let y = plot + ((1.0 - f64::from(share)) * paper.height as f64).round();
            self.rectangle(&self.line, [left, y, self.width - left, 1.0]);
        }
        self.context.set_global_alpha(1.0);
        for share in GRID {
            let y = plot + (1.0 - f64::from(share)) * paper.height as f64;
            self.write(&self.muted, "end", [left - 0.3 * em, y + 0.35 * em], &percent(share));
        }
        let foot = plot + (paper.height + paper.strip) as f64;
        for run in runs(columns) {
            let name = words::named(run.named);
            let room = (run.end - run.start) as f64;
            if room > name.chars().count() as f64 * LETTER * em {
                self.write(&self.muted, "start", [left + run.start as f64, foot + em], &name);
            }
        }
    }

    /// The markers and the position.
    fn marks(&self, model: &Model) {
        let bottom = self.height - FOOT * self.em;
        let within = |time: f64| (0.0..=1.0).contains(&model.window.share(time));
        let thick = (self.em / 7.0).round().max(1.0);
        let names: Vec<(f64, String)> = (1..)
            .zip(&model.markers)
            .filter(|(_, marker)| within(f64::from(marker.time)))
            .map(|(number, marker)| {
                let name = if marker.name.is_empty() { fixed(f64::from(number), 0) } else { marker.name.clone() };
                (self.x(model, f64::from(marker.time)), name)
            })
            .collect();
        let markers: Vec<(f64, &str)> = names.iter().map(|(x, name)| (*x, name.as_str())).collect();
        for (&(x, _), label) in markers.iter().zip(marker_labels(&markers, self.width, LETTER * self.em)) {
            self.rectangle(&self.accent, [x - thick / 2.0, HEAD * self.em * 0.8, thick, bottom - HEAD * self.em * 0.8]);
            self.write(&self.accent, if label.before { "end" } else { "start" }, [x, self.em], &label.text);
        }
        if within(model.position) {
            let x = self.x(model, model.position);
            self.rectangle(&self.ink, [x - thick / 2.0, HEAD * self.em * 0.5, thick, bottom - HEAD * self.em * 0.5]);
        }
    }
}
