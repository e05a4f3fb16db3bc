//! Which images stay together when a dataset is divided.

use web_sys::HtmlSelectElement;
use yew::{Html, TargetCast, html};

use crate::controller::Controller;
use crate::language::isolated;
use crate::text::dataset as text;
use mien_protocol::DatasetSummary;

/// The group column whose groups stay together, or none; nothing for a dataset without group columns.
pub fn group_by(set: &DatasetSummary, controller: &Controller) -> Html {
    if set.groups.is_empty() {
        return Html::default();
    }
    let (controller, id) = (controller.clone(), set.id);
    let onchange = move |event: yew::Event| {
        if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
            // the first option is for none
            controller.dataset.keep_together(id, u32::try_from(select.selected_index() - 1).ok());
        }
    };
    html! {
        <label class="filter">
            <span>{ text::GROUP_BY }</span>
            <select class="select" data-testid="group-by" title={text::GROUP_BY_HINT} {onchange}>
                <option selected={set.together.is_none()}>{ text::GROUP_BY_NONE }</option>
                for (column, group) in (0..).zip(&set.groups) {
                    <option selected={set.together == Some(column)}>
                        { format!("{} ({})", isolated(&group.name), group.values.len()) }
                    </option>
                }
            </select>
        </label>
    }
}
