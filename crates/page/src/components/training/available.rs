//! The networks that can be downloaded.

use yew::{Html, html};

use crate::components::icons::{Picture, icon};
use crate::controller::Controller;
use crate::state::Training;
use crate::text::training::library as text;
use mien_core::network::{AvailableNetwork, DEFAULT_PATH};
use mien_core::number::fixed;

/// The networks that are not in the library yet, and the progress of their downloads; nothing if there are none.
pub fn available_networks(training: &Training, controller: &Controller) -> Html {
    let here = |network: &AvailableNetwork| {
        DEFAULT_PATH.ends_with(&network.file) || training.networks.iter().any(|entry| entry.name == network.name)
    };
    let missing: Vec<&AvailableNetwork> = training.available.iter().filter(|network| !here(network)).collect();
    if missing.is_empty() {
        return Html::default();
    }
    let item = |network: &AvailableNetwork| {
        let progress = training
            .downloading
            .as_ref()
            .filter(|(file, _)| **file == *network.file)
            .map(|(_, progress)| f64::from(*progress));
        let (controller, file) = (controller.clone(), network.file.clone());
        html! {
            <li class="network" key={network.file.clone()} data-testid="offer" data-file={network.file.clone()}>
                <h3>{ &network.name }</h3>
                <p>{ text::purpose(network) }</p>
                <p class="hint">{ text::available_network(network) }</p>
                if let Some(progress) = progress {
                    <progress max="1" value={fixed(progress, 3)} data-testid="offer-progress" aria-label={text::action_on(text::FETCHING, &network.name)} />
                } else {
                    <div class="tools small">
                        <button
                            type="button"
                            class="button"
                            data-testid="offer-get"
                            disabled={training.downloading.is_some()}
                            aria-label={text::action_on(text::FETCH, &network.name)}
                            onclick={move |_| controller.networks.download(file.clone())}
                        >
                            { icon(Picture::Download) }{ text::FETCH }
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
                for network in missing {
                    { item(network) }
                }
            </ul>
        </section>
    }
}
