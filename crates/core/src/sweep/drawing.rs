//! The curves as SVG: mean probabilities, with the thresholds and their intervals below, on the same axis.

use serde::{Deserialize, Serialize};

use super::{GroupSummary, Summary, Threshold};
use crate::expression::Expression;
use crate::number::fixed;
use crate::plot::svg::{Anchor, INK, LINE, MUTED, SURFACE, Svg, escape, length};
use crate::plot::{Axis, STYLES};

const WIDTH: f64 = 640.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 430.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 316.0;
/// Where the rows of thresholds begin, and the height of one.
const ROWS: f64 = BOTTOM + 78.0;
const ROW: f64 = 40.0;
/// Half the size of a mark.
const MARK: f64 = 4.5;
/// Marks are drawn at about this many points of a group's curve.
const MARKS: usize = 6;

/// Dashes of the groups' curves.
const DASHES: [&str; 3] = ["1 5", "8 5", "14 5 1 5"];

/// The words of a drawing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Words {
    /// The title.
    pub title: String,
    /// A description for screen readers.
    pub description: String,
    /// What changes, with its unit.
    pub x: String,
    /// The mean probability.
    pub y: String,
    /// The names of the classes.
    pub classes: [String; Expression::COUNT],
    /// The names of the groups.
    pub groups: Vec<String>,
    /// The name of all curves together.
    pub all: String,
    /// For each class, the title of the thresholds from which it is named.
    pub from: [String; Expression::COUNT],
    /// For each class, the title of the thresholds up to which it is named.
    pub until: [String; Expression::COUNT],
    /// What stands for a threshold from which a class is named, if it is not reached.
    pub never: String,
    /// What stands for a threshold up to which a class is named, if it is not reached.
    pub to_end: String,
    /// What stands for a threshold that is not known, since no faces were found.
    pub unknown: String,
    /// The decimal mark.
    pub decimal: String,
}

impl Words {
    /// A number with its decimal mark and a minus sign.
    fn number(&self, value: f64, decimals: u32) -> String {
        fixed(value, decimals).replace('.', &self.decimal).replace('-', "−")
    }
}

impl Summary {
    /// How many decimals the values of what changes are written with.
    pub fn decimals(&self) -> u32 {
        let [low, high] = self.range();
        match high - low {
            span if span <= 2.0 => 2,
            span if span <= 20.0 => 1,
            _ => 0,
        }
    }

    /// The lowest and the highest value.
    fn range(&self) -> [f64; 2] {
        let values = self.values.iter().map(|value| f64::from(*value));
        values.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], value| [low.min(value), high.max(value)])
    }
}

/// The curves of a summary as SVG, which also says what was done, as its metadata: see [`to_metadata`](super::to_metadata).
pub fn draw(summary: &Summary, words: &Words, metadata: &str) -> String {
    let [from, to] = summary.range();
    let drawing = Drawing { summary, words, metadata, x: Axis { label: &words.x, from, to } };
    drawing.svg()
}

struct Drawing<'a> {
    summary: &'a Summary,
    words: &'a Words,
    metadata: &'a str,
    x: Axis<'a>,
}

impl Drawing<'_> {
    fn x(&self, value: f64) -> f64 {
        LEFT + self.x.share(value) * (RIGHT - LEFT)
    }

    fn svg(&self) -> String {
        let Self { summary, words, .. } = self;
        let rows = 1 + summary.groups.len();
        let foot = ROWS + ROW * rows as f64;
        let mut svg = Svg::new(WIDTH, foot + 8.0, &words.title, &words.description);
        svg.push(format_args!("<metadata>{}</metadata>", escape(self.metadata)));
        let grid = format!(r#"stroke="{LINE}""#);
        let (ticks, decimals) = self.x.ticks();
        for tick in ticks {
            svg.line([self.x(tick), TOP], [self.x(tick), BOTTOM], &grid);
            svg.line([self.x(tick), ROWS], [self.x(tick), foot], &grid);
            svg.text([self.x(tick), BOTTOM + 18.0], Anchor::Middle, MUTED, &words.number(tick, decimals));
        }
        for tenths in (0..=10).step_by(2) {
            let share = f64::from(tenths) / 10.0;
            svg.line([LEFT, y(share)], [RIGHT, y(share)], &grid);
            svg.text([LEFT - 8.0, y(share) + 4.0], Anchor::End, MUTED, &words.number(share, 1));
        }
        svg.text([f64::midpoint(LEFT, RIGHT), BOTTOM + 38.0], Anchor::Middle, INK, &words.x);
        svg.upright_text([16.0, f64::midpoint(TOP, BOTTOM)], &words.y);
        svg.line([LEFT, TOP], [LEFT, BOTTOM], &format!(r#"stroke="{INK}""#));
        svg.line([LEFT, BOTTOM], [RIGHT, BOTTOM], &format!(r#"stroke="{INK}""#));

        let mut height = TOP + 12.0;
        let mut legend = |svg: &mut Svg, style: &str, shape: Option<usize>, name: &str| {
            let (from, to) = (RIGHT + 12.0, RIGHT + 44.0);
            svg.line([from, height - 4.0], [to, height - 4.0], style);
            if let Some(shape) = shape {
                mark(svg, shape, [f64::midpoint(from, to), height - 4.0]);
            }
            svg.text([to + 6.0, height], Anchor::Start, INK, name);
            height += 20.0;
        };
        for (class, name) in words.classes.iter().enumerate() {
            let (colour, dashes) = STYLES[class];
            let style = format!(r#"stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}""#);
            self.curve(&mut svg, &summary.all, class, &style, None);
            legend(&mut svg, &style, None, name);
        }
        let colour = STYLES[summary.class.index()].0;
        for (group, part) in summary.groups.iter().enumerate() {
            let dashes = DASHES[group % DASHES.len()];
            let style =
                format!(r#"stroke="{colour}" stroke-width="2.5" stroke-linecap="round" stroke-dasharray="{dashes}""#);
            self.curve(&mut svg, part, summary.class.index(), &style, Some(group));
            legend(&mut svg, &style, Some(group), words.groups.get(group).unwrap_or(&part.name));
        }

        let titles = if summary.until { &words.until } else { &words.from };
        svg.text([LEFT, ROWS - 12.0], Anchor::Start, INK, &titles[summary.class.index()]);
        for (row, part) in summary.parts().enumerate() {
            let name = row.checked_sub(1).map_or(&words.all, |group| words.groups.get(group).unwrap_or(&part.name));
            self.threshold(&mut svg, ROWS + ROW * row as f64, row.checked_sub(1), &part.threshold, name);
        }
        svg.finish()
    }

    /// The mean probabilities of a class; `shape` marks some of its points.
    fn curve(&self, svg: &mut Svg, part: &GroupSummary, class: usize, style: &str, shape: Option<usize>) {
        let (mut path, mut pen) = (String::new(), 'M');
        let every = (part.steps.len() / MARKS).max(1);
        let mut marks = Vec::new();
        for (place, (step, value)) in part.steps.iter().zip(&self.summary.values).enumerate() {
            if step.found == 0 {
                pen = 'M';
                continue;
            }
            let point = [self.x(f64::from(*value)), y(f64::from(step.means[class]))];
            path.push_str(&format!("{pen}{} {}", length(point[0]), length(point[1])));
            pen = 'L';
            if place % every == every / 2 {
                marks.push(point);
            }
        }
        svg.push(format_args!(r#"<path d="{path}" fill="none" stroke-linejoin="round" {style}/>"#));
        for point in marks {
            if let Some(shape) = shape {
                mark(svg, shape, point);
            }
        }
    }

    /// A row with a threshold and its interval, below their text.
    fn threshold(&self, svg: &mut Svg, top: f64, shape: Option<usize>, threshold: &Threshold, name: &str) {
        let decimals = self.summary.decimals();
        let not_reached = if self.summary.until { &self.words.to_end } else { &self.words.never };
        let text = |value: Option<f32>| {
            value.map_or_else(|| not_reached.clone(), |value| self.words.number(f64::from(value), decimals))
        };
        let height = top + 30.0;
        let is_known = threshold.known() > 0;
        let value = if is_known { text(threshold.value) } else { self.words.unknown.clone() };
        let mut label = format!("{name} · {value}");
        if is_known {
            let [low, high] = threshold.interval;
            let ink = format!(r#"stroke="{INK}" stroke-width="1.5""#);
            let end = self.summary.values.last().copied().unwrap_or_default();
            let ends = [low, high].map(|value| self.x(f64::from(value.unwrap_or(end))));
            svg.line([ends[0], height], [ends[1], height], &ink);
            for (value, x) in [low, high].into_iter().zip(ends) {
                if value.is_some() {
                    svg.line([x, height - 5.0], [x, height + 5.0], &ink);
                }
            }
            label += &format!(" ({} – {})", text(low), text(high));
        }
        if let Some(value) = threshold.value {
            let place = [self.x(f64::from(value)), height];
            match shape {
                Some(shape) => mark(svg, shape, place),
                None => dot(svg, place),
            }
        }
        svg.text([LEFT, top + 16.0], Anchor::Start, INK, &label);
    }
}

fn y(share: f64) -> f64 {
    BOTTOM - share.clamp(0.0, 1.0) * (BOTTOM - TOP)
}

fn dot(svg: &mut Svg, [x, y]: [f64; 2]) {
    svg.push(format_args!(r#"<circle cx="{}" cy="{}" r="{MARK}" fill="{INK}"/>"#, length(x), length(y)));
}

/// The mark of a group: a ring, a square, a triangle.
fn mark(svg: &mut Svg, shape: usize, [x, y]: [f64; 2]) {
    let [left, right, top, bottom] = [x - MARK, x + MARK, y - MARK, y + MARK].map(length);
    let outline = match shape % DASHES.len() {
        0 => format!("M{left} {0}A{MARK} {MARK} 0 1 0 {right} {0}A{MARK} {MARK} 0 1 0 {left} {0}Z", length(y)),
        1 => format!("M{left} {top}H{right}V{bottom}H{left}Z"),
        _ => format!("M{left} {bottom}L{} {top}L{right} {bottom}Z", length(x)),
    };
    svg.push(format_args!(r#"<path d="{outline}" fill="{SURFACE}" stroke="{INK}" stroke-width="1.5"/>"#));
}
