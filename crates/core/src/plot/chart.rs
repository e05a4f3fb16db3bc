//! Charts with two axes: curves and bars.

use super::svg::{ACCENT, Anchor, INK, LINE, MUTED, SURFACE, Svg, length};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 456.0;
/// The right end without a legend.
const FAR_RIGHT: f64 = 620.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 360.0;

/// Colours and dashes of lines, in order. The colours have a contrast of 3:1 with white and with near black.
pub const STYLES: [(&str, &str); 7] = [
    ("var(--series-1, #d6493c)", "none"),
    ("var(--series-2, #1f9254)", "9 4"),
    ("var(--series-3, #9a63d0)", "2 3"),
    ("var(--series-4, #c46a00)", "12 3 2 3"),
    ("var(--series-5, #2f7fd0)", "5 3"),
    ("var(--series-6, #8a8000)", "14 5"),
    ("var(--series-7, #7d7d7d)", "8 2 2 2 2 2"),
];

/// An axis with its label and range.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // said above
pub struct Axis<'a> {
    pub label: &'a str,
    pub from: f64,
    pub to: f64,
}

/// One curve.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// The name in the legend.
    pub name: String,
    /// Points from left to right, in the units of the axes.
    pub points: &'a [[f32; 2]],
    /// Whether points are connected by steps, first vertically, then horizontally, in place of straight lines.
    pub steps: bool,
}

/// A bar over an interval of the horizontal axis.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // said above
pub struct Interval {
    pub from: f64,
    pub to: f64,
    /// The height of the bar.
    pub value: f64,
    /// A point drawn as a dot.
    pub mark: Option<[f64; 2]>,
}

/// A chart with two axes.
#[derive(Clone, Debug)]
pub struct Chart<'a> {
    /// The title.
    pub title: &'a str,
    /// A description for screen readers.
    pub description: &'a str,
    /// The horizontal axis.
    pub x: Axis<'a>,
    /// The vertical axis.
    pub y: Axis<'a>,
    /// Whether the diagonal from the lower left to the upper right corner is drawn.
    pub diagonal: bool,
    /// Bars, behind all else.
    pub intervals: Vec<Interval>,
    /// Curves; colours and dashes repeat after seven.
    pub lines: Vec<Line<'a>>,
    /// Formats the number of a tick with this many decimals.
    pub number: fn(f64, u32) -> String,
}

impl Chart<'_> {
    /// The chart as SVG.
    pub fn svg(&self) -> String {
        let right = if self.lines.is_empty() { FAR_RIGHT } else { RIGHT };
        let width = right - LEFT;
        let x = |value: f64| LEFT + self.x.share(value) * width;
        let y = |value: f64| BOTTOM - self.y.share(value) * (BOTTOM - TOP);
        let mut svg = Svg::new(WIDTH, HEIGHT, self.title, self.description);

        let grid = format!(r#"stroke="{LINE}""#);
        let (ticks, decimals) = self.x.ticks();
        for tick in ticks {
            svg.line([x(tick), TOP], [x(tick), BOTTOM], &grid);
            svg.text([x(tick), BOTTOM + 18.0], Anchor::Middle, MUTED, &(self.number)(tick, decimals));
        }
        let (ticks, decimals) = self.y.ticks();
        for tick in ticks {
            svg.line([LEFT, y(tick)], [right, y(tick)], &grid);
            svg.text([LEFT - 8.0, y(tick) + 4.0], Anchor::End, MUTED, &(self.number)(tick, decimals));
        }
        svg.text([(LEFT + right) / 2.0, HEIGHT - 16.0], Anchor::Middle, INK, self.x.label);
        svg.upright_text([18.0, (TOP + BOTTOM) / 2.0], self.y.label);

        for interval in &self.intervals {
            let (from, to, top) = (x(interval.from), x(interval.to), y(interval.value));
            let attributes = format!(r#"fill="{ACCENT}" fill-opacity="0.45" stroke="{ACCENT}""#);
            svg.rectangle([from + 1.0, top], [(to - from - 2.0).max(0.0), BOTTOM - top], &attributes);
        }
        if self.diagonal {
            svg.line([LEFT, BOTTOM], [right, TOP], &format!(r#"stroke="{MUTED}" stroke-dasharray="4 4""#));
        }
        for [mark_x, mark_y] in self.intervals.iter().filter_map(|interval| interval.mark) {
            let (mark_x, mark_y) = (length(x(mark_x)), length(y(mark_y)));
            svg.push(format_args!(
                r#"<circle cx="{mark_x}" cy="{mark_y}" r="4" fill="{INK}" stroke="{SURFACE}" stroke-width="1.5"/>"#,
            ));
        }
        svg.line([LEFT, TOP], [LEFT, BOTTOM], &format!(r#"stroke="{INK}""#));
        svg.line([LEFT, BOTTOM], [right, BOTTOM], &format!(r#"stroke="{INK}""#));

        for (index, line) in self.lines.iter().enumerate() {
            let (colour, dashes) = STYLES[index % STYLES.len()];
            let attributes = format!(r#"stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}""#);
            let mut path = String::new();
            for (place, &[point_x, point_y]) in line.points.iter().enumerate() {
                let (point_x, point_y) = (length(x(f64::from(point_x))), length(y(f64::from(point_y))));
                path.push_str(&match (place, line.steps) {
                    (0, _) => format!("M{point_x} {point_y}"),
                    (_, true) => format!("V{point_y}H{point_x}"),
                    (_, false) => format!("L{point_x} {point_y}"),
                });
            }
            svg.push(format_args!(r#"<path d="{path}" fill="none" stroke-linejoin="round" {attributes}/>"#));
            let height = TOP + 12.0 + 22.0 * index as f64;
            svg.line([right + 12.0, height - 4.0], [right + 44.0, height - 4.0], &attributes);
            svg.text([right + 50.0, height], Anchor::Start, INK, &line.name);
        }
        svg.finish()
    }
}

impl Axis<'_> {
    /// The position of a value along the axis, 0 to 1.
    pub(crate) fn share(&self, value: f64) -> f64 {
        let span = self.to - self.from;
        if span > 0.0 { ((value - self.from) / span).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// At most eleven round numbers along the axis, in steps of 1, 2 or 5, and the decimals that they need.
    pub(crate) fn ticks(&self) -> (Vec<f64>, u32) {
        let span = self.to - self.from;
        if !(span.is_finite() && span > 0.0) {
            return (Vec::new(), 0);
        }
        let power = (span / 5.0).log10().floor() as i32;
        let unit = 10_f64.powi(power);
        let step = [1.0, 2.0, 5.0].map(|factor| factor * unit).into_iter().rfind(|step| *step <= span / 5.0);
        let step = step.unwrap_or(unit);
        let (first, last) = ((self.from / step - 1e-9).ceil() as i64, (self.to / step + 1e-9).floor() as i64);
        let decimals = power.clamp(-6, 0).unsigned_abs();
        ((first..=last).map(|index| index as f64 * step).collect(), decimals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::fixed;

    fn axis(from: f64, to: f64) -> Axis<'static> {
        Axis { label: "share", from, to }
    }

    #[test]
    fn ticks_are_round() {
        let written = |from, to| {
            let (ticks, decimals) = axis(from, to).ticks();
            ticks.into_iter().map(|tick| fixed(tick, decimals)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(written(0.0, 1.0), "0.0 0.2 0.4 0.6 0.8 1.0");
        assert_eq!(written(1.0, 30.0), "5 10 15 20 25 30");
        assert_eq!(written(-0.031, 0.05), "-0.03 -0.02 -0.01 0.00 0.01 0.02 0.03 0.04 0.05");
        assert_eq!(written(0.0, 35_887.0), "0 5000 10000 15000 20000 25000 30000 35000");
        assert_eq!(written(1.0, 1.0), "");
        assert_eq!(written(0.0, f64::NAN), "");
    }

    #[test]
    fn lines_differ_by_more_than_colour() {
        let points = [[0.0, 0.0], [0.5, 0.75], [1.0, 1.0]];
        let line = |name: &str, steps| Line { name: name.to_owned(), points: &points, steps };
        let chart = Chart {
            title: "Curves <all>",
            description: "two",
            x: axis(0.0, 1.0),
            y: axis(0.0, 1.0),
            diagonal: true,
            intervals: vec![Interval { from: 0.0, to: 0.1, value: 0.5, mark: Some([0.05, 0.6]) }],
            lines: vec![line("happy", false), line("a & b", true)],
            number: |value, decimals| fixed(value, decimals).replace('.', ","),
        };
        let svg = chart.svg();
        assert!(svg.contains("<title>Curves &lt;all&gt;</title><desc>two</desc>"), "{svg}");
        assert!(svg.contains("M64.0 360.0L260.0 105.0L456.0 20.0"), "{svg}");
        assert!(svg.contains("M64.0 360.0V105.0H260.0V20.0H456.0"), "{svg}");
        assert!(svg.contains(r#"stroke-dasharray="none""#) && svg.contains(r#"stroke-dasharray="9 4""#), "{svg}");
        assert!(svg.contains(">a &amp; b</text>") && svg.contains("<circle"), "{svg}");
        assert!(svg.contains(">0,2</text>") && !svg.contains(">0.2</text>"), "axes are written as asked: {svg}");
        assert!(STYLES.iter().enumerate().all(|(index, style)| STYLES[..index].iter().all(|other| other.1 != style.1)));
    }
}
