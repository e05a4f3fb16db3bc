//! The About page.

use yew::{Html, html};

use crate::components::{Privacy, benchmark, model_card};
use crate::controller::Controller;
use crate::language::Text;
use crate::settings::Page;
use crate::state::State;
use crate::text::{self, about};
use mien_core::expression::Expression;

/// The About page.
pub fn about(state: &State, controller: &Controller) -> Html {
    let accuracy = state.network.as_ref().and_then(|network| {
        let accuracy = network.validation_accuracy?;
        Some(about::accuracy(accuracy, network.validated_on.as_ref()))
    });
    html! {
        <main class="about" id={Page::CONTENT} tabindex="-1">
            <h1>{ about::TITLE }</h1>
            <p class="lead">{ about::LEAD }</p>

            <section>
                <h2>{ about::CLASSES }</h2>
                <p>{ about::CLASSES_TEXT }</p>
                <dl class="classes">
                    for expression in Expression::ALL {
                        <div>
                            <dt>{ text::expression(expression) }</dt>
                            <dd>{ about::class(expression) }</dd>
                        </div>
                    }
                </dl>
                <p class="important">{ about::CLASSES_NOT }</p>
            </section>

            <section>
                <h2>{ about::ACCURACY }</h2>
                <p data-testid="accuracy">
                    { accuracy.unwrap_or_else(|| about::ACCURACY_UNKNOWN.into()) }
                </p>
                <p>{ about::DISPUTED }</p>
                <p>{ about::NOT_SURE }</p>
            </section>

            { section(about::WORSE, &[about::WORSE_TEXT]) }
            { section(about::LAW, &[about::LAW_TEXT, about::CLASSROOM]) }

            <section>
                <h2>{ about::PRIVACY }</h2>
                <p>{ about::PRIVACY_TEXT }</p>
                <p>{ about::CHECK }</p>
                <ul>
                    for check in about::CHECKS {
                        <li>{ check }</li>
                    }
                </ul>
                // It has no properties, so that only a new key shows it in another language.
                <Privacy key={state.language.tag()} />
            </section>

            <section>
                <h2>{ about::BACKEND }</h2>
                <p>{ about::BACKEND_TEXT }</p>
                if let Some(measured) = state.measured {
                    <p
                        data-testid="measured"
                        data-live={measured.live.preferred().name()}
                        data-batches={measured.batches.map(|times| times.preferred().name())}
                    >
                        { text::measured(measured) }
                    </p>
                }
            </section>
            { section(about::MODEL_FACE, &[about::MODEL_FACE_TEXT, about::CURVES_TEXT]) }
            { benchmark(state, controller) }

            if let Some(network) = &state.network {
                <section>
                    <h2>{ about::NETWORK }</h2>
                    <dl class="facts">
                        for (term, value) in about::network(network) {
                            <div>
                                <dt>{ term }</dt>
                                <dd>{ value }</dd>
                            </div>
                        }
                    </dl>
                </section>
            }

            { model_card(state.card.as_deref(), controller) }

            <section>
                <h2>{ about::CREDITS }</h2>
                <ul>
                    for credit in about::CREDITS_LIST {
                        <li>{ credit }</li>
                    }
                </ul>
                <p><a href="licences.txt" data-testid="licences">{ text::privacy::LICENCES }</a></p>
            </section>
        </main>
    }
}

fn section(title: Text, paragraphs: &[Text]) -> Html {
    html! {
        <section>
            <h2>{ title }</h2>
            for paragraph in paragraphs {
                <p>{ *paragraph }</p>
            }
        </section>
    }
}
