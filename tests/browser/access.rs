//! What a visitor meets who reads by ear, sees little or has no mouse: axe finds nothing on any page in both themes, nothing
//! runs over at 320 pixels, and the keyboard reaches everything.

use std::fs;

use serde_json::Value;

use crate::dataset::write_numbered;
use crate::evaluation::write_set;
use crate::language::choose;
use crate::support::{Camera, Visit};

const PAGES: [&str; 6] = ["live", "lesson", "dataset", "training", "evaluation", "about"];

/// Opens the page with something on every page of the app: the sample read, a set loaded and the network
/// measured on it, the question about numbered classes.
fn full(visit: &mut Visit) {
    visit.wait_for_value("backend", "data-state", "ready");
    visit.click("sample");
    visit.wait_for("face", |_| true);
    show(visit, "dataset");
    visit.choose_files("dataset-input", &[write_set()]);
    visit.wait_for("dataset-summary", |summary| summary.number("data-samples") > 0.0);
    visit.choose_files("dataset-input", &[write_numbered()]);
    visit.wait_for("label-order", |_| true);
    show(visit, "evaluation");
    visit.click("evaluate-start");
    visit.wait_for("metrics", |_| true);
}

fn show(visit: &mut Visit, page: &str) {
    visit.go_to(page);
    visit.wait_for_true(&format!("document.querySelector('nav [aria-current]')?.hash === '#{page}'"));
    // the images of a dataset come once the page knows how many fit
    visit.wait_for_true(
        "[...document.querySelectorAll('[data-testid=dataset-grid]')].every(grid => grid.querySelector('[data-index]'))",
    );
}

/// Opens all that can be opened on a page.
fn unfold(visit: &mut Visit) {
    visit.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)");
}

/// What axe has to say of the page as it stands: rule, impact, element.
fn findings(visit: &mut Visit) -> Vec<String> {
    let found = visit.evaluate(
        "axe.run(document, {
            runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
            rules: { 'target-size': { enabled: true } },
            resultTypes: ['violations'],
        }).then(({ violations }) => violations.flatMap(rule => rule.nodes.slice(0, 3).map(node =>
            `${rule.id} (${rule.impact}): ${node.html.slice(0, 160)} ${node.any.map(each => each.message).join('; ')}`)))",
    );
    serde_json::from_value(found).expect("sentences")
}

#[test]
fn axe_finds_nothing_on_any_page_in_both_themes() {
    let axe = xtask::axe_folder().join(xtask::AXE);
    let axe = fs::read_to_string(axe).expect("axe is not there: `cargo xtask test` fetches it");
    let mut visit = Visit::open(&Camera::None);
    full(&mut visit);
    visit.evaluate(&format!("{axe}; 0"));
    let mut found = Vec::new();
    for theme in ["light", "dark"] {
        visit.evaluate(&format!("document.documentElement.dataset.theme = '{theme}'"));
        for page in PAGES {
            show(&mut visit, page);
            unfold(&mut visit);
            found.extend(findings(&mut visit).into_iter().map(|finding| format!("{theme} {page}: {finding}")));
        }
        // one image seen from near, and the images of a cell
        show(&mut visit, "evaluation");
        visit.evaluate("document.querySelector('[data-testid=confusion-matrix] button').click()");
        visit.wait_for_true("document.getElementById('gallery')");
        found.extend(findings(&mut visit).into_iter().map(|finding| format!("{theme} gallery: {finding}")));
    }
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
    visit.end();
}

#[test]
fn at_320_pixels_nothing_runs_over_in_any_language() {
    let mut visit = Visit::open(&Camera::None);
    full(&mut visit);
    visit.set_width(320);
    for language in ["en", "de", "fr"] {
        choose(&mut visit, language);
        for page in PAGES {
            show(&mut visit, page);
            unfold(&mut visit);
            let widest = visit.evaluate(
                "(() => { const over = [...document.querySelectorAll('body *')].filter(each =>
                    each.getBoundingClientRect().right > innerWidth + 1 && !each.closest('[tabindex=\"0\"], .scroll, .visually-hidden'));
                  return [document.documentElement.scrollWidth, over.slice(0, 3).map(each => each.outerHTML.slice(0, 120))];
                })()",
            );
            assert!(widest[0].as_f64().unwrap_or(f64::MAX) <= 320.0, "{language} {page}: {widest}");
        }
    }
    visit.end();
}

#[test]
fn the_keyboard_reaches_everything_and_shows_where_it_is() {
    let mut visit = Visit::open(&Camera::None);
    full(&mut visit);
    for page in PAGES {
        show(&mut visit, page);
        visit.evaluate("document.activeElement.blur()");
        let stops = visit.evaluate(
            "(self.stops = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex=\"0\"]')]
                .filter(each => !each.disabled && each.tabIndex >= 0 && each.checkVisibility()
                    && !(each.type === 'radio' && !each.checked))).length",
        );
        let mut unseen: Vec<Value> = Vec::new();
        for _ in 0..stops.as_u64().unwrap_or_default() + 2 {
            visit.press("Tab");
            let trouble = visit.evaluate(
                "(() => { const at = document.activeElement; if (at === document.body) return null;
                    self.stops = self.stops.filter(each => each !== at);
                    const shown = [at, at.parentElement].some(each => getComputedStyle(each).outlineStyle !== 'none');
                    return shown ? null : at.outerHTML.slice(0, 120); })()",
            );
            unseen.extend(Some(trouble).filter(|trouble| !trouble.is_null()));
        }
        assert!(unseen.is_empty(), "{page}: no focus to be seen on {unseen:?}");
        let missed = visit.evaluate("self.stops.map(each => each.outerHTML.slice(0, 120))");
        assert_eq!(missed, Value::Array(Vec::new()), "{page}: out of the keyboard's reach");
    }
    visit.end();
}
