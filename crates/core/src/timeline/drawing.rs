//! Columns as SVG, for files and for printing.

use super::Mode;
use super::columns::{Band, Column, runs};
use super::view::{Window, ticks};
use crate::expression::Expression;
use crate::plot::STYLES;
use crate::plot::svg::{ACCENT, Anchor, INK, LINE, MUTED, Svg, length};

/// Number of columns of a drawing.
const COLUMNS: usize = 600;
const LEFT: f64 = 48.0;
const WIDTH: f64 = 664.0;
/// Height of the probabilities of a face.
const HEIGHT: f64 = 110.0;
/// Height of the strip that shows which class is named.
const STRIP: f64 = 9.0;
/// From one face to the next.
const BAND: f64 = 172.0;
const TOP: f64 = 34.0;
/// Width of a letter; names of classes are written where they fit.
const LETTER: f64 = 7.5;

/// A face in a drawing.
#[derive(Clone, Debug)]
pub struct DrawnBand {
    /// Its name.
    pub name: String,
    /// Its columns, as many as [`Drawing::COLUMNS`].
    pub band: Band,
}

/// A marker in a drawing.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // see `Marker`
pub struct DrawnMarker<'a> {
    pub time: f64,
    pub name: &'a str,
}

/// How the name of a marker is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkerLabel {
    /// Whether it ends at the marker, and does not begin there.
    pub before: bool,
    /// The name, cut so that it does not touch the next one.
    pub text: String,
}

/// The names of markers whose positions rise, up to the right edge at `width`; `letter` is the width of a letter.
pub fn marker_labels(markers: &[(f64, &str)], width: f64, letter: f64) -> Vec<MarkerLabel> {
    // where the label before ends
    let mut end = f64::NEG_INFINITY;
    let label = |(index, &(x, name)): (usize, &(f64, &str))| {
        let letters = |room: f64| (room / letter - 1.0).max(0.0) as usize;
        let next = markers.get(index + 1).map_or(width, |next| next.0);
        let (after, before) = (letters(next - x), letters(x - end.max(0.0)));
        let is_last = index + 1 == markers.len();
        let before = is_last && after < name.chars().count() && before > after;
        let text = cut(name, if before { letters(x - end.max(0.0)) } else { after });
        end = x + if before { 0.0 } else { text.chars().count() as f64 * letter };
        MarkerLabel { before, text }
    };
    markers.iter().enumerate().map(label).collect()
}

/// A text of at most so many letters; nothing where hardly one fits.
fn cut(text: &str, letters: usize) -> String {
    match letters {
        _ if text.chars().count() <= letters => text.to_owned(),
        0 | 1 => String::new(),
        _ => text.chars().take(letters - 1).chain(['…']).collect(),
    }
}

/// A drawing of a timeline.
#[derive(Clone, Debug)]
pub struct Drawing<'a> {
    /// The title.
    pub title: &'a str,
    /// A description for screen readers.
    pub description: &'a str,
    /// The names of the classes.
    pub classes: [&'a str; Expression::COUNT],
    /// What is written where no class is named.
    pub unsure: &'a str,
    /// How probabilities are drawn.
    pub mode: Mode,
    /// The visible part.
    pub window: Window,
    /// The faces, from top to bottom.
    pub bands: Vec<DrawnBand>,
    /// The markers; those outside of the window are not drawn.
    pub markers: Vec<DrawnMarker<'a>>,
    /// Writes a time in seconds on the axis.
    pub clock: fn(f64) -> String,
    /// Writes a probability from 0 to 1 on the axis.
    pub percent: fn(f32) -> String,
}

impl Drawing<'_> {
    /// The number of columns that are drawn.
    pub const COLUMNS: usize = COLUMNS;

    /// The drawing as SVG.
    pub fn svg(&self) -> String {
        let bottom = TOP + BAND * self.bands.len() as f64;
        let mut svg = Svg::new(LEFT + WIDTH + 8.0, bottom + 62.0, self.title, self.description);
        let x = |time: f64| LEFT + self.window.share(time) * WIDTH;
        for tick in ticks(self.window, 10) {
            svg.line([x(tick), TOP - 6.0], [x(tick), bottom - 22.0], &format!(r#"stroke="{LINE}""#));
            svg.text([x(tick), bottom - 6.0], Anchor::Middle, MUTED, &(self.clock)(tick / 1000.0));
        }
        for (index, DrawnBand { name, band }) in self.bands.iter().enumerate() {
            self.band(&mut svg, TOP + BAND * index as f64, name, band);
        }
        let visible = self.markers.iter().filter(|marker| (0.0..=1.0).contains(&self.window.share(marker.time)));
        let markers: Vec<(f64, &str)> = visible.map(|marker| (x(marker.time), marker.name)).collect();
        for (&(place, _), MarkerLabel { before, text }) in
            markers.iter().zip(marker_labels(&markers, LEFT + WIDTH + 8.0, LETTER))
        {
            svg.line([place, TOP - 12.0], [place, bottom - 22.0], &format!(r#"stroke="{ACCENT}" stroke-width="1.5""#));
            let (side, anchor) = if before { (-3.0, Anchor::End) } else { (3.0, Anchor::Start) };
            svg.text([place + side, TOP - 16.0], anchor, INK, &text);
        }
        let room = WIDTH / 4.0;
        for (class, name) in self.classes.iter().enumerate() {
            let (left, y) = (LEFT + (class % 4) as f64 * room, bottom + 18.0 + (class / 4) as f64 * 22.0);
            let style = style(class, 3.0);
            svg.line([left, y - 4.0], [left + 36.0, y - 4.0], &style);
            svg.text([left + 42.0, y], Anchor::Start, INK, name);
        }
        svg.finish()
    }

    fn band(&self, svg: &mut Svg, top: f64, name: &str, band: &[Option<Column>]) {
        let (foot, step) = (top + 18.0 + HEIGHT, WIDTH / COLUMNS as f64);
        svg.text([LEFT, top + 10.0], Anchor::Start, INK, name);
        for share in [0.0, 0.5, 1.0] {
            let y = foot - share * HEIGHT;
            svg.line([LEFT, y], [LEFT + WIDTH, y], &format!(r#"stroke="{LINE}""#));
            svg.text([LEFT - 6.0, y + 4.0], Anchor::End, MUTED, &(self.percent)(share as f32));
        }
        let pieces = pieces(band);
        for (class, (colour, _)) in STYLES.into_iter().enumerate() {
            match self.mode {
                Mode::Curves => {
                    let range = outline(&pieces, step, foot, |column| [column.low[class], column.high[class]]);
                    svg.push(format_args!(r#"<path d="{range}" fill="{colour}" fill-opacity="0.25"/>"#));
                }
                Mode::Area => {
                    let below = |column: &Column, classes: usize| column.mean[..classes].iter().sum();
                    let area = outline(&pieces, step, foot, |column| [below(column, class), below(column, class + 1)]);
                    svg.push(format_args!(r#"<path d="{area}" fill="{colour}"/>"#));
                }
            }
        }
        if self.mode == Mode::Curves {
            for class in 0..Expression::COUNT {
                let mut path = String::new();
                for piece in &pieces {
                    line(&mut path, piece.iter().map(|(x, column)| point(*x, step, foot, column.mean[class])));
                }
                svg.push(format_args!(
                    r#"<path d="{path}" fill="none" stroke-linejoin="round" {}/>"#,
                    style(class, 1.5)
                ));
            }
        }
        for run in runs(band) {
            let (left, width) = (LEFT + run.start as f64 * step, (run.end - run.start) as f64 * step);
            let (colour, name) = match run.named {
                Some(class) => (STYLES[class.index()].0, self.classes[class.index()]),
                None => (LINE, self.unsure),
            };
            svg.rectangle([left, foot + 4.0], [width, STRIP], &format!(r#"fill="{colour}""#));
            if width > name.chars().count() as f64 * LETTER {
                svg.text([left + 2.0, foot + STRIP + 17.0], Anchor::Start, MUTED, name);
            }
        }
    }
}

/// Colour and dashes of a class.
fn style(class: usize, width: f64) -> String {
    let (colour, dashes) = STYLES[class];
    format!(r#"stroke="{colour}" stroke-width="{}" stroke-dasharray="{dashes}""#, length(width))
}

/// A column and where it is, in columns from the left.
type Placed = (f64, Column);

/// The parts of a band without gaps, each from the left edge of its first column to the right edge of its last.
fn pieces(band: &[Option<Column>]) -> Vec<Vec<Placed>> {
    let mut pieces: Vec<Vec<Placed>> = Vec::new();
    let mut end = None;
    for (place, column) in band.iter().enumerate() {
        let Some(column) = column else { continue };
        let x = place as f64;
        match pieces.last_mut().filter(|_| end == Some(place)) {
            // the right edge of the column before becomes the middle of this one
            Some(piece) => {
                piece.pop();
                piece.push((x + 0.5, *column));
            }
            None => pieces.push(vec![(x, *column), (x + 0.5, *column)]),
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push((x + 1.0, *column));
        }
        end = Some(place + 1);
    }
    pieces
}

fn point(column: f64, step: f64, foot: f64, share: f32) -> String {
    format!("{} {}", length(LEFT + column * step), length(foot - f64::from(share) * HEIGHT))
}

/// Appends a line through points to a path.
fn line(path: &mut String, points: impl Iterator<Item = String>) {
    for (index, point) in points.enumerate() {
        path.push(if index == 0 { 'M' } else { 'L' });
        path.push_str(&point);
    }
}

/// The path around the range of values that `range` gives for each column.
fn outline(pieces: &[Vec<Placed>], step: f64, foot: f64, range: impl Fn(&Column) -> [f32; 2]) -> String {
    let mut path = String::new();
    for piece in pieces {
        let edge = |side: usize| {
            let range = &range;
            move |(x, column): &Placed| point(*x, step, foot, range(column)[side])
        };
        line(&mut path, piece.iter().map(edge(0)).chain(piece.iter().rev().map(edge(1))));
        path.push('Z');
    }
    path
}
