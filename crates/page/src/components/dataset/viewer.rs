//! The viewer for a single image.

use std::rc::Rc;

use web_sys::HtmlDialogElement;
use yew::{Callback, Html, KeyboardEvent, Properties, component, html, use_context, use_effect_with, use_node_ref};

use super::super::icons::{Picture, icon};
use super::thumb::{Pixels, thumb};
use crate::controller::{Controller, ImageView};
use crate::format::fixed;
use crate::language::Text;
use crate::state::{Action, DatasetAction, Neighbours};
use crate::text;
use crate::text::dataset as words;
use mien_core::dataset::Split;
use mien_core::expression::Expression;
use mien_protocol::{DatasetSummary, Exploration};

#[derive(PartialEq, Properties)]
pub struct ViewerProps {
    /// The set.
    pub set: Rc<DatasetSummary>,
    /// The image.
    pub sample: u32,
    /// The images to step through.
    pub shown: Rc<Vec<u32>>,
    /// Results of the dataset analysis.
    pub found: Option<Rc<Exploration>>,
    /// The predicted class, if known.
    pub predicted: Option<Expression>,
    /// The image's most similar images, once computed.
    pub neighbours: Option<Neighbours>,
    /// Incremented when pixels arrive, so that the component re-renders.
    pub arrivals: u32,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

impl ViewerProps {
    fn duplicates(&self) -> Vec<u32> {
        let groups = self.found.iter().flat_map(|found| &found.duplicates);
        let duplicates = groups.filter(|group| group.contains(&self.sample)).flatten();
        duplicates.copied().filter(|&duplicate| duplicate != self.sample).collect()
    }

    fn near(&self) -> Option<&Rc<[(u32, f32)]>> {
        self.neighbours.as_ref().filter(|found| found.of == self.sample).map(|found| &found.like)
    }

    /// The index and number of the shown images, or those within the dataset if the image is not among the shown ones.
    fn position(&self) -> (usize, usize) {
        match self.shown.binary_search(&self.sample) {
            Ok(index) => (index, self.shown.len()),
            Err(_) => (self.sample as usize, self.set.len()),
        }
    }

    /// The image `by` steps away.
    fn step(&self, by: isize) -> Option<u32> {
        match self.shown.binary_search(&self.sample) {
            Ok(index) => self.shown.get(index.checked_add_signed(by)?).copied(),
            Err(_) => {
                let next = (self.sample as usize).checked_add_signed(by)?;
                (next < self.set.len()).then_some(next as u32)
            }
        }
    }
}

/// A modal dialog with the image, its properties and similar images. The browser traps the focus, closes the dialog on
/// Escape and restores the focus.
#[component]
pub fn Viewer(props: &ViewerProps) -> Html {
    let controller = use_context::<Controller>();
    let dialog = use_node_ref();
    {
        let dialog = dialog.clone();
        use_effect_with((), move |()| {
            if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
                dialog.show_modal().ok();
            }
        });
    }
    {
        let controller = controller.clone();
        use_effect_with((props.set.id, props.sample, props.set.len()), move |(set, sample, _)| {
            if let Some(controller) = controller {
                controller.dataset.request_neighbours(*set, *sample);
            }
        });
    }
    let duplicates = props.duplicates();
    {
        let (controller, set) = (controller.clone(), props.set.id);
        let near = props.near().map(|near| near.to_vec()).unwrap_or_default();
        let mut wanted = vec![props.sample];
        wanted.extend(near.into_iter().map(|(sample, _)| sample));
        wanted.extend(&duplicates);
        use_effect_with((wanted, props.set.len()), move |(wanted, _)| {
            if let Some(controller) = controller {
                controller.dataset.pixels.request(ImageView::Viewer, set, wanted.clone());
            }
        });
    }
    let Some(controller) = controller else { return Html::default() };
    let go = |to: Option<u32>| {
        let dispatch = props.dispatch.clone();
        Callback::from(move |()| {
            if to.is_some() {
                dispatch.emit(Action::Dataset(DatasetAction::Open(to)));
            }
        })
    };
    let (back, next) = (props.step(-1), props.step(1));
    let onkeydown = {
        let (go_back, go_next) = (go(back), go(next));
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "ArrowLeft" => go_back.emit(()),
            "ArrowRight" => go_next.emit(()),
            _ => {}
        })
    };
    let onclose = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |_| dispatch.emit(Action::Dataset(DatasetAction::Open(None))))
    };
    let close = {
        let dialog = dialog.clone();
        Callback::from(move |_| {
            if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
                dialog.close();
            }
        })
    };
    let (index, all) = props.position();
    let title = words::image_of(&props.set, props.sample);
    let pixels = |sample: u32| controller.dataset.pixels.get(props.set.id, sample).map(Pixels);
    html! {
        <dialog ref={dialog} class="viewer" data-testid="dataset-viewer" data-sample={props.sample.to_string()} aria-label={title.clone()} {onkeydown} {onclose}>
            <div class="viewer-head">
                { step_button("viewer-back", words::VIEWER_BACK, Picture::Back, back.is_some(), &go(back)) }
                <span class="muted number" aria-live="polite">{ words::position(index, all) }</span>
                { step_button("viewer-next", words::VIEWER_NEXT, Picture::Next, next.is_some(), &go(next)) }
                <button
                    type="button"
                    class="button bare"
                    data-testid="viewer-close"
                    title={words::VIEWER_CLOSE}
                    aria-label={words::VIEWER_CLOSE}
                    onclick={close}
                >
                    { icon(Picture::Close) }
                </button>
            </div>
            <div class="viewer-image">
                { thumb(pixels(props.sample), Some(title.into())) }
                { facts(props, &controller) }
            </div>
            if !duplicates.is_empty() {
                <h3>{ words::VIEWER_DUPLICATES }</h3>
                <ul class="likes" data-testid="viewer-twins">
                    for duplicate in duplicates {
                        <li>{ like(props, duplicate, pixels(duplicate), None) }</li>
                    }
                </ul>
            }
            <h3>{ words::VIEWER_NEIGHBOURS }</h3>
            <p class="muted">{ words::VIEWER_NEIGHBOURS_HINT }</p>
            {
                match props.near() {
                    None => html! { <p class="muted">{ words::VIEWER_SEARCHING }</p> },
                    Some(near) if near.is_empty() => html! { <p class="muted">{ words::VIEWER_NONE }</p> },
                    Some(near) => html! {
                        <ul class="likes" data-testid="viewer-neighbours">
                            for (sample, correlation) in near.iter().copied() {
                                <li key={sample}>{ like(props, sample, pixels(sample), Some(correlation)) }</li>
                            }
                        </ul>
                    },
                }
            }
        </dialog>
    }
}

fn step_button(testid: &'static str, label: Text, picture: Picture, there: bool, go: &Callback<()>) -> Html {
    // Not disabled, as then the focus would be lost at the last image.
    html! {
        <button
            type="button"
            class="button bare"
            data-testid={testid}
            title={label}
            aria-label={label}
            aria-disabled={(!there).then_some("true")}
            onclick={go.reform(|_| ())}
        >
            { icon(picture) }
        </button>
    }
}

fn facts(props: &ViewerProps, controller: &Controller) -> Html {
    let (set, sample) = (&props.set, props.sample as usize);
    let class = |class: Option<Expression>| class.map_or("", |class| text::expression(class).text());
    let mut facts = vec![
        (words::VIEWER_ROW.into(), words::row(set, props.sample).to_string()),
        (words::VIEWER_LABEL.into(), class(set.label(sample)).to_owned()),
        (words::VIEWER_SPLIT.into(), set.split(sample).map_or("", Split::name).to_owned()),
    ];
    if props.predicted.is_some() {
        facts.push((words::VIEWER_PREDICTED.into(), class(props.predicted).to_owned()));
    }
    facts.extend(set.groups.iter().filter_map(|group| {
        let value = group.values.get(usize::from(*group.codes.get(sample)?))?;
        Some((group.name.clone(), if value.is_empty() { words::BLANK.into() } else { value.clone() }))
    }));
    let flat = props.found.as_ref().is_some_and(|found| found.flat.contains(&props.sample));
    let remove = {
        let (controller, set, sample) = (controller.clone(), set.id, props.sample);
        Callback::from(move |_| controller.dataset.custom.remove(set, sample))
    };
    html! {
        <div class="viewer-facts">
            <dl>
                for (name, value) in facts {
                    <div>
                        <dt>{ name }</dt>
                        <dd>{ value }</dd>
                    </div>
                }
            </dl>
            if flat {
                <p class="remark">{ icon(Picture::Word) }{ words::VIEWER_NEAR_CONSTANT }</p>
            }
            if set.custom {
                <button type="button" class="button" data-testid="viewer-remove" onclick={remove}>
                    { icon(Picture::Trash) }{ words::VIEWER_REMOVE }
                </button>
            }
        </div>
    }
}

/// A link to a similar image.
fn like(props: &ViewerProps, sample: u32, pixels: Option<Pixels>, correlation: Option<f32>) -> Html {
    let dispatch = props.dispatch.clone();
    let onclick = Callback::from(move |_| dispatch.emit(Action::Dataset(DatasetAction::Open(Some(sample)))));
    let split = props.set.split(sample as usize).map_or("", Split::name);
    html! {
        <button type="button" class="like" aria-label={words::image_of(&props.set, sample)} {onclick}>
            { thumb(pixels, None) }
            <span>{ props.set.label(sample as usize).map_or("", |class| text::expression(class).text()) }</span>
            <span class="muted number">
                { correlation.map_or_else(|| split.to_owned(), |correlation| fixed(f64::from(correlation), 2)) }
            </span>
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::happy;

    fn props(sample: u32, shown: &[u32]) -> ViewerProps {
        let duplicates = vec![vec![1, 4, 7], vec![2, 3]];
        ViewerProps {
            set: Rc::new(happy(1, 10)),
            sample,
            shown: Rc::new(shown.to_vec()),
            found: Some(Rc::new(Exploration { duplicates, flat: Vec::new(), means: Vec::new(), excluded: 0 })),
            predicted: None,
            neighbours: Some(Neighbours { of: 4, like: Rc::from([(7, 1.0)]) }),
            arrivals: 0,
            dispatch: Callback::noop(),
        }
    }

    #[test]
    fn stepping_stays_among_the_images_shown() {
        let at = |sample| (props(sample, &[1, 4, 7]).step(-1), props(sample, &[1, 4, 7]).step(1));
        assert_eq!([at(1), at(4), at(7)], [(None, Some(4)), (Some(1), Some(7)), (Some(4), None)]);
        assert_eq!(props(4, &[1, 4, 7]).position(), (1, 3));
    }

    #[test]
    fn an_image_beside_those_shown_steps_through_the_set() {
        let at = |sample| (props(sample, &[1, 4]).step(-1), props(sample, &[1, 4]).step(1));
        assert_eq!([at(0), at(5), at(9)], [(None, Some(1)), (Some(4), Some(6)), (Some(8), None)]);
        assert_eq!(props(5, &[1, 4]).position(), (5, 10));
    }

    #[test]
    fn duplicates_and_neighbours_are_those_of_the_image() {
        assert_eq!((props(4, &[]).duplicates(), props(5, &[]).duplicates()), (vec![1, 7], vec![]));
        assert!(props(4, &[]).near().is_some() && props(5, &[]).near().is_none());
    }
}
