//! The overall metrics of a run.

use std::rc::Rc;

use yew::{Callback, Html, html};

use super::figure::CopyButton;
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
            <div class="accuracy">
                <p class="accuracy-name">{ text::metric(Metric::Accuracy) }</p>
                <p class="accuracy-value">{ text::share(report.accuracy) }</p>
                if let Some(interval) = report.accuracy_interval {
                    <p class="accuracy-interval">{ text::interval(interval) }</p>
                }
                <ul class="findings">
                    for finding in text::findings(report) {
                        <li>{ finding }</li>
                    }
                </ul>
            </div>
            <dl class="tiles">
                for metric in Metric::ALL.into_iter().skip(1) {
                    <div>
                        <dt>
                            <details>
                                <summary>{ text::metric(metric) }</summary>
                                <p>{ text::explain(metric) }</p>
                            </details>
                        </dt>
                        <dd data-metric={metric.key()}>{ text::number(report.value(metric)) }</dd>
                    </div>
                }
            </dl>
            <p class="hint no-print">{ text::EXPLAIN_HINT }<CopyButton text={copy} /></p>
        </section>
    }
}
