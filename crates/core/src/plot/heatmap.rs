//! Heatmaps: tables of numbers where larger is darker.

use super::matrix::{Cell, Grid};

const LEFT: f64 = 152.0;
const CELL: [f64; 2] = [72.0, 30.0];

/// A heatmap whose rows and columns have different labels.
#[derive(Clone, Debug)]
pub struct Heatmap<'a> {
    /// The title.
    pub title: &'a str,
    /// A description for screen readers.
    pub description: &'a str,
    /// The title of the columns.
    pub columns: &'a str,
    /// Labels from left to right.
    pub column_labels: &'a [&'a str],
    /// Labels from top to bottom.
    pub row_labels: &'a [&'a str],
    /// Row by row.
    pub cells: Vec<Vec<Cell>>,
}

impl Heatmap<'_> {
    /// The chart as SVG.
    pub fn svg(&self) -> String {
        let labels = [self.row_labels, self.column_labels];
        let grid = Grid { left: LEFT, cell: CELL, columns: self.columns, labels, cells: &self.cells };
        grid.svg(self.title, self.description).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_columns_have_their_labels() {
        let cell = |text: &str, shade| Cell { text: text.to_owned(), shade };
        let heat = Heatmap {
            title: "Accuracy",
            description: "two by three",
            columns: "severity",
            column_labels: &["clean", "1", "2"],
            row_labels: &["blur", "roll"],
            cells: vec![
                vec![cell("70 %", 0.7), cell("60 %", 0.6), cell("50 %", 0.5)],
                vec![cell("70 %", 0.7), cell("0 %", 0.0), cell("100 %", 1.0)],
            ],
        };
        let svg = heat.svg();
        for part in
            [">blur</text>", ">clean</text>", r#"fill-opacity="0.450""#, ">100 %</text>", r#"viewBox="0 0 380 128""#]
        {
            assert!(svg.contains(part), "no {part} in {svg}");
        }
    }
}
