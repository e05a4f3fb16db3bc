//! Square matrices of numbers where larger is darker.

use super::svg::{ACCENT, Anchor, INK, LINE, MUTED, Svg};

const LEFT: f64 = 104.0;
const TOP: f64 = 56.0;
const CELL: [f64; 2] = [72.0, 44.0];

/// The opacity of the darkest cell, so that text on it has a contrast of 4.5:1 in both themes.
const DARKEST: f64 = 0.45;

/// A cell.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The text.
    pub text: String,
    /// The shade, 0 to 1.
    pub shade: f64,
}

/// A square matrix with the same labels for rows and columns. Its diagonal is framed.
#[derive(Clone, Debug)]
pub struct Matrix<'a> {
    /// The title.
    pub title: &'a str,
    /// A description for screen readers.
    pub description: &'a str,
    /// The title of the rows.
    pub rows: &'a str,
    /// The title of the columns.
    pub columns: &'a str,
    /// The labels of rows and columns.
    pub labels: &'a [&'a str],
    /// Row by row.
    pub cells: Vec<Vec<Cell>>,
}

impl Matrix<'_> {
    /// The chart as SVG.
    pub fn svg(&self) -> String {
        let [width, height] = CELL;
        let grid = Grid { left: LEFT, cell: CELL, columns: self.columns, labels: [self.labels; 2], cells: &self.cells };
        let mut svg = grid.svg(self.title, self.description);
        svg.upright_text([18.0, TOP + self.labels.len() as f64 * height / 2.0], self.rows);
        for index in 0..self.labels.len().min(self.cells.len()) {
            let (x, y) = (LEFT + index as f64 * width, TOP + index as f64 * height);
            let frame = format!(r#"fill="none" stroke="{INK}" stroke-width="1.5""#);
            svg.rectangle([x + 1.5, y + 1.5], [width - 3.0, height - 3.0], &frame);
        }
        svg.finish()
    }
}

/// Shaded cells with labels above and to the left.
pub(super) struct Grid<'a> {
    /// Width of the labels of the rows.
    pub left: f64,
    /// Width and height of a cell.
    pub cell: [f64; 2],
    /// The title of the columns.
    pub columns: &'a str,
    /// The labels of the rows from top to bottom, and of the columns from left to right.
    pub labels: [&'a [&'a str]; 2],
    /// Row by row.
    pub cells: &'a [Vec<Cell>],
}

impl Grid<'_> {
    /// The unfinished drawing.
    pub fn svg(&self, title: &str, description: &str) -> Svg {
        let (left, [width, height], [rows, columns]) = (self.left, self.cell, self.labels);
        let x = |column: f64| left + column * width;
        let y = |row: f64| TOP + row * height;
        let (right, bottom) = (x(columns.len() as f64), y(rows.len() as f64));
        let mut svg = Svg::new(right + 12.0, bottom + 12.0, title, description);
        svg.text([(left + right) / 2.0, 22.0], Anchor::Middle, INK, self.columns);
        for (column, label) in columns.iter().enumerate() {
            svg.text([x(column as f64 + 0.5), TOP - 10.0], Anchor::Middle, MUTED, label);
        }
        for (row, label) in rows.iter().enumerate() {
            svg.text([left - 10.0, y(row as f64 + 0.5) + 5.0], Anchor::End, MUTED, label);
        }
        for (row, cells) in self.cells.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                let (x, y) = (x(column as f64), y(row as f64));
                let opacity = crate::number::fixed(cell.shade.clamp(0.0, 1.0) * DARKEST, 3);
                let fill = format!(r#"fill="{ACCENT}" fill-opacity="{opacity}" stroke="{LINE}""#);
                svg.rectangle([x, y], [width, height], &fill);
                svg.text([x + width / 2.0, y + height / 2.0 + 5.0], Anchor::Middle, INK, &cell.text);
            }
        }
        svg
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_is_the_darkest() {
        let cell = |text: &str, shade| Cell { text: text.to_owned(), shade };
        let matrix = Matrix {
            title: "Confusion",
            description: "two classes",
            rows: "actual",
            columns: "predicted",
            labels: &["sad", "happy"],
            cells: vec![vec![cell("8", 0.5), cell("0", 0.0)], vec![cell("4", 0.25), cell("16", 7.0)]],
        };
        let svg = matrix.svg();
        for part in [r#"fill-opacity="0.225""#, r#"fill-opacity="0.000""#, r#"fill-opacity="0.450""#, ">16</text>"] {
            assert!(svg.contains(part), "no {part} in {svg}");
        }
        assert_eq!(svg.matches(r#"stroke-width="1.5""#).count(), 2);
        assert_eq!(svg.matches(">happy</text>").count(), 2);
    }
}
