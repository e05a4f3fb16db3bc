//! Step 6: what such a network must not be used for.

use yew::{Html, html};

use super::part;
use crate::built_in::BuiltInSet;
use crate::components::offer;
use crate::controller::Controller;
use crate::settings::Page;
use crate::text::{about, lesson as text};

/// What the network does not do, what the law says, cases to discuss, a set to measure it on, and further pages.
pub fn limits(controller: &Controller) -> Html {
    let more =
        [(Page::Live, text::MORE_LIVE), (Page::Evaluation, text::MORE_EVALUATION), (Page::About, text::MORE_ABOUT)];
    html! {
        <>
            <div class="lesson-grid two">
                { part(about::CLASSES, html! { <p>{ about::CLASSES_NOT }</p> }) }
                { part(about::LAW, html! { <p>{ about::LAW_TEXT }</p> }) }
                { part(about::WORSE, html! { <p>{ about::WORSE_TEXT }</p> }) }
                { part(about::ACCURACY, html! { <><p>{ about::DISPUTED }</p><p>{ about::CLASSROOM }</p></> }) }
            </div>
            {
                part(text::CASES, html! {
                    <>
                        <p>{ text::CASES_TEXT }</p>
                        <ul class="lesson-cases">
                            for (case, answer) in text::CASE {
                                <li>
                                    <details data-testid="lesson-case">
                                        <summary>{ case }</summary>
                                        <p>{ answer }</p>
                                    </details>
                                </li>
                            }
                        </ul>
                    </>
                })
            }
            {
                part(text::MEASURE, html! {
                    <>
                        <p>{ text::MEASURE_TEXT }</p>
                        { offer(BuiltInSet::London, Some(Page::Evaluation), controller) }
                    </>
                })
            }
            {
                part(text::MORE, html! {
                    <div class="tools">
                        for (page, words) in more {
                            <a class="button" href={page.fragment()}>{ words }</a>
                        }
                    </div>
                })
            }
        </>
    }
}
