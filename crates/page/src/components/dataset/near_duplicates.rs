//! Near duplicates, and the progress of the search for them.

use std::rc::Rc;

use yew::{Callback, Html, Properties, component, html, use_context, use_effect_with, use_memo};

use super::super::icons::{Picture, icon};
use super::duplicates::{Group, LISTED, marks, show, shows};
use super::thumb::{Pixels, thumb};
use crate::controller::{Controller, ImageView};
use crate::state::{Action, ImageProperty};
use crate::text::dataset as text;
use mien_core::dataset::Split;
use mien_core::number::fixed;
use mien_protocol::{DatasetId, DatasetSummary, Exploration, NearDuplicateStatus};

/// Number of images of a group and a split among which the pair that is shown is chosen.
const PAIRED: usize = 8;

#[derive(PartialEq, Properties)]
pub struct NearDuplicatesProps {
    /// The set.
    pub set: Rc<DatasetSummary>,
    /// Results of the dataset analysis, once available.
    pub found: Option<Rc<Exploration>>,
    /// The status of the search, once it has begun.
    pub near: Option<Rc<NearDuplicateStatus>>,
    /// Incremented when pixels arrive, so that the component re-renders.
    pub arrivals: u32,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// The near duplicates found, what they mean, and a pair of each of the worst groups.
#[component]
pub fn NearDuplicates(props: &NearDuplicatesProps) -> Html {
    let controller = use_context::<Controller>();
    let groups = use_memo((Rc::clone(&props.set), props.near.clone()), |(set, near)| {
        let groups = near.iter().flat_map(|near| near.groups());
        let mut groups: Vec<Group> = groups.map(|samples| Group::of(set, samples)).collect();
        groups.sort_by_key(|group| (!group.crosses(), !group.conflicts()));
        groups
    });
    let pairs = use_memo((Rc::clone(&groups), props.found.clone()), |(groups, found)| {
        let copies = found.as_ref().map_or(&[][..], |found| &found.duplicates);
        groups.iter().take(LISTED).filter_map(|group| pair(&props.set, &group.samples, copies)).collect::<Vec<_>>()
    });
    {
        let (controller, set) = (controller.clone(), props.set.id);
        let wanted: Vec<u32> = pairs.iter().flatten().copied().collect();
        use_effect_with((set, wanted, props.set.len()), move |(set, wanted, _)| {
            if let Some(controller) = controller {
                controller.dataset.pixels.request(ImageView::NearDuplicates, *set, wanted.clone());
            }
        });
    }
    let Some(controller) = controller else { return Html::default() };
    let across = groups.iter().filter(|group| group.crosses()).count();
    let images: usize = groups.iter().map(|group| group.samples.len()).sum();
    html! {
        <section
            class="card"
            data-testid="dataset-near-duplicates"
            data-state={state(props.near.as_deref())}
            data-groups={groups.len().to_string()}
            data-images={images.to_string()}
            data-across={across.to_string()}
        >
            <h2>{ text::NEAR_DUPLICATES }</h2>
            <p class="muted">{ text::NEAR_DUPLICATES_HINT }</p>
            { status(props, &controller, groups.len(), images) }
            if across > 0 {
                <p>{ text::near_across(across) }</p>
            }
            if !groups.is_empty() {
                <ul class="copies pairs">
                    for (group, pair) in groups.iter().zip(pairs.iter()) {
                        <li>{ entry(props, &controller, group, pair) }</li>
                    }
                </ul>
                <div class="tools">
                    { show(&props.dispatch, ImageProperty::NearDuplicates, "show-near-duplicates") }
                    if groups.len() > LISTED {
                        <span class="muted">{ text::and_more(groups.len() - LISTED) }</span>
                    }
                </div>
            }
        </section>
    }
}

fn state(near: Option<&NearDuplicateStatus>) -> &'static str {
    match near {
        None | Some(NearDuplicateStatus::Running { .. }) => "running",
        Some(NearDuplicateStatus::Cancelled) => "cancelled",
        Some(NearDuplicateStatus::Finished { .. }) => "finished",
    }
}

fn status(props: &NearDuplicatesProps, controller: &Controller, groups: usize, images: usize) -> Html {
    let set = props.set.id;
    match props.near.as_deref() {
        None => html! { <p class="muted">{ text::ANALYSING }</p> },
        Some(&NearDuplicateStatus::Running { done, total }) => near_progress(set, done, total, controller),
        Some(NearDuplicateStatus::Cancelled) => {
            let controller = controller.clone();
            html! {
                <>
                    <p>{ text::NEAR_CANCELLED }</p>
                    <div class="tools">
                        <button
                            type="button"
                            class="button"
                            data-testid="near-search"
                            onclick={Callback::from(move |_| controller.dataset.find_near_duplicates(set))}
                        >
                            { text::NEAR_SEARCH }
                        </button>
                    </div>
                </>
            }
        }
        Some(NearDuplicateStatus::Finished { .. }) if groups == 0 => html! { <p>{ text::NO_NEAR_DUPLICATES }</p> },
        Some(NearDuplicateStatus::Finished { .. }) => html! { <p>{ text::near_found(groups, images) }</p> },
    }
}

/// The progress of the search in a set, of whose `total` images `done` were compared so far, with a cancel button.
pub fn near_progress(set: DatasetId, done: u32, total: u32, controller: &Controller) -> Html {
    let controller = controller.clone();
    let share = fixed(f64::from(done) / f64::from(total.max(1)), 4);
    html! {
        <div key="near-progress" class="searching" data-testid="near-progress" data-share={share.clone()}>
            <progress aria-label={text::NEAR_PROGRESS} max="1" value={share} />
            <span class="muted number">{ text::near_compared(done as usize, total as usize) }</span>
            <button
                type="button"
                class="button"
                data-testid="near-cancel"
                onclick={Callback::from(move |_| controller.dataset.cancel_near_duplicates(set))}
            >
                { icon(Picture::Close) }{ text::CANCEL }
            </button>
        </div>
    }
}

/// The pair of a group that shows best what is wrong: in different splits if there are such images, and no byte-identical
/// copies if possible.
fn pair(set: &DatasetSummary, samples: &[u32], copies: &[Vec<u32>]) -> Option<[u32; 2]> {
    let of_split = |split: Split| {
        let samples = samples.iter().copied().filter(move |&sample| set.split(sample as usize) == Some(split));
        samples.take(PAIRED)
    };
    let mut some: Vec<u32> = Split::ALL.into_iter().flat_map(of_split).collect();
    some.sort_unstable();
    let copies: Vec<&Vec<u32>> = copies.iter().filter(|group| group.iter().any(|copy| some.contains(copy))).collect();
    let are_copies = |a, b| copies.iter().any(|group| group.contains(&a) && group.contains(&b));
    let pairs = some.iter().enumerate().flat_map(|(index, &a)| some[index + 1..].iter().map(move |&b| [a, b]));
    pairs.min_by_key(|&[a, b]| (set.split(a as usize) == set.split(b as usize), are_copies(a, b)))
}

fn entry(props: &NearDuplicatesProps, controller: &Controller, group: &Group, pair: &[u32; 2]) -> Html {
    let pixels = |sample: u32| controller.dataset.pixels.get(props.set.id, sample).map(Pixels);
    let onclick = shows(&props.dispatch, ImageProperty::These(Rc::clone(&group.samples)));
    html! {
        <button type="button" class="copy" data-testid="near-pair" title={text::SHOW} {onclick}>
            <span class="twins">
                for sample in pair {
                    { thumb(pixels(*sample), None) }
                }
            </span>
            { marks(text::images(group.samples.len()), group) }
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::set;
    use mien_core::expression::Expression;

    #[test]
    fn the_pair_shown_is_in_different_splits_and_no_copy_if_possible() {
        let of = |split| (Expression::Sad, split);
        let set = set(1, "set", &[Split::Training, Split::Training, Split::PublicTest, Split::PublicTest].map(of));
        assert_eq!(pair(&set, &[0, 1, 2, 3], &[]), Some([0, 2]));
        assert_eq!(pair(&set, &[0, 1, 2, 3], &[vec![0, 2]]), Some([0, 3]));
        assert_eq!(pair(&set, &[0, 1, 2], &[vec![0, 2]]), Some([1, 2]));
        assert_eq!(pair(&set, &[0, 2], &[vec![0, 2]]), Some([0, 2]), "there is no other");
        assert_eq!(pair(&set, &[0, 1], &[]), Some([0, 1]));
        assert_eq!(pair(&set, &[0], &[]), None);
    }
}
