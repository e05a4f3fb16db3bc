//! What can be fetched beside the page's own files, when somebody asks for it. It comes while the engine does other things.

use js_sys::{Array, Reflect, Uint8Array};
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, DedicatedWorkerGlobalScope, ReadableStreamDefaultReader, Response};

use super::{Engine, REPORT_EVERY, now};
use mien_browser::site;
use mien_browser::thrown::describe;
use mien_compute::network::Offer;
use mien_protocol::{Command, Event, NetworkCommand, NetworkEvent};

/// What is offered, by its path from the page.
const OFFERS: &str = "weights/networks.json";

/// The card of the network that comes with the page.
const CARD: &str = "weights/card.json";

impl Engine {
    /// Tells the page what can be fetched; nothing where that cannot be found out.
    pub(super) fn tell_offers(&self) {
        let (scope, voice) = (self.scope.clone(), self.voice.clone());
        spawn_local(async move {
            if let Some(offers) = read::<Vec<Offer>>(&scope, OFFERS).await {
                voice.post(&Event::Network(NetworkEvent::Offers { offers }));
            }
        });
    }

    /// Tells the page the card of its own network.
    pub(super) fn tell_card(&self) {
        let (scope, voice) = (self.scope.clone(), self.voice.clone());
        spawn_local(async move {
            let card = read(&scope, CARD).await.map(Box::new);
            voice.post(&Event::Network(NetworkEvent::Card { card }));
        });
    }

    /// Fetches a network, and takes it in as a file that came from the page.
    pub(super) fn get_network(&self, file: String) {
        let (scope, voice, inbox) = (self.scope.clone(), self.voice.clone(), self.inbox.clone());
        spawn_local(async move {
            let tell = |share| voice.post(&Event::Network(NetworkEvent::Getting { file: file.clone(), share }));
            let offers = read::<Vec<Offer>>(&scope, OFFERS).await.unwrap_or_default();
            let name = offers.into_iter().find(|offer| offer.file == file).map(|offer| (offer.name, offer.bytes));
            let fetched = match &name {
                Some((_, bytes)) => download(&scope, &format!("weights/{file}"), *bytes, tell).await,
                None => Err("it is not offered".to_owned()),
            };
            let name = name.map_or_else(|| file.clone(), |(name, _)| name);
            match fetched {
                Ok(blob) => inbox.take(Command::Network(NetworkCommand::Load { name }), Array::of1(&blob).into()),
                Err(reason) => voice.post(&Event::Network(NetworkEvent::Refused { name, reason })),
            }
        });
    }
}

/// A JSON file that comes with the page.
async fn read<T: DeserializeOwned>(scope: &DedicatedWorkerGlobalScope, path: &str) -> Option<T> {
    serde_json::from_str(&text(scope, path).await?).ok()
}

/// A file of the site as text.
pub(super) async fn text(scope: &DedicatedWorkerGlobalScope, path: &str) -> Option<String> {
    let response: Response = JsFuture::from(site::fetch_in_worker(scope, path)).await.ok()?.unchecked_into();
    JsFuture::from(response.text().ok()?).await.ok()?.as_string().filter(|_| response.ok())
}

/// A file, piece by piece; `tell` hears how much of so many bytes is there, 0 to 1.
async fn download(
    scope: &DedicatedWorkerGlobalScope,
    path: &str,
    bytes: u64,
    tell: impl Fn(f32),
) -> Result<Blob, String> {
    let describe = |error: JsValue| describe(&error);
    tell(0.0);
    let response: Response =
        JsFuture::from(site::fetch_in_worker(scope, path)).await.map_err(describe)?.unchecked_into();
    if !response.ok() {
        return Err(format!("the server answered {}", response.status()));
    }
    let stream = response.body().ok_or("the server sent nothing")?;
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let pieces = Array::new();
    let (mut received, mut told) = (0, now());
    loop {
        let step = JsFuture::from(reader.read()).await.map_err(describe)?;
        let Ok(piece) = Reflect::get(&step, &"value".into()).and_then(JsCast::dyn_into::<Uint8Array>) else { break };
        received += u64::from(piece.length());
        pieces.push(&piece);
        if now() - told > REPORT_EVERY {
            told = now();
            tell((received as f32 / bytes.max(1) as f32).min(1.0));
        }
    }
    Blob::new_with_u8_array_sequence(&pieces).map_err(describe)
}
