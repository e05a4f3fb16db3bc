//! The About page.

use std::rc::Rc;

use yew::{Html, Properties, component, html};

use crate::components::{ModelCard, Privacy};
use crate::language::Text;
use crate::settings::Page;
use crate::text::{self, about};
use mien_core::evaluation::Card;
use mien_core::expression::Expression;
use mien_protocol::NetworkSummary;

#[derive(PartialEq, Properties)]
pub struct AboutProps {
    /// The active network, once known.
    pub network: Option<Rc<NetworkSummary>>,
    /// The model card of the built-in network, once loaded.
    pub card: Option<Rc<Card>>,
}

/// The About page.
#[component]
pub fn About(props: &AboutProps) -> Html {
    let accuracy = props.network.as_ref().and_then(|network| {
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
                <Privacy />
            </section>

            { section(about::BACKEND, &[about::BACKEND_TEXT]) }

            if let Some(network) = &props.network {
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

            <ModelCard card={props.card.clone()} />

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
