//! Bar charts.

use super::svg::{ACCENT, Anchor, INK, Svg};

const WIDTH: f64 = 640.0;
const LEFT: f64 = 104.0;
const RIGHT: f64 = 560.0;
const ROW: f64 = 30.0;

/// One bar.
#[derive(Clone, Debug)]
pub struct Bar<'a> {
    /// The label.
    pub label: &'a str,
    /// The value; [`Bars::maximum`] is the full length.
    pub value: f64,
    /// The text at its end.
    pub text: String,
}

/// A chart of horizontal bars.
#[derive(Clone, Debug)]
pub struct Bars<'a> {
    /// The title.
    pub title: &'a str,
    /// A description for screen readers.
    pub description: &'a str,
    /// The value of a bar of full length.
    pub maximum: f64,
    /// The bars, from top to bottom.
    pub bars: Vec<Bar<'a>>,
}

impl Bars<'_> {
    /// The chart as SVG.
    pub fn svg(&self) -> String {
        let height = ROW * self.bars.len() as f64 + 16.0;
        let mut svg = Svg::new(WIDTH, height, self.title, self.description);
        for (index, bar) in self.bars.iter().enumerate() {
            let top = 8.0 + ROW * index as f64;
            let share = if self.maximum > 0.0 { (bar.value / self.maximum).clamp(0.0, 1.0) } else { 0.0 };
            let length = share * (RIGHT - LEFT);
            svg.text([LEFT - 10.0, top + 20.0], Anchor::End, INK, bar.label);
            svg.rectangle([LEFT, top + 5.0], [length, ROW - 10.0], &format!(r#"fill="{ACCENT}""#));
            svg.text([LEFT + length + 8.0, top + 20.0], Anchor::Start, INK, &bar.text);
        }
        svg.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_in_proportion() {
        let bar = |label, value: f64| Bar { label, value, text: crate::number::fixed(value, 2) };
        let bars =
            Bars { title: "F1", description: "two", maximum: 0.5, bars: vec![bar("sad", 0.25), bar("fear", 0.5)] };
        let svg = bars.svg();
        assert!(svg.contains(r#"width="228.0""#) && svg.contains(r#"width="456.0""#), "{svg}");
        assert!(svg.contains(">0.25</text>"), "{svg}");
    }
}
