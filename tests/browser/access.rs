//! Accessibility for users of screen readers, zoom and keyboards: axe reports no violations in any section in either theme,
//! nothing overflows at a width of 320 pixels, and every control can be reached with the keyboard.

use std::fs;

use serde_json::Value;

use crate::dataset::write_numbered;
use crate::evaluation::write_set;
use crate::language::choose;
use crate::model_face;
use crate::photographs::write_folder;
use crate::support::{Camera, Visit};

/// All pages, Live with the model face, the game, the measurement of one person and the actions, and Evaluation with photographs.
const PAGES: [&str; 11] = [
    "live",
    "model-face",
    "game",
    "fit",
    "actions",
    "lesson",
    "dataset",
    "training",
    "evaluation",
    "photographs",
    "about",
];

/// Fills every section of the page: classifies the sample, loads a dataset, evaluates the network on it and on photographs, and shows the
/// choice of a label order and the form of an ONNX model.
fn fill_sections(visit: &mut Visit) {
    visit.wait_for_value("backend", "data-state", "ready");
    show(visit, "dataset");
    visit.choose_files("dataset-input", &[write_set()]);
    visit.wait_for("dataset-summary", |summary| summary.number("data-samples") > 0.0);
    visit.choose_files("dataset-input", &[write_numbered()]);
    visit.wait_for("label-order", |_| true);
    show(visit, "training");
    visit.choose_files("weights-load", &[xtask::root().join("tests/fixtures/onnx/old.onnx")]);
    visit.wait_for("onnx-facts", |_| true);
    visit.select("onnx-scaling", 6);
    visit.wait_for("onnx-mean", |_| true);
    show(visit, "evaluation");
    visit.click("evaluate-start");
    visit.wait_for("metrics", |_| true);
    visit.click("view-photographs");
    visit.choose_files("photographs-folder", &[write_folder()]);
    visit.wait_for("photographs", |_| true);
}

/// Shows a page; Live with the sample.
fn show(visit: &mut Visit, page: &str) {
    if page == "photographs" {
        show(visit, "evaluation");
        return visit.click("view-photographs");
    }
    if page == "model-face" {
        show(visit, "live");
        return model_face::open(visit);
    }
    if ["game", "fit", "actions"].contains(&page) {
        show(visit, "live");
        if visit.all(page).is_empty() {
            visit.click(&format!("{page}-open"));
            visit.wait_for(page, |_| true);
        }
        if page == "actions" && visit.all("actions-rule").is_empty() {
            visit.click("actions-add");
            visit.wait_for("actions-rule", |_| true);
        }
        return;
    }
    visit.go_to(page);
    visit.wait_for_true(&format!("document.querySelector('nav [aria-current]')?.hash === '#{page}'"));
    // the images of a dataset are shown once the page has computed how many fit
    visit.wait_for_true(
        "[...document.querySelectorAll('[data-testid=dataset-grid]')].every(grid => grid.querySelector('[data-index]'))",
    );
    if page == "evaluation" {
        visit.click("view-metrics");
    }
    if page == "live" && visit.all("photos-clear").is_empty() {
        visit.click("sample");
        visit.wait_for("face", |_| true);
    }
}

/// Opens all `details` elements of the section.
fn open_details(visit: &mut Visit) {
    visit.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)");
}

/// Loads axe into the page.
pub fn load_axe(visit: &mut Visit) {
    let axe = xtask::axe_folder().join(xtask::AXE);
    let axe = fs::read_to_string(axe).expect("axe is not there: `cargo xtask test` fetches it");
    visit.evaluate(&format!("{axe}; 0"));
}

/// Sets the theme, and waits until all colours have changed.
pub fn set_theme(visit: &mut Visit, theme: &str) {
    visit.evaluate(&format!("document.documentElement.dataset.theme = '{theme}'"));
    // bars of probabilities move as long as a face does
    visit.wait_for_true("document.getAnimations().every(each => !each.transitionProperty?.endsWith('color'))");
}

/// The violations that axe reports: rule, impact, element.
pub fn axe_violations(visit: &mut Visit) -> Vec<String> {
    // on the way from one colour to another, a text may have too little contrast
    let found = visit.evaluate(
        "Promise.allSettled(document.getAnimations().filter(each => each instanceof CSSTransition).map(each => each.finished))
        .then(() => axe.run(document, {
            runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
            rules: { 'target-size': { enabled: true } },
            resultTypes: ['violations'],
        })).then(({ violations }) => violations.flatMap(rule => rule.nodes.slice(0, 3).map(node =>
            `${rule.id} (${rule.impact}): ${node.html.slice(0, 160)} ${node.any.map(each => each.message).join('; ')}`)))",
    );
    serde_json::from_value(found).expect("strings")
}

#[test]
fn axe_reports_no_violations_in_any_section_and_theme() {
    let mut visit = Visit::open(&Camera::None);
    fill_sections(&mut visit);
    load_axe(&mut visit);
    let mut found = Vec::new();
    for theme in ["light", "dark"] {
        set_theme(&mut visit, theme);
        for page in PAGES {
            show(&mut visit, page);
            open_details(&mut visit);
            found.extend(axe_violations(&mut visit).into_iter().map(|finding| format!("{theme} {page}: {finding}")));
        }
        // the images of a cell of the confusion matrix
        show(&mut visit, "evaluation");
        visit.evaluate("document.querySelector('[data-testid=confusion-matrix] button').click()");
        visit.wait_for_true("document.getElementById('gallery')");
        found.extend(axe_violations(&mut visit).into_iter().map(|finding| format!("{theme} gallery: {finding}")));
    }
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
    visit.end();
}

/// The width that a page of 320 pixels scrolls over, and some of the elements that make it wider.
pub fn widest_at_320_pixels(visit: &mut Visit) -> (f64, Value) {
    let widest = visit.evaluate(
        "(() => { const over = [...document.querySelectorAll('body *')].filter(each =>
            each.getBoundingClientRect().right > innerWidth + 1 && !each.closest('[tabindex=\"0\"], .scroll, .visually-hidden'));
          return [document.documentElement.scrollWidth, over.slice(0, 3).map(each => each.outerHTML.slice(0, 120))];
        })()",
    );
    (widest[0].as_f64().unwrap_or(f64::MAX), widest[1].clone())
}

/// Controls that are wider than the page, unless they are scrolled to.
fn wide_controls(visit: &mut Visit) -> Value {
    visit.evaluate(
        "[...document.querySelectorAll('button, input, select')].filter(each => each.checkVisibility()
            && each.getBoundingClientRect().width > document.documentElement.clientWidth
            && !each.closest('[tabindex=\"0\"], .scroll')).map(each => each.outerHTML.slice(0, 120))",
    )
}

/// The texts of cells of confusion matrices that are larger than their cells, so that they overlap others.
fn overflowing_cells(visit: &mut Visit) -> Value {
    visit.evaluate(
        "[...document.querySelectorAll('.matrix :is(th, td):not([colspan])')].filter(cell => {
            const range = document.createRange();
            range.selectNodeContents(cell);
            const [text, box] = [range, cell].map(each => each.getBoundingClientRect());
            // what is cut off overlaps nothing
            return cell.textContent && getComputedStyle(cell).overflow === 'visible' && (text.left < box.left - 1 || text.right > box.right + 1
                || text.top < box.top - 1 || text.bottom > box.bottom + 1);
        }).map(cell => cell.textContent)",
    )
}

/// Confusion matrices of which a class, or the heading of the classes, is not in view until the matrix is scrolled.
fn cut_matrices(visit: &mut Visit) -> Value {
    visit.evaluate(
        "[...document.querySelectorAll('.scroll:has(> .matrix:not(.heat))')].filter(frame => {
            const heading = document.createRange();
            heading.selectNodeContents(frame.querySelector('.axis[colspan]'));
            const last = frame.querySelectorAll('thead tr:last-child th')[7];
            const edge = frame.getBoundingClientRect().right + 1;
            return frame.checkVisibility() && [heading, last].some(each => each.getBoundingClientRect().right > edge);
        }).map(frame => frame.dataset.testid ?? frame.ariaLabel)",
    )
}

#[test]
fn nothing_overflows_at_320_pixels_in_any_language() {
    let mut visit = Visit::open(&Camera::None);
    fill_sections(&mut visit);
    visit.set_width(320);
    for language in ["en", "de", "fr"] {
        choose(&mut visit, language);
        for page in PAGES {
            show(&mut visit, page);
            open_details(&mut visit);
            let (width, elements) = widest_at_320_pixels(&mut visit);
            assert!(width <= 320.0, "{language} {page}: {width} {elements}");
            assert_eq!(overflowing_cells(&mut visit), Value::Array(Vec::new()), "{language} {page}");
            assert_eq!(cut_matrices(&mut visit), Value::Array(Vec::new()), "{language} {page}");
            visit.evaluate("void (document.documentElement.style.fontSize = '32px')");
            assert_eq!(wide_controls(&mut visit), Value::Array(Vec::new()), "{language} {page}, large text");
            let (width, elements) = widest_at_320_pixels(&mut visit);
            assert!(width <= 320.0, "{language} {page}, large text: {width} {elements}");
            visit.evaluate("void (document.documentElement.style.fontSize = '')");
        }
    }
    visit.end();
}

#[test]
fn every_control_can_be_reached_with_the_keyboard_and_shows_its_focus() {
    let mut visit = Visit::open(&Camera::None);
    fill_sections(&mut visit);
    for page in PAGES {
        show(&mut visit, page);
        visit.evaluate("document.activeElement.blur()");
        let stops = visit.evaluate(
            "(self.stops = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex=\"0\"]')]
                .filter(each => !each.disabled && each.tabIndex >= 0 && each.checkVisibility()
                    && !(each.type === 'radio' && !each.checked))).length",
        );
        let mut unmarked: Vec<Value> = Vec::new();
        for _ in 0..stops.as_u64().unwrap_or_default() + 2 {
            visit.press("Tab");
            let element = visit.evaluate(
                "(() => { const at = document.activeElement; if (at === document.body) return null;
                    self.stops = self.stops.filter(each => each !== at);
                    const shown = [at, at.parentElement].some(each => getComputedStyle(each).outlineStyle !== 'none');
                    return shown ? null : at.outerHTML.slice(0, 120); })()",
            );
            unmarked.extend(Some(element).filter(|element| !element.is_null()));
        }
        assert!(unmarked.is_empty(), "{page}: no visible focus on {unmarked:?}");
        let missed = visit.evaluate("self.stops.map(each => each.outerHTML.slice(0, 120))");
        assert_eq!(missed, Value::Array(Vec::new()), "{page}: not reachable with the keyboard");
    }
    visit.end();
}
