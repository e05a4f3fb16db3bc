//! Skipped rows and images, and why they were skipped.

use std::rc::Rc;

use yew::{Callback, Html, Properties, component, html, use_context};

use super::super::icons::{Picture, icon};
use crate::controller::Controller;
use crate::format::grouped;
use crate::text::dataset as text;
use mien_core::dataset::Column;
use mien_protocol::DatasetSummary;

/// Maximum number listed; the downloadable file has more.
const LISTED: usize = 100;

#[derive(PartialEq, Properties)]
pub struct RejectedProps {
    /// The set.
    pub set: Rc<DatasetSummary>,
}

/// Counts by reason, the first rejections in detail, and the download of all recorded ones.
#[component]
pub fn Rejected(props: &RejectedProps) -> Html {
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let rejections = &props.set.rejections;
    if rejections.count() == 0 {
        return Html::default();
    }
    let set = Rc::clone(&props.set);
    let save = Callback::from(move |_| controller.dataset.save_rejections(&set));
    let listed = rejections.first().len().min(LISTED);
    html! {
        <section class="card" data-testid="dataset-rejections">
            <div class="card-head">
                <h2>{ text::REJECTED }</h2>
                <button type="button" class="button" data-testid="rejections-csv" onclick={save}>
                    { icon(Picture::Download) }{ text::REJECTED_SAVE }
                </button>
            </div>
            <ul class="reasons">
                for (kind, count) in rejections.by_reason() {
                    <li data-kind={kind.clone()} data-count={count.to_string()}>
                        <strong class="number">{ grouped(*count) }</strong>{ " " }{ text::reason(kind).to_owned() }
                    </li>
                }
            </ul>
            <p class="muted">{ text::rejected(rejections.count(), listed) }{ " " }{ text::REJECTED_LINE_HINT }</p>
            <div class="scroll-y" tabindex="0" role="region" aria-label={text::REJECTED}>
                <table class="rejected">
                    <thead>
                        <tr>
                            <th scope="col">{ text::REJECTED_PLACE }</th>
                            <th scope="col">{ text::REJECTED_COLUMN }</th>
                            <th scope="col">{ text::REJECTED_WHY }</th>
                        </tr>
                    </thead>
                    <tbody>
                        for rejected in rejections.first().iter().take(LISTED) {
                            <tr>
                                <td class="number">{ text::rejected_location(&rejected.location) }</td>
                                <td>{ rejected.column.map_or("", Column::name) }</td>
                                <td>{ text::rejection(&rejected.reason) }</td>
                            </tr>
                        }
                    </tbody>
                </table>
            </div>
        </section>
    }
}
