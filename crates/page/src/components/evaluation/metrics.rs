//! The overall metrics of a run.

use std::rc::Rc;

use yew::{Callback, Html, html};

use super::figure::CopyButton;
use crate::language::Text;
use crate::state::EvaluationRun;
use crate::text::evaluation as text;
use mien_core::evaluation::{Metric, text as tables};
use mien_core::number::fixed;

/// The accuracy, then all other metrics with their descriptions.
pub fn metrics(run: &Rc<EvaluationRun>) -> Html {
    let report = &run.evaluation.report;
    let copy = {
        let run = Rc::clone(run);
        Callback::from(move |()| tables::metrics(&run.evaluation.report))
    };
    html! {
        <section
            class="metrics"
            aria-labelledby="metrics"
            data-testid="metrics"
            data-accuracy={fixed(report.accuracy, 8)}
            data-macro-f1={fixed(report.macro_f1, 8)}
        >
            <h3 class="visually-hidden" id="metrics">{ text::METRICS }</h3>
            { accuracy(report.accuracy, report.accuracy_interval, &text::findings(report)) }
            <dl class="tiles">
                for metric in Metric::ALL.into_iter().skip(1) {
                    { tile(metric.key(), text::metric(metric), text::explain(metric), text::number(report.value(metric))) }
                }
            </dl>
            <p class="hint no-print">{ text::EXPLAIN_HINT }<CopyButton text={copy} /></p>
        </section>
    }
}

/// The accuracy, its interval, and sentences about it.
pub fn accuracy(accuracy: f64, interval: Option<[f64; 2]>, findings: &[String]) -> Html {
    html! {
        <div class="accuracy">
            <p class="accuracy-name">{ text::metric(Metric::Accuracy) }</p>
            <p class="accuracy-value">{ text::share(accuracy) }</p>
            if let Some(interval) = interval {
                <p class="accuracy-interval">{ text::interval(interval) }</p>
            }
            <ul class="findings">
                for finding in findings {
                    <li>{ finding }</li>
                }
            </ul>
        </div>
    }
}

/// A metric with its key, name, description and value.
pub fn tile(key: &'static str, name: Text, explanation: Text, value: String) -> Html {
    html! {
        <div>
            <dt>
                <details>
                    <summary>{ name }</summary>
                    <p>{ explanation }</p>
                </details>
            </dt>
            <dd data-metric={key}>{ value }</dd>
        </div>
    }
}
