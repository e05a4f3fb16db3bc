//! The networks that can be downloaded.

use std::rc::Rc;

use yew::{Html, Properties, component, html, use_context};

use crate::components::icons::{Icon, Picture};
use crate::controller::Controller;
use crate::text::training::library as text;
use mien_core::network::{DEFAULT_PATH, Offer};
use mien_core::number::fixed;
use mien_protocol::NetworkEntry;

#[derive(PartialEq, Properties)]
pub struct OffersProps {
    /// All available networks.
    pub offers: Rc<Vec<Offer>>,
    /// The networks in the library.
    pub networks: Rc<Vec<NetworkEntry>>,
    /// The network being downloaded and its progress, 0 to 1.
    pub downloading: Option<(Rc<str>, f32)>,
}

/// The networks that are not in the library yet; nothing if there are none.
#[component]
pub fn Offers(props: &OffersProps) -> Html {
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let here = |offer: &Offer| {
        DEFAULT_PATH.ends_with(&offer.file) || props.networks.iter().any(|network| network.name == offer.name)
    };
    let offers: Vec<&Offer> = props.offers.iter().filter(|offer| !here(offer)).collect();
    if offers.is_empty() {
        return Html::default();
    }
    let offer = |offer: &Offer| {
        let share =
            props.downloading.as_ref().filter(|(file, _)| **file == *offer.file).map(|(_, share)| f64::from(*share));
        let (controller, file) = (controller.clone(), offer.file.clone());
        html! {
            <li class="network" key={offer.file.clone()} data-testid="offer" data-file={offer.file.clone()}>
                <h3>{ &offer.name }</h3>
                <p>{ text::purpose(offer) }</p>
                <p class="hint">{ text::offer(offer) }</p>
                if let Some(share) = share {
                    <progress max="1" value={fixed(share, 3)} data-testid="offer-progress" aria-label={text::action_on(text::FETCHING, &offer.name)} />
                } else {
                    <div class="tools small">
                        <button
                            type="button"
                            class="button"
                            data-testid="offer-get"
                            disabled={props.downloading.is_some()}
                            aria-label={text::action_on(text::FETCH, &offer.name)}
                            onclick={move |_| controller.networks.fetch(file.clone())}
                        >
                            <Icon picture={Picture::Download} />{ text::FETCH }
                        </button>
                    </div>
                }
            </li>
        }
    };
    html! {
        <section class="panel library" aria-labelledby="offers-title" data-testid="offers">
            <h2 id="offers-title">{ text::OFFERS }</h2>
            <p class="hint">{ text::OFFERS_LEAD }</p>
            <ul>
                for one in offers {
                    { offer(one) }
                }
            </ul>
        </section>
    }
}
