//! A report as a self-contained HTML page, in English, without scripts or external resources.

use super::figures;
use super::text::number;
use super::{Cells, Evaluation, LabelReport, Metric, Report, text};
use crate::expression::Expression;
use crate::number::{counted, fixed, percent};
use crate::plot::escape;

/// Light or dark like the system theme; light when printed.
const STYLE: &str = include_str!("report.css");

/// The page.
pub fn page(evaluation: &Evaluation) -> String {
    let report = &evaluation.report;
    let title = format!("{} on {}", escape(&report.model), escape(&report.split));
    let figures = [
        figures::class_f1(report),
        figures::precision_recall(evaluation),
        figures::roc(evaluation),
        figures::reliability(report),
    ];
    let captions = [
        "F1 per class",
        "Precision-recall curves, with the average precision of each class",
        "ROC curves, with the area under the curve of each class",
        "Reliability diagram: accuracy by confidence; they are equal on the dashed line",
    ];
    let figures: String = figures.iter().zip(captions).map(|(svg, caption)| figure(svg, caption)).collect();
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>Evaluation of {title}</title>
<style>
{STYLE}</style>
</head>
<body>
<h1>Evaluation of {title}</h1>
{facts}
<h2>Metrics</h2>
{metrics}
<h2>Classes</h2>
{classes}
<h2>Confusion matrix</h2>
{matrix}
{shares}
{groups}<h2>Figures</h2>
{figures}<p>The classes describe how a face looks, not what the person feels.</p>
</body>
</html>
"#,
        facts = facts(report),
        metrics = metrics(report),
        classes = classes(report),
        matrix = matrix(report),
        groups = groups(report),
        shares = figure(&figures::confusion(report), "Confusion matrix: share of each row"),
    )
}

fn by_ferplus(labels: &LabelReport) -> String {
    format!("{} of {}", percent(labels.accuracy), counted(labels.samples, "image"))
}

fn facts(report: &Report) -> String {
    let rows = [
        ("Accuracy", percent(report.accuracy) + &text::interval_note(report.accuracy_interval)),
        ("Images", report.samples.to_string()),
        ("Network", report.model.clone()),
        ("Description", report.description.clone()),
        ("Dataset", report.dataset.clone()),
        ("Split", report.split.clone()),
        ("Backend", report.backend.clone()),
        ("Duration in seconds", fixed(report.seconds, 1)),
        ("Test-time augmentation", report.test_time_augmentation.name().to_owned()),
        ("Accuracy on FER+ labels", report.ferplus.as_ref().map_or_else(String::new, by_ferplus)),
    ];
    let row = |(name, value): &(&str, String)| format!("<dt>{name}</dt><dd>{}</dd>\n", escape(value));
    let rows: String = rows.iter().filter(|(_, value)| !value.is_empty()).map(row).collect();
    format!("<dl>\n{rows}</dl>")
}

/// The groups, as the command line prints them; empty without groups.
fn groups(report: &Report) -> String {
    if report.groups.is_empty() {
        return String::new();
    }
    format!("<h2>Groups</h2>\n<pre>{}</pre>\n", escape(text::groups(&report.groups).trim()))
}

fn metrics(report: &Report) -> String {
    let row = |metric: Metric| vec![metric.name().to_owned(), number(report.value(metric)).replace('-', "−")];
    table(&["metric", "value"], Metric::ALL.into_iter().map(row), |_, _| None)
}

fn classes(report: &Report) -> String {
    let header =
        ["class", "precision", "recall", "F1", "support", "TP", "FP", "FN", "TN", "average precision", "ROC AUC"];
    let rows = report.classes.iter().map(|class| {
        let mut row = vec![class.name.clone()];
        row.extend([class.precision, class.recall, class.f1].map(|value| fixed(value, 4)));
        let counts = [class.support, class.true_positives, class.false_positives, class.false_negatives];
        row.extend(counts.map(|count| count.to_string()));
        row.push(class.true_negatives.to_string());
        row.extend([Some(class.average_precision), class.roc_auc].map(number));
        row
    });
    table(&header, rows, |_, _| None)
        + "\n<p>TP, FP, FN, TN: true positives, false positives, false negatives and true negatives of each class against the rest.</p>"
}

fn matrix(report: &Report) -> String {
    let mut header = vec!["actual \\ predicted"];
    header.extend(Expression::ALL.map(Expression::name));
    let cells = report.confusion_matrix.table(Cells::Rows);
    let rows = cells.iter().map(|row| {
        let mut texts = vec![row[0].actual.name().to_owned()];
        texts.extend(row.map(|cell| cell.count.to_string()));
        texts
    });
    table(&header, rows, |row, column| Some(cells[row][column.checked_sub(1)?].share))
}

/// A table whose first column contains the row headers. `shade` is the shade of a cell by row and column, 0 to 1.
fn table(
    header: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
    shade: impl Fn(usize, usize) -> Option<f64>,
) -> String {
    let header: String = header.iter().map(|name| format!("<th scope=\"col\">{}</th>", escape(name))).collect();
    let mut text = format!("<table>\n<thead><tr>{header}</tr></thead>\n<tbody>\n");
    for (row, cells) in rows.enumerate() {
        text += "<tr>";
        for (column, cell) in cells.iter().enumerate() {
            let cell = escape(cell);
            text += &match (column, shade(row, column)) {
                (0, _) => format!("<th scope=\"row\">{cell}</th>"),
                (_, Some(shade)) => {
                    format!("<td class=\"cell\" style=\"--shade: {}\">{cell}</td>", fixed(shade, 3))
                }
                (_, None) => format!("<td>{cell}</td>"),
            };
        }
        text += "</tr>\n";
    }
    text + "</tbody>\n</table>"
}

fn figure(svg: &str, caption: &str) -> String {
    format!("<figure>\n{svg}\n<figcaption>{}</figcaption>\n</figure>\n", escape(caption))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::RunInfo;
    use crate::evaluation::reference::{Kind, run};

    #[test]
    fn the_page_stands_alone_and_escapes() {
        let run_facts =
            RunInfo { model: "<script>alert(1)</script>".into(), split: "a & b".into(), ..RunInfo::default() };
        let mut evaluation = Evaluation::new(&run(200, 2, Kind::Missing), run_facts);
        evaluation.report.cohen_kappa = Some(-0.25);
        let page = page(&evaluation);
        assert!(page.contains("<title>Evaluation of &lt;script&gt;alert(1)&lt;/script&gt; on a &amp; b</title>"));
        for outside in ["<script", "<link", "src=", "url(", "@import", "href="] {
            assert!(!page.contains(outside), "{outside}");
        }
        let addresses = page.matches("http").count();
        assert_eq!(addresses, 1 + page.matches("http://www.w3.org/2000/svg").count(), "only names and http-equiv");
        assert_eq!(page.matches("<svg").count(), 5);
        assert_eq!(page.matches("<table").count(), 3);
        assert_eq!(page.matches("class=\"cell\"").count(), 49);
        assert!(page.contains("<td>0.4250</td>") && page.contains("<td>−0.2500</td>"));
    }
}
