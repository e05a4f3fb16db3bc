//! Network and offline status, and how to check the page's privacy.

use yew::{Html, component, html};

use crate::offline::use_offline_status;
use crate::text::privacy;

/// The network and offline status, steps to try, and what the content security policy forbids.
#[component]
pub fn Privacy() -> Html {
    let status = use_offline_status();
    let (network, state) = if status.online { (privacy::NETWORK_ON, "on") } else { (privacy::NETWORK_OFF, "off") };
    html! {
        <>
            <h3>{ privacy::STATE }</h3>
            <dl class="facts" aria-live="polite">
                <div>
                    <dt>{ privacy::NETWORK }</dt>
                    <dd data-testid="network" data-state={state}>{ network }</dd>
                </div>
                <div>
                    <dt>{ privacy::OFFLINE }</dt>
                    <dd data-testid="offline" data-state={status.copy.name()}>{ privacy::kept(status.copy) }</dd>
                </div>
            </dl>
            <h3>{ privacy::TRY_IT }</h3>
            <ol>
                for step in privacy::STEPS {
                    <li>{ step }</li>
                }
            </ol>
            <h3>{ privacy::FORBIDDEN }</h3>
            <p>{ privacy::FORBIDDEN_TEXT }</p>
        </>
    }
}
