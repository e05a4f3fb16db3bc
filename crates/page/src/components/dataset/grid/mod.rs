//! The images of a dataset as a virtual grid: only visible rows are in the DOM.

mod layout;

use std::rc::Rc;

use gloo::utils::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::{
    Callback, Html, KeyboardEvent, MouseEvent, NodeRef, Properties, TargetCast, component, html, use_context,
    use_effect_with, use_mut_ref, use_node_ref, use_state,
};

use self::layout::{bring_into_view, first_row, use_first_row, use_layout};
use super::row::{Row, Tile};
use super::thumb::Pixels;
use crate::controller::{Controller, ImageView};
use crate::hooks::use_style;
use crate::state::{Action, DatasetAction, Filter};
use crate::text::dataset as words;
use mien_protocol::DatasetSummary;

/// The id of the element that contains the grid and its filters.
pub const IMAGES_ID: &str = "dataset-images";

/// Scrolls the images into view and focuses them.
pub fn scroll_to() {
    let images = document().get_element_by_id(IMAGES_ID).and_then(|images| images.dyn_into::<HtmlElement>().ok());
    if let Some(images) = images {
        images.scroll_into_view();
        images.focus().ok();
    }
}

#[derive(PartialEq, Properties)]
pub struct GridProps {
    /// The set.
    pub set: Rc<DatasetSummary>,
    /// The current filter.
    pub filter: Filter,
    /// The images that are shown.
    pub shown: Rc<Vec<u32>>,
    /// The image that is open in the viewer.
    pub open: Option<u32>,
    /// Incremented when pixels arrive, so that the component re-renders.
    pub arrivals: u32,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// A scrollable grid with arrow-key navigation, whose images open in the viewer.
#[component]
pub fn Grid(props: &GridProps) -> Html {
    let controller = use_context::<Controller>();
    let (container, space) = (use_node_ref(), use_node_ref());
    let layout = use_layout(&container);
    let first = use_first_row(&container, layout.row);
    let cursor = use_state(|| 0_usize);
    let walked = use_mut_ref(|| false);
    {
        let (container, cursor) = (container.clone(), cursor.clone());
        use_effect_with((props.set.id, props.filter.clone()), move |_| {
            cursor.set(0);
            if let Some(element) = container.cast::<Element>() {
                element.set_scroll_top(0);
            }
        });
    }
    let rows = layout.range(*first, props.shown.len());
    let visible = rows.start * layout.columns..(rows.end * layout.columns).min(props.shown.len());
    {
        let (controller, set) = (controller.clone(), props.set.id);
        let samples = props.shown.get(visible.clone()).map(<[u32]>::to_vec).unwrap_or_default();
        use_effect_with((set, samples, props.set.len()), move |(set, samples, _)| {
            if let Some(controller) = controller {
                controller.dataset.pixels.request(ImageView::Grid, *set, samples.clone());
            }
        });
    }
    let walk = {
        let (container, layout, first, cursor, walked) =
            (container.clone(), layout.clone(), first.clone(), cursor.clone(), Rc::clone(&walked));
        let all = props.shown.len();
        move |to: usize| {
            let to = to.min(all.saturating_sub(1));
            *walked.borrow_mut() = true;
            if let Some(element) = container.cast::<Element>() {
                bring_into_view(&element, *layout, to);
                first.set(first_row(&element, layout.row));
            }
            cursor.set(to);
        }
    };
    {
        // Who walked through the images in full finds the focus at the last of them.
        let (walk, container, shown) = (walk.clone(), container.clone(), Rc::clone(&props.shown));
        let last = use_mut_ref(|| None::<u32>);
        use_effect_with(props.open, move |open| {
            let before = last.replace(*open);
            let index = before.filter(|_| open.is_none()).and_then(|sample| shown.binary_search(&sample).ok());
            if let Some(index) = index.filter(|_| has_focus(&container)) {
                walk(index);
            }
        });
    }
    {
        let container = container.clone();
        use_effect_with((*cursor, *first), move |(cursor, _)| {
            if *walked.borrow() && focus_tile(&container, *cursor) {
                *walked.borrow_mut() = false;
            }
        });
    }
    let onkeydown = {
        let (layout, cursor, shown, dispatch) = (*layout, *cursor, Rc::clone(&props.shown), props.dispatch.clone());
        Callback::from(move |event: KeyboardEvent| {
            let page = layout.columns * layout.rows.saturating_sub(2).max(1);
            let to = match event.key().as_str() {
                "ArrowLeft" => cursor.saturating_sub(1),
                "ArrowRight" => cursor + 1,
                "ArrowUp" if cursor < layout.columns => cursor,
                "ArrowUp" => cursor - layout.columns,
                "ArrowDown" if cursor + layout.columns >= shown.len() => cursor,
                "ArrowDown" => cursor + layout.columns,
                "PageUp" => cursor.saturating_sub(page),
                "PageDown" => cursor + page,
                "Home" => 0,
                "End" => usize::MAX,
                "Enter" | " " => {
                    event.prevent_default();
                    return dispatch.emit(Action::Dataset(DatasetAction::Open(shown.get(cursor).copied())));
                }
                _ => return,
            };
            event.prevent_default();
            walk(to);
        })
    };
    let onclick = {
        let (cursor, shown, dispatch) = (cursor.clone(), Rc::clone(&props.shown), props.dispatch.clone());
        Callback::from(move |event: MouseEvent| {
            let index = event.target_dyn_into::<Element>().and_then(|element| index_of(&element));
            if let Some((index, &sample)) = index.and_then(|index| Some((index, shown.get(index)?))) {
                cursor.set(index);
                dispatch.emit(Action::Dataset(DatasetAction::Open(Some(sample))));
            }
        })
    };
    let Some(controller) = controller else { return Html::default() };
    // The one tile that the Tab key reaches must be in the page.
    let reached = if visible.contains(&*cursor) { *cursor } else { *first * layout.columns };
    let row = |row: usize| {
        let start = row * layout.columns;
        let samples = &props.shown[start..(start + layout.columns).min(props.shown.len())];
        let tiles: Vec<Tile> = samples
            .iter()
            .enumerate()
            .map(|(column, &sample)| Tile {
                index: start + column,
                sample,
                row: words::row(&props.set, sample),
                class: props.set.label(sample as usize),
                split: props.set.split(sample as usize),
                reached: start + column == reached,
                open: props.open == Some(sample),
                pixels: controller.dataset.pixels.get(props.set.id, sample).map(Pixels),
            })
            .collect();
        html! { <Row key={row} {row} top={row as i32 * layout.row} columns={layout.columns} {tiles} /> }
    };
    let all_rows = layout.rows_of(props.shown.len());
    use_style(&space, vec![("height", format!("{}px", all_rows as i32 * layout.row))]);
    html! {
        <div
            ref={container}
            class="grid"
            role="grid"
            aria-label={words::GRID}
            aria-rowcount={all_rows.to_string()}
            aria-colcount={layout.columns.to_string()}
            data-testid="dataset-grid"
            data-shown={props.shown.len().to_string()}
            {onkeydown}
            {onclick}
        >
            <div ref={space} class="grid-space" role="presentation">
                for at in rows {
                    { row(at) }
                }
            </div>
        </div>
    }
}

fn focus_tile(container: &NodeRef, index: usize) -> bool {
    let tile = container
        .cast::<Element>()
        .and_then(|element| element.query_selector(&format!("[data-index=\"{index}\"]")).ok().flatten())
        .and_then(|tile| tile.dyn_into::<HtmlElement>().ok());
    tile.is_some_and(|tile| tile.focus().is_ok())
}

fn has_focus(container: &NodeRef) -> bool {
    let active = document().active_element();
    container.get().is_some_and(|container| container.contains(active.as_deref()))
}

fn index_of(element: &Element) -> Option<usize> {
    element.closest("[data-index]").ok().flatten()?.get_attribute("data-index")?.parse().ok()
}
