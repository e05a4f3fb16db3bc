//! The choice of images and networks to evaluate, and the progress.

use std::collections::BTreeSet;
use std::rc::Rc;

use web_sys::HtmlSelectElement;
use yew::{Callback, Html, MouseEvent, Properties, TargetCast, component, html, use_context, use_memo};

use crate::built_in::BuiltInSet;
use crate::components::icons::{Picture, icon};
use crate::components::run::{RunView, run_failure, run_view};
use crate::controller::Controller;
use crate::state::{
    Action, DatasetAction, Datasets, Ensemble, EvaluationAction, EvaluationRequest, Run, RunAction, Selection, Subset,
};
use crate::text::training::library::name;
use crate::text::{self as words, evaluation as text, inference, sets};
use mien_core::dataset::Split;
use mien_core::evaluation::TestTimeAugmentation;
use mien_core::expression::Expression;
use mien_protocol::{DatasetSummary, NetworkEntry, NetworkId};

/// Sizes of random subsets to choose from.
const COUNTS: [u32; 3] = [100, 500, 2000];

#[derive(PartialEq, Properties)]
pub struct SetupProps {
    /// The loaded sets.
    pub datasets: Datasets,
    /// The dataset to evaluate on.
    pub set: Rc<DatasetSummary>,
    /// The selected images.
    pub selection: Selection,
    /// The networks, and test-time augmentation.
    pub ensemble: Ensemble,
    /// The networks to choose from.
    pub networks: Rc<Vec<NetworkEntry>>,
    /// The active network.
    pub active: NetworkId,
    /// The run in progress.
    #[prop_or_default]
    pub current: Run,
    /// Whether the engine is ready.
    pub ready: bool,
    /// Replaces the start button and the progress bar for other uses of this form.
    #[prop_or_default]
    pub children: Html,
    /// Whether `children` are shown.
    #[prop_or_default]
    pub other: bool,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// The image selection, the start button and the progress bar.
#[component]
pub fn Setup(props: &SetupProps) -> Html {
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let samples = use_memo((Rc::clone(&props.set), props.selection), |(set, selection)| selection.samples(set));
    let exploration = props.datasets.explorations.get(&props.set.id).cloned();
    let near = props.datasets.near.get(&props.set.id).cloned();
    let leaks = use_memo(
        (exploration, near, Rc::clone(&props.set), Rc::clone(&samples)),
        |(exploration, near, set, samples)| {
            let copies = exploration.as_ref().map(|exploration| &exploration.duplicates[..]);
            let near = near.as_ref().map(|near| near.groups());
            leaks(set, copies.unwrap_or_default(), near.unwrap_or_default(), samples)
        },
    );
    let lacking = use_memo((Rc::clone(&props.set), Rc::clone(&samples)), |(set, samples)| lacking(set, samples));
    let start = {
        let (set, selection, samples) = (Rc::clone(&props.set), props.selection, Rc::clone(&samples));
        let (ensemble, controller) = (props.ensemble.clone(), controller.clone());
        let (networks, active) = (Rc::clone(&props.networks), props.active);
        Callback::from(move |_| {
            let split = text::selection(&selection, &set, samples.len());
            controller.evaluation.start(Rc::new(EvaluationRequest {
                set: Rc::clone(&set),
                samples: samples.to_vec(),
                title: text::title(&networks, &ensemble, active, &split),
                split,
                ensemble: ensemble.clone(),
            }));
        })
    };
    html! {
        <section class="setup card no-print" aria-label={text::SETUP}>
            <div class="setup-choices">
                { set_choice(props) }
                { split_choice(props) }
                { class_choice(props) }
                { count_choice(props) }
                if !props.other {
                    { augmentation_choice(props) }
                }
            </div>
            if !props.other {
                { network_choice(props) }
            }
            <ul class="caveats">
                if let Some(set) = BuiltInSet::of(&props.set.name) {
                    <li data-testid="evaluate-built-in">{ icon(Picture::Warning) }<span>{ sets::about(set)[0] }</span></li>
                }
                for caveat in text::caveats(props.selection.split(&props.set), *leaks) {
                    <li>{ icon(Picture::Warning) }<span>{ caveat }</span></li>
                }
                if props.selection.class.is_none() && !lacking.is_empty() {
                    <li data-testid="evaluate-lacking">{ icon(Picture::Warning) }<span>{ text::lacking(&lacking) }</span></li>
                }
            </ul>
            if props.other {
                { props.children.clone() }
            } else {
                { evaluation(props, &controller, samples.len(), start) }
            }
        </section>
    }
}

/// The evaluation of this many samples, which `start` starts.
fn evaluation(props: &SetupProps, controller: &Controller, samples: usize, start: Callback<MouseEvent>) -> Html {
    let dismiss = |()| Action::Evaluation(EvaluationAction::Run(RunAction::Dismiss));
    run_view(
        RunView {
            name: "evaluate",
            run: &props.current,
            label: text::PROGRESS,
            said: &text::progress,
            cancel: |controller, run| controller.evaluation.cancel(run),
            failed: run_failure,
            on_dismiss: Some(props.dispatch.reform(dismiss)),
            start: html! {
                <div class="tools">
                    <button
                        type="button"
                        class="button primary"
                        data-testid="evaluate-start"
                        disabled={samples == 0 || !props.ready}
                        onclick={start}
                    >
                        { icon(Picture::Play) }{ text::start(samples) }
                    </button>
                    if samples == 0 {
                        <p class="hint">{ text::NONE_SELECTED }</p>
                    } else if !props.ready {
                        <p class="hint">{ text::NOT_READY }</p>
                    }
                </div>
            },
        },
        controller,
    )
}

/// The numbers of samples outside Training that have a byte-identical duplicate in Training, and of the others that have a near
/// duplicate there.
fn leaks(set: &DatasetSummary, copies: &[Vec<u32>], near: &[Vec<u32>], samples: &[u32]) -> (usize, usize) {
    let training = |sample: u32| set.split(sample as usize) == Some(Split::Training);
    let leaking = |groups: &[Vec<u32>]| {
        let groups = groups.iter().filter(|group| group.iter().any(|&sample| training(sample)));
        let held_out = groups.flatten().copied().filter(|&sample| !training(sample));
        held_out.filter(|sample| samples.binary_search(sample).is_ok()).collect::<BTreeSet<u32>>()
    };
    let copies = leaking(copies);
    (copies.len(), leaking(near).difference(&copies).count())
}

/// The classes without an image among these, if there are images.
fn lacking(set: &DatasetSummary, samples: &[u32]) -> Vec<Expression> {
    let mut seen = [samples.is_empty(); Expression::COUNT];
    samples.iter().filter_map(|&sample| set.label(sample as usize)).for_each(|class| seen[class.index()] = true);
    Expression::ALL.into_iter().filter(|class| !seen[class.index()]).collect()
}

fn index(event: &yew::Event) -> Option<usize> {
    usize::try_from(event.target_dyn_into::<HtmlSelectElement>()?.selected_index()).ok()
}

fn choose(
    props: &SetupProps,
    change: impl Fn(Selection, usize) -> Option<Selection> + 'static,
) -> Callback<yew::Event> {
    let (selection, dispatch) = (props.selection, props.dispatch.clone());
    Callback::from(move |event| {
        if let Some(selection) = index(&event).and_then(|index| change(selection, index)) {
            dispatch.emit(Action::Evaluation(EvaluationAction::Select(selection)));
        }
    })
}

fn set_choice(props: &SetupProps) -> Html {
    if props.datasets.sets.len() < 2 {
        return html! { <p class="setup-set"><span class="field-name">{ text::SET }</span>{ &props.set.name }</p> };
    }
    let ids: Vec<_> = props.datasets.sets.keys().copied().collect();
    let dispatch = props.dispatch.clone();
    let onchange = Callback::from(move |event| {
        if let Some(&id) = index(&event).and_then(|index| ids.get(index)) {
            dispatch.emit(Action::Dataset(DatasetAction::Select(id)));
        }
    });
    html! {
        <label class="field">
            <span class="field-name">{ text::SET }</span>
            <select class="select" data-testid="evaluate-set" {onchange}>
                for (id, set) in props.datasets.sets.iter() {
                    <option selected={*id == props.set.id}>{ &set.name }</option>
                }
            </select>
        </label>
    }
}

fn split_choice(props: &SetupProps) -> Html {
    let onchange = choose(props, |selection, index| {
        let subset = Split::ALL.get(index).map_or(Subset::All, |&split| Subset::Split(split));
        Some(Selection { subset, ..selection })
    });
    let chosen = props.selection.split(&props.set);
    let of = |split: Split| {
        let place = Split::ALL.iter().position(|&each| each == split);
        props.set.splits.iter().filter(|&&index| Some(usize::from(index)) == place).count()
    };
    html! {
        <label class="field">
            <span class="field-name">{ text::SPLIT }</span>
            <select class="select" data-testid="evaluate-split" {onchange}>
                for split in Split::ALL {
                    <option value={split.name()} selected={chosen == Some(split)} disabled={of(split) == 0}>
                        { text::part(split.name(), of(split)) }
                    </option>
                }
                <option value="all" selected={chosen.is_none()}>{ text::part(&text::ALL_IMAGES, props.set.len()) }</option>
            </select>
        </label>
    }
}

fn class_choice(props: &SetupProps) -> Html {
    let onchange = choose(props, |selection, index| {
        Some(Selection { class: index.checked_sub(1).and_then(Expression::from_index), ..selection })
    });
    html! {
        <label class="field">
            <span class="field-name">{ text::CLASS }</span>
            <select class="select" data-testid="evaluate-class" {onchange}>
                <option selected={props.selection.class.is_none()}>{ text::ALL_CLASSES }</option>
                for class in Expression::ALL {
                    <option selected={props.selection.class == Some(class)}>{ words::expression(class) }</option>
                }
            </select>
        </label>
    }
}

fn count_choice(props: &SetupProps) -> Html {
    let onchange = choose(props, |selection, index| {
        Some(Selection { count: index.checked_sub(1).and_then(|index| COUNTS.get(index).copied()), ..selection })
    });
    html! {
        <label class="field">
            <span class="field-name">{ text::COUNT }</span>
            <select class="select" data-testid="evaluate-count" {onchange}>
                <option selected={props.selection.count.is_none()}>{ text::COUNT_ALL }</option>
                for count in COUNTS {
                    <option selected={props.selection.count == Some(count)}>{ text::at_random(count) }</option>
                }
            </select>
        </label>
    }
}

fn augmentation_choice(props: &SetupProps) -> Html {
    let (ensemble, dispatch) = (props.ensemble.clone(), props.dispatch.clone());
    let onchange = Callback::from(move |event| {
        if let Some(&augmentation) = index(&event).and_then(|index| TestTimeAugmentation::ALL.get(index)) {
            dispatch
                .emit(Action::Evaluation(EvaluationAction::Ensemble(Ensemble { augmentation, ..ensemble.clone() })));
        }
    });
    html! {
        <label class="field">
            <span class="field-name">{ inference::VIEWS }</span>
            <select class="select" data-testid="evaluate-views" {onchange}>
                for augmentation in TestTimeAugmentation::ALL {
                    <option value={augmentation.name()} selected={props.ensemble.augmentation == augmentation}>{ inference::test_time_augmentation(augmentation) }</option>
                }
            </select>
        </label>
    }
}

/// Selects the networks of an ensemble, if there are several.
fn network_choice(props: &SetupProps) -> Html {
    if props.networks.len() < 2 {
        return Html::default();
    }
    let passes = props.ensemble.passes();
    html! {
        <fieldset class="evaluate-networks" data-testid="evaluate-networks" data-passes={passes.to_string()}>
            <legend class="field-name">{ inference::NETWORKS }</legend>
            for entry in props.networks.iter() {
                <label>
                    <input
                        type="checkbox"
                        data-testid="evaluate-network"
                        data-network={entry.id.to_string()}
                        checked={props.ensemble.has(entry.id, props.active)}
                        onchange={
                            let ensemble = props.ensemble.toggled(entry.id, props.active);
                            props.dispatch.reform(move |_| Action::Evaluation(EvaluationAction::Ensemble(ensemble.clone())))
                        }
                    />
                    { name(entry) }
                </label>
            }
            <p class="hint">{ inference::cost(passes) }</p>
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::set;

    #[test]
    fn duplicates_count_where_they_leak_from_training() {
        let set = set(
            1,
            "set",
            &[Split::Training, Split::PublicTest, Split::PrivateTest, Split::PrivateTest, Split::Training]
                .map(|split| (Expression::Happy, split)),
        );
        let duplicates = |groups: &[&[u32]], samples: &[u32]| {
            let groups: Vec<Vec<u32>> = groups.iter().map(|group| group.to_vec()).collect();
            let found = leaks(&set, &groups, &[], samples).0;
            assert_eq!(leaks(&set, &[], &groups, samples), (0, found), "near duplicates leak as copies do");
            assert_eq!(leaks(&set, &groups, &groups, samples), (found, 0), "a copy counts as such");
            found
        };
        assert_eq!(duplicates(&[&[0, 2, 3]], &[2, 3]), 2);
        assert_eq!(duplicates(&[&[0, 2, 3]], &[1, 2]), 1, "only those that are evaluated");
        assert_eq!(duplicates(&[&[1, 2]], &[1, 2]), 0, "neither is a Training image");
        assert_eq!(duplicates(&[&[0, 4]], &[0, 4]), 0, "they are in Training themselves");
        assert_eq!(duplicates(&[], &[0]), 0);
    }

    #[test]
    fn classes_without_an_image_are_those_of_the_selection() {
        let (happy, sad) = (Expression::Happy, Expression::Sad);
        let set = set(1, "set", &[(happy, Split::Training), (sad, Split::Training), (happy, Split::PrivateTest)]);
        let others = |seen: &[Expression]| -> Vec<Expression> {
            Expression::ALL.into_iter().filter(|class| !seen.contains(class)).collect()
        };
        assert_eq!(lacking(&set, &[0, 1, 2]), others(&[happy, sad]));
        assert_eq!(lacking(&set, &[2]), others(&[happy]));
        assert_eq!(lacking(&set, &[]), [], "nothing is evaluated");
    }
}
