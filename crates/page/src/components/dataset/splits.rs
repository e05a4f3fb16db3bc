//! Custom splits.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::{Callback, Html, InputEvent, Properties, TargetCast, component, html, use_context, use_state};

use super::super::icons::{Picture, icon};
use super::group_by::group_by;
use crate::controller::Controller;
use crate::text::dataset as text;
use mien_core::dataset::Split;
use mien_protocol::DatasetSummary;

/// The default proportions, which are FER2013's, in percent.
const SHARES: [u32; 3] = [80, 10, 10];

#[derive(PartialEq, Properties)]
pub struct SplitsProps {
    /// The set.
    pub set: Rc<DatasetSummary>,
}

/// Splits the dataset randomly by given proportions, or restores the original splits.
#[component]
pub fn Splits(props: &SplitsProps) -> Html {
    let shares = use_state(|| SHARES.map(Some));
    let seed = use_state(|| Some(1_u32));
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let id = props.set.id;
    let sum: u32 = shares.iter().flatten().fold(0, |sum, share| sum.saturating_add(*share));
    let whole = sum == 100 && shares.iter().all(Option::is_some);
    let change = |split: Split| {
        let shares = shares.clone();
        Callback::from(move |value| {
            let mut changed = *shares;
            changed[split.index()] = value;
            shares.set(changed);
        })
    };
    let change_seed = {
        let seed = seed.clone();
        Callback::from(move |value| seed.set(value))
    };
    let draw = {
        let (controller, shares, seed) = (controller.clone(), shares.clone(), seed.clone());
        Callback::from(move |_| {
            let shares = shares.map(|share| f64::from(share.unwrap_or_default()) / 100.0);
            controller.dataset.resplit(id, shares, u64::from(seed.unwrap_or_default()));
        })
    };
    let together = group_by(&props.set, &controller);
    let restore = Callback::from(move |_| controller.dataset.restore_splits(id));
    html! {
        <section class="card">
            <h2>{ text::SPLITS }</h2>
            <p class="muted">{ text::SPLITS_HINT }</p>
            <div class="filters">
                for split in Split::ALL {
                    { number(text::share_percent(split.name()), testid(split), shares[split.index()], &change(split)) }
                }
                { number(text::SEED.into(), "split-seed", *seed, &change_seed) }
                { together }
            </div>
            <p class="muted number" role="status">{ if whole { text::shares(sum) } else { text::SHARES_WRONG.into() } }</p>
            <div class="tools">
                <button
                    type="button"
                    class="button"
                    data-testid="resplit"
                    disabled={!whole || seed.is_none() || props.set.is_empty()}
                    onclick={draw}
                >
                    { icon(Picture::Table) }{ text::SPLIT_RANDOMLY }
                </button>
                <button type="button" class="button" data-testid="restore-splits" disabled={!props.set.resplit} onclick={restore}>
                    { icon(Picture::Undo) }{ text::RESTORE_SPLITS }
                </button>
            </div>
        </section>
    }
}

const fn testid(split: Split) -> &'static str {
    match split {
        Split::Training => "split-training",
        Split::PublicTest => "split-publictest",
        Split::PrivateTest => "split-privatetest",
    }
}

fn number(label: String, testid: &'static str, value: Option<u32>, on_value: &Callback<Option<u32>>) -> Html {
    let oninput = on_value.reform(|event: InputEvent| {
        event.target_dyn_into::<HtmlInputElement>().and_then(|input| input.value().trim().parse().ok())
    });
    html! {
        <label class="filter">
            <span>{ label }</span>
            <input
                type="number"
                class="select number"
                data-testid={testid}
                min="0"
                step="1"
                inputmode="numeric"
                value={value.map(|value| value.to_string())}
                {oninput}
            />
        </label>
    }
}
