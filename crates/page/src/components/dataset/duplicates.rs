//! Duplicate and near-constant images.

use std::rc::Rc;

use yew::{Callback, Html, Properties, component, html, use_context, use_effect_with, use_memo};

use super::thumb::{Pixels, thumb};
use crate::controller::{Controller, ImageView};
use crate::state::{Action, DatasetAction, Filter, ImageProperty};
use crate::text::{self as words, dataset as text};
use mien_core::dataset::Split;
use mien_core::expression::Expression;
use mien_protocol::{DatasetSummary, Exploration};

/// Maximum number of groups listed; the most harmful come first.
pub(super) const LISTED: usize = 24;

#[derive(PartialEq, Properties)]
pub struct DuplicatesProps {
    /// The set.
    pub set: Rc<DatasetSummary>,
    /// Results of the dataset analysis, once available.
    pub found: Option<Rc<Exploration>>,
    /// Incremented when pixels arrive, so that the component re-renders.
    pub arrivals: u32,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// Properties of a group of images that are identical, or nearly so.
#[derive(Clone, PartialEq)]
pub(super) struct Group {
    pub samples: Rc<[u32]>,
    labels: Vec<Option<Expression>>,
    splits: Vec<&'static str>,
}

impl Group {
    pub fn of(set: &DatasetSummary, samples: &[u32]) -> Self {
        let (mut labels, mut splits) = (Vec::new(), Vec::new());
        for &sample in samples {
            let label = set.label(sample as usize);
            let split = set.split(sample as usize).map_or("", Split::name);
            if !labels.contains(&label) {
                labels.push(label);
            }
            if !splits.contains(&split) {
                splits.push(split);
            }
        }
        Self { samples: samples.into(), labels, splits }
    }

    pub fn conflicts(&self) -> bool {
        self.labels.len() > 1
    }

    pub fn crosses(&self) -> bool {
        self.splits.len() > 1
    }

    /// The labels in the language of the page.
    fn labels(&self) -> String {
        let labels = self.labels.iter().flatten();
        labels.map(|label| words::inline(*label).text()).collect::<Vec<_>>().join(", ")
    }
}

/// The duplicates found, what they mean, and the worst ones as images.
#[component]
pub fn Duplicates(props: &DuplicatesProps) -> Html {
    let controller = use_context::<Controller>();
    let groups = use_memo((Rc::clone(&props.set), props.found.clone()), |(set, found)| {
        let groups = found.iter().flat_map(|found| &found.duplicates);
        let mut groups: Vec<Group> = groups.map(|samples| Group::of(set, samples)).collect();
        groups.sort_by_key(|group| (!group.conflicts(), !group.crosses()));
        groups
    });
    {
        let (controller, set) = (controller.clone(), props.set.id);
        let wanted: Vec<u32> = groups.iter().take(LISTED).filter_map(|group| group.samples.first().copied()).collect();
        use_effect_with((set, wanted, props.set.len()), move |(set, wanted, _)| {
            if let Some(controller) = controller {
                controller.dataset.pixels.request(ImageView::Duplicates, *set, wanted.clone());
            }
        });
    }
    let (Some(controller), Some(found)) = (controller, &props.found) else {
        return html! {
            <section class="card">
                <h2>{ text::DUPLICATES }</h2>
                <p class="muted">{ text::ANALYSING }</p>
            </section>
        };
    };
    let copies: usize = groups.iter().map(|group| group.samples.len()).sum();
    let across = groups.iter().filter(|group| group.crosses()).count();
    let conflicts = groups.iter().filter(|group| group.conflicts()).count();
    html! {
        <section
            class="card"
            data-testid="dataset-duplicates"
            data-groups={groups.len().to_string()}
            data-across={across.to_string()}
            data-conflicts={conflicts.to_string()}
            data-flat={found.flat.len().to_string()}
        >
            <h2>{ text::DUPLICATES }</h2>
            if groups.is_empty() {
                <p>{ text::NO_DUPLICATES }</p>
            } else {
                for sentence in text::duplicates(groups.len(), copies - groups.len(), across, conflicts) {
                    <p>{ sentence }</p>
                }
                <ul class="copies">
                    for group in groups.iter().take(LISTED) {
                        <li>{ entry(props, &controller, group) }</li>
                    }
                </ul>
                <div class="tools">
                    { show(&props.dispatch, ImageProperty::Duplicates, "show-duplicates") }
                    if groups.len() > LISTED {
                        <span class="muted">{ text::and_more(groups.len() - LISTED) }</span>
                    }
                </div>
            }
            if found.flat.is_empty() {
                <p>{ text::NO_NEAR_CONSTANT }</p>
            } else {
                <p>{ text::near_constant(found.flat.len()) }</p>
                <div class="tools">{ show(&props.dispatch, ImageProperty::NearConstant, "show-flat") }</div>
            }
            <p class="muted">{ text::excluded(found.excluded as usize) }</p>
        </section>
    }
}

/// Shows the images with a property in the grid.
pub(super) fn shows(dispatch: &Callback<Action>, property: ImageProperty) -> Callback<yew::MouseEvent> {
    let dispatch = dispatch.clone();
    Callback::from(move |_| {
        let filter = Filter { property: Some(property.clone()), ..Filter::default() };
        dispatch.emit(Action::Dataset(DatasetAction::Filter(filter)));
        super::grid::scroll_to();
    })
}

/// The button that shows the images with a property in the grid.
pub(super) fn show(dispatch: &Callback<Action>, property: ImageProperty, testid: &'static str) -> Html {
    html! {
        <button type="button" class="button" data-testid={testid} onclick={shows(dispatch, property)}>{ text::SHOW }</button>
    }
}

fn entry(props: &DuplicatesProps, controller: &Controller, group: &Group) -> Html {
    let pixels =
        group.samples.first().and_then(|&sample| controller.dataset.pixels.get(props.set.id, sample)).map(Pixels);
    let onclick = shows(&props.dispatch, ImageProperty::These(Rc::clone(&group.samples)));
    html! {
        <button type="button" class="copy" title={text::SHOW} {onclick}>
            { thumb(pixels, None) }
            { marks(text::copies(group.samples.len()), group) }
        </button>
    }
}

/// The number, labels and splits of the images of a group, and what is wrong with them.
pub(super) fn marks(count: String, group: &Group) -> Html {
    html! {
        <span class="copy-facts">
            <span><strong>{ count }</strong>{ format!(" · {}", group.labels()) }</span>
            <span class="muted">{ group.splits.join(", ") }</span>
            <span class="marks">
                if group.conflicts() {
                    <span class="mark bad">{ text::CONFLICT }</span>
                }
                if group.crosses() {
                    <span class="mark">{ text::ACROSS }</span>
                }
            </span>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::set;

    #[test]
    fn groups_conflict_by_label_and_cross_by_split() {
        let set = set(
            1,
            "set",
            &[
                (Expression::Sad, Split::Training),
                (Expression::Sad, Split::Training),
                (Expression::Fear, Split::Training),
                (Expression::Sad, Split::PublicTest),
            ],
        );
        let group = |samples: &[u32]| {
            let group = Group::of(&set, samples);
            (group.conflicts(), group.crosses())
        };
        assert_eq!(
            [group(&[0, 1]), group(&[0, 2]), group(&[1, 3]), group(&[2, 3])],
            [(false, false), (true, false), (false, true), (true, true)]
        );
        assert_eq!(Group::of(&set, &[0, 1, 2]).labels, [Some(Expression::Sad), Some(Expression::Fear)]);
    }

    #[test]
    fn labels_are_named_in_the_language_of_the_page() {
        let set = set(1, "set", &[(Expression::Sad, Split::Training), (Expression::Fear, Split::Training)]);
        let group = Group::of(&set, &[0, 1]);
        assert_eq!(group.labels(), "sad, fear");
        crate::language::speak("fr");
        assert_eq!(group.labels(), "tristesse, peur");
    }
}
