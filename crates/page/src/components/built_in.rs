//! The datasets that come with the page: offers, and what they are.

use yew::{Callback, Html, html};

use super::dataset::{failed, progress};
use super::icons::{Picture, icon};
use crate::built_in::BuiltInSet;
use crate::controller::Controller;
use crate::settings::Page;
use crate::state::{Action, Datasets};
use crate::text::sets as text;

/// The datasets that come with the page, each with a button that loads it, what it shows, and its credit.
pub fn built_in_sets(controller: &Controller) -> Html {
    html! {
        <div class="built-in">
            <h2>{ text::TITLE }</h2>
            <p class="muted">{ text::LEAD }</p>
            <ul class="built-in-list">
                for set in BuiltInSet::ALL {
                    <li>{ offer(set, None, controller) }</li>
                }
            </ul>
        </div>
    }
}

/// A button that loads a set, and what the set shows. If it leads to another page, it is a link.
pub fn offer(set: BuiltInSet, to: Option<Page>, controller: &Controller) -> Html {
    let onclick = {
        let controller = controller.clone();
        Callback::from(move |_| controller.dataset.open_built_in(set))
    };
    let label = html! { <>{ icon(Picture::Mien) }<span>{ text::open(set) }</span></> };
    html! {
        <>
            if let Some(page) = to {
                <a class="button" href={page.fragment()} data-testid={set.testid()} {onclick}>{ label }</a>
            } else {
                <button type="button" class="button" data-testid={set.testid()} {onclick}>{ label }</button>
            }
            <p>{ text::what(set) }</p>
            <p class="credit">{ text::credit(set) }</p>
        </>
    }
}

/// What is shown in place of a dataset where one is needed: the progress of the one that is loading, or why the last one could
/// not be loaded, and the datasets that come with the page.
pub fn instead_of_a_set(datasets: &Datasets, controller: &Controller, dispatch: &Callback<Action>) -> Html {
    html! {
        <>
            if let Some(loading) = &datasets.loading {
                { progress(loading, controller) }
            } else {
                if let Some(failure) = &datasets.failure {
                    { failed(failure, false, dispatch) }
                }
                { built_in_sets(controller) }
            }
        </>
    }
}

/// What the set with this name is, if it comes with the page.
pub fn about_built_in(name: &str) -> Html {
    let Some(set) = BuiltInSet::of(name) else { return Html::default() };
    html! {
        <div class="built-in-about" data-testid="built-in-about">
            <p>{ text::what(set) }</p>
            <ul>
                for about in text::about(set) {
                    <li>{ about }</li>
                }
            </ul>
            <p class="credit">{ text::credit(set) }</p>
        </div>
    }
}
