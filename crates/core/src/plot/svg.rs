//! Building blocks of SVG drawings.

use std::fmt::Write as _;

use crate::number::fixed;

/// Text and axes.
pub const INK: &str = "var(--ink, #1c1b19)";
/// Less important text.
pub const MUTED: &str = "var(--muted, #5d5952)";
/// Grid lines.
pub const LINE: &str = "var(--line, #d9d4ca)";
/// The background.
pub const SURFACE: &str = "var(--surface, #ffffff)";
/// The colour of drawings with a single colour.
pub const ACCENT: &str = "var(--accent, #0d6560)";

/// The alignment of a text.
#[derive(Clone, Copy)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// An unfinished drawing. Lengths are in pixels at its natural size; it scales.
pub struct Svg(String);

impl Svg {
    /// An empty drawing.
    pub fn new(width: f64, height: f64, title: &str, description: &str) -> Self {
        let (width, height) = (fixed(width, 0), fixed(height, 0));
        let (title, description) = (escape(title), escape(description));
        let mut svg = Self(String::new());
        svg.push(format_args!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" font-family="system-ui, sans-serif" font-size="13"><title>{title}</title><desc>{description}</desc><rect width="{width}" height="{height}" fill="{SURFACE}"/>"#,
        ));
        svg
    }

    /// Appends SVG.
    pub fn push(&mut self, text: std::fmt::Arguments<'_>) {
        let _ = self.0.write_fmt(text); // writing to a String never fails
    }

    /// A line of text at a point on its baseline.
    pub fn text(&mut self, [x, y]: [f64; 2], anchor: Anchor, fill: &str, text: &str) {
        let (x, y, anchor, text) = (length(x), length(y), anchor.name(), escape(text));
        self.push(format_args!(r#"<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{fill}">{text}</text>"#));
    }

    /// A line of text that is rotated to read upwards.
    pub fn upright_text(&mut self, [x, y]: [f64; 2], text: &str) {
        let (x, y, text) = (length(x), length(y), escape(text));
        self.push(format_args!(
            r#"<text transform="translate({x} {y}) rotate(-90)" text-anchor="middle" fill="{INK}">{text}</text>"#,
        ));
    }

    /// A filled rectangle with further attributes.
    pub fn rectangle(&mut self, [x, y]: [f64; 2], [width, height]: [f64; 2], attributes: &str) {
        let [x, y, width, height] = [x, y, width, height].map(length);
        self.push(format_args!(r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" {attributes}/>"#));
    }

    /// A straight line with further attributes.
    pub fn line(&mut self, [x, y]: [f64; 2], [to_x, to_y]: [f64; 2], attributes: &str) {
        let [x, y, to_x, to_y] = [x, y, to_x, to_y].map(length);
        self.push(format_args!(r#"<path d="M{x} {y}L{to_x} {to_y}" fill="none" {attributes}/>"#));
    }

    /// The finished drawing.
    pub fn finish(mut self) -> String {
        self.0.push_str("</svg>");
        self.0
    }
}

/// A length in a drawing.
pub fn length(value: f64) -> String {
    fixed(value, 1)
}

/// Escapes text for SVG and HTML, in content and attributes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // not allowed in XML
            letter if letter.is_control() && !matches!(letter, '\t' | '\n' | '\r') => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// A drawing for a file: with the fallback colours, since many programs do not support CSS variables.
pub fn standalone(svg: &str) -> String {
    let mut resolved = String::with_capacity(svg.len());
    let mut rest = svg;
    // only colours match: quotes in text are escaped
    while let Some((before, variable)) = rest.split_once("\"var(") {
        resolved.push_str(before);
        resolved.push('"');
        let Some((inner, after)) = variable.split_once(')') else { break };
        resolved.push_str(inner.split_once(", ").map_or("none", |(_, fallback)| fallback));
        rest = after;
    }
    resolved.push_str(rest);
    resolved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        assert_eq!(escape("<a href=\"x\">'&\u{0}é"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;\u{fffd}é");
    }

    #[test]
    fn a_file_needs_no_variables() {
        let mut svg = Svg::new(10.0, 20.0, "a \"var(--b, c)", "");
        svg.line([0.0, 1.0], [2.0, 3.04], &format!(r#"stroke="{LINE}""#));
        let file = standalone(&svg.finish());
        assert!(file.contains(r##"fill="#ffffff""##) && file.contains(r##"stroke="#d9d4ca"/></svg>"##), "{file}");
        assert!(file.contains("<title>a &quot;var(--b, c)</title>"), "{file}");
        assert!(file.contains(r#"d="M0.0 1.0L2.0 3.0""#), "{file}");
    }
}
