//! The mean face of each class.

use std::rc::Rc;

use yew::{Html, Properties, component, html, use_memo};

use super::thumb::{Pixels, thumb};
use crate::format::grouped;
use crate::text;
use crate::text::dataset as words;
use mien_core::expression::Expression;
use mien_core::vision::CROP_PIXELS;
use mien_protocol::{DatasetSummary, Exploration};

#[derive(PartialEq, Properties)]
pub struct MeanFacesProps {
    /// The set.
    pub set: Rc<DatasetSummary>,
    /// Results of the dataset analysis, once available.
    pub found: Option<Rc<Exploration>>,
}

/// The mean face of each class.
#[component]
pub fn MeanFaces(props: &MeanFacesProps) -> Html {
    let means = props.found.as_ref().map(|found| found.means.clone()).unwrap_or_default();
    let means = use_memo(means, |means| {
        means.as_chunks::<CROP_PIXELS>().0.iter().map(|mean| Pixels(Rc::from(mean.as_slice()))).collect::<Vec<_>>()
    });
    let counts = Expression::ALL.map(|class| props.set.labels.iter().filter(|&&of| of == class.index() as u8).count());
    html! {
        <section class="card">
            <h2>{ words::MEANS }</h2>
            <p class="muted">{ words::MEANS_HINT }</p>
            <ul class="means" data-testid="dataset-means">
                for class in Expression::ALL {
                    <li data-class={class.name()}>
                        if counts[class.index()] > 0 {
                            { thumb(means.get(class.index()).cloned(), Some(words::mean(text::inline(class), counts[class.index()]).into())) }
                        } else {
                            <span class="thumb none"></span>
                        }
                        <span>{ text::expression(class) }</span>
                        <span class="muted number">{ grouped(counts[class.index()]) }</span>
                    </li>
                }
            </ul>
        </section>
    }
}
