//! The layout of the grid: measured, and which rows are in view.

use gloo::events::EventListener;
use gloo::utils::{document_element, window};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, ResizeObserver};
use yew::{NodeRef, UseStateHandle, use_effect_with, use_state};

/// Rows rendered beyond the visible area on either side, so that scrolling shows no gaps.
const BEYOND: usize = 3;

/// Width of a tile, and height of the caption below its image, in tenths of the root font size.
const TILE: i32 = 52;
const CAPTION: i32 = 15;

/// Minimum number of columns, also on small phones.
const MIN_COLUMNS: i32 = 4;

/// The measured layout of the grid, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    pub columns: usize,
    /// Height of a row.
    pub row: i32,
    /// Rows in view.
    pub rows: usize,
}

impl Layout {
    fn measure(element: &Element) -> Self {
        let style = window().get_computed_style(&document_element()).ok().flatten();
        let size =
            style.and_then(|style| style.get_property_value("font-size").ok()).map(|size| js_sys::parse_float(&size));
        let letter = size.filter(|size| size.is_finite()).unwrap_or(16.0);
        let in_pixels = |tenths: i32| (letter * f64::from(tenths) / 10.0) as i32;
        let width = element.client_width().max(1);
        let columns = (width / in_pixels(TILE).max(1)).max(MIN_COLUMNS);
        let row = width / columns + in_pixels(CAPTION);
        Self { columns: columns as usize, row, rows: (element.client_height() / row + 2) as usize }
    }

    /// The number of rows of so many samples; none before the grid is measured.
    pub fn rows_of(self, samples: usize) -> usize {
        if self.columns == 0 { 0 } else { samples.div_ceil(self.columns) }
    }

    /// The rows to render when `first` is the first visible row.
    pub fn range(self, first: usize, samples: usize) -> std::ops::Range<usize> {
        let all = self.rows_of(samples);
        let end = (first + self.rows + BEYOND).min(all);
        first.saturating_sub(BEYOND).min(end)..end
    }
}

/// The layout of the grid, measured again whenever its size changes.
#[yew::hook]
pub(super) fn use_layout(container: &NodeRef) -> UseStateHandle<Layout> {
    let measured = use_state(Layout::default);
    {
        let (container, layout) = (container.clone(), measured.clone());
        use_effect_with((), move |()| {
            let observer = container.cast::<Element>().and_then(|element| {
                let seen = element.clone();
                let on_resize = Closure::<dyn FnMut()>::new(move || layout.set(Layout::measure(&seen)));
                let observer = ResizeObserver::new(on_resize.as_ref().unchecked_ref()).ok()?;
                observer.observe(&element);
                Some((observer, on_resize))
            });
            move || {
                if let Some((observer, _)) = observer {
                    observer.disconnect();
                }
            }
        });
    }
    measured
}

/// The first visible row, with rows of this height in pixels.
#[yew::hook]
pub(super) fn use_first_row(container: &NodeRef, row: i32) -> UseStateHandle<usize> {
    let visible = use_state(|| 0_usize);
    {
        let (container, first) = (container.clone(), visible.clone());
        use_effect_with(row, move |&row| {
            let listener = container.cast::<Element>().map(|element| {
                let seen = element.clone();
                first.set(first_row(&seen, row));
                EventListener::new(&element, "scroll", move |_| first.set(first_row(&seen, row)))
            });
            move || drop(listener)
        });
    }
    visible
}

pub(super) fn first_row(element: &Element, row: i32) -> usize {
    usize::try_from(element.scroll_top() / row.max(1)).unwrap_or_default()
}

pub(super) fn bring_into_view(element: &Element, layout: Layout, index: usize) {
    let top = (index / layout.columns.max(1)) as i32 * layout.row;
    let (from, height) = (element.scroll_top(), element.client_height());
    if top < from {
        element.set_scroll_top(top);
    } else if top + layout.row > from + height {
        element.set_scroll_top(top + layout.row - height);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rows_in_view_and_a_few_beyond_are_in_the_page() {
        let layout = Layout { columns: 10, row: 60, rows: 5 };
        assert_eq!(layout.range(0, 1_000), 0..8);
        assert_eq!(layout.range(50, 1_000), 47..58);
        assert_eq!(layout.range(99, 1_000), 96..100, "no row behind the last");
        assert_eq!(layout.range(0, 15), 0..2);
        assert_eq!(layout.range(90, 15), 2..2, "fewer images than were scrolled past");
        assert_eq!(Layout::default().range(0, 49), 0..0, "before it is measured");
    }
}
