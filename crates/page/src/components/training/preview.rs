//! Preview of data augmentation on some images of the dataset.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use yew::{Html, Properties, component, html, use_context, use_effect_with, use_state_eq};

use crate::components::canvas::{Canvas, Drawing};
use crate::controller::Controller;
use crate::text::training::settings as text;
use mien_core::dataset::Augmentation;
use mien_core::vision::CROP_PIXELS;
use mien_protocol::DatasetId;

/// Debounce time of the sliders, in milliseconds.
const REST: u32 = 120;

#[derive(PartialEq, Properties)]
pub struct PreviewProps {
    /// The dataset.
    pub set: DatasetId,
    /// The samples.
    pub samples: Rc<[u32]>,
    /// The augmentation settings.
    pub augmentation: Augmentation,
    /// The original and the augmented images, once computed.
    pub pixels: [Rc<[u8]>; 2],
}

/// Original images, each with an augmented version below.
#[component]
pub fn Preview(props: &PreviewProps) -> Html {
    let controller = use_context::<Controller>();
    let draws = use_state_eq(|| 1_u64);
    {
        let controller = controller.clone();
        use_effect_with((props.set, Rc::clone(&props.samples)), move |(set, samples)| {
            if let Some(controller) = controller {
                controller.training.request_preview(*set, samples.to_vec(), None, 0);
            }
        });
    }
    use_effect_with(
        (props.set, Rc::clone(&props.samples), props.augmentation.clone(), *draws),
        move |(set, samples, augmentation, seed)| {
            let (set, samples, augmentation, seed) = (*set, samples.to_vec(), augmentation.clone(), *seed);
            let later = Timeout::new(REST, move || {
                if let Some(controller) = controller {
                    controller.training.request_preview(set, samples, Some(augmentation), seed);
                }
            });
            move || drop(later)
        },
    );
    let again = move |_| draws.set(*draws + 1);
    let image = |row: usize, index: usize| {
        let pixels = props.pixels[row].chunks_exact(CROP_PIXELS).nth(index);
        let drawing = pixels.map_or(Drawing::Empty, |pixels| Drawing::Grey(Rc::from(pixels)));
        let label = if row == 0 { text::PREVIEW_ORIGINAL } else { text::PREVIEW_AUGMENTED };
        html! { <Canvas {drawing} role="img" {label} /> }
    };
    html! {
        <div class="preview" data-testid="augmentation-preview">
            <p class="hint">
                { if props.pixels[1].is_empty() { text::PREVIEW_WAITING } else { text::PREVIEW } }
            </p>
            <ul>
                for index in 0..props.samples.len() {
                    <li>{ image(0, index) }{ image(1, index) }</li>
                }
            </ul>
            <button type="button" class="button" data-testid="preview-again" onclick={again}>{ text::RANDOMIZE_AGAIN }</button>
        </div>
    }
}
