//! Words of the settings.

use super::library::scaled;
use super::number;
use crate::app::state::{Knob, Trouble};
use crate::network::Architecture;
use crate::number::fixed;

pub const COURSE: &str = "Course";
pub const CHANGE: &str = "How the numbers change";
pub const HEART: &str = "Against learning by heart";
pub const JUDGE: &str = "Judging";
pub const AMOUNT: &str = "Amount and chance";

pub const AS_NETWORK: &str = "as it is";
pub const ALL: &str = "all";
pub const OFF: &str = "off";
pub const AGAIN: &str = "Another draw";
pub const PREVIEW: &str = "Images as they are, and below each one as training might see it.";
pub const PREVIEW_PLAIN: &str = "as it is";
pub const PREVIEW_VARIED: &str = "varied";
pub const PREVIEW_WAITING: &str = "The preview appears once the network is loaded.";

/// Label, options and explanation of a choice.
pub type Choice<const N: usize> = (&'static str, [&'static str; N], &'static str);

pub const OPTIMIZER: Choice<3> = (
    "Optimizer",
    ["SGD with momentum", "AdamW", "Muon"],
    "The rule that turns mistakes into changes. SGD is plain and strong on many images, AdamW is quick on few; Muon needs the fewest steps from random numbers.",
);
pub const SCHEDULE: Choice<4> = (
    "Schedule",
    ["One cycle", "Cosine", "Trapezoid", "Constant"],
    "How the learning rate goes over the run: most rise first, then fall, so that large steps come early and fine ones late.",
);
pub const BALANCE: Choice<3> = (
    "Balance of classes",
    ["None", "Rare ones weigh more", "Draw all equally often"],
    "What is done for classes with few images, such as disgust.",
);
pub const STOPPING: Choice<4> = (
    "Stop early",
    ["Never", "No better accuracy", "No better macro F1", "No lower loss"],
    "Ends the run when the validation has not got better for some epochs.",
);
pub const BEST_BY: Choice<3> = (
    "Best epoch by",
    ["Accuracy", "Macro F1", "Loss"],
    "Which epoch counts as the best. Macro F1 weighs every class the same, however rare.",
);
pub const NETWORK: Choice<5> = (
    "Network",
    [
        "CNN: as the first were",
        "VGG: plain and deep",
        "Inception: several widths at once",
        "ResNet: with shortcuts",
        "Mobile: small, for phones",
    ],
    "How the layers are laid out. ResNets learn most for the time they take; mobile ones are the quickest to ask.",
);
pub const SIZE: Choice<4> = (
    "Width of the network",
    ["Whole", "Half as wide", "A quarter as wide", "As in the file"],
    "Half the width is about a quarter of the work: quicker, and less exact.",
);

/// How large a network is.
pub fn size(architecture: &Architecture) -> String {
    format!(
        "{} numbers to learn, {} multiply-adds a face",
        scaled(architecture.parameters()),
        scaled(architecture.multiply_adds())
    )
}

/// A setting's name.
pub const fn label(knob: Knob) -> &'static str {
    match knob {
        Knob::LastStages => "How many stages",
        Knob::Epochs => "Epochs",
        Knob::LearningRate => "Learning rate",
        Knob::Batch => "Batch size",
        Knob::Rise => "Warm-up",
        Knob::Fall => "Fall",
        Knob::Momentum => "Momentum",
        Knob::Rest => "Rate of the rest",
        Knob::BetaOne => "First beta",
        Knob::BetaTwo => "Second beta",
        Knob::WeightDecay => "Weight decay (L2)",
        Knob::Dropout => "Dropout",
        Knob::LabelSmoothing => "Label smoothing",
        Knob::Mixup => "Mixup",
        Knob::Averaging => "Averaging of weights",
        Knob::Patience => "Patience",
        Knob::Variants => "Variants of an image",
        Knob::TrainingImages => "Training images at most",
        Knob::ValidationImages => "Validation images at most",
        Knob::Seed => "Seed",
        Knob::Flip => "Mirror",
        Knob::Rotation => "Turn",
        Knob::Scale => "Size",
        Knob::Shift => "Shift",
        Knob::Brightness => "Brightness",
        Knob::Contrast => "Contrast",
        Knob::Noise => "Noise",
        Knob::Erasing => "Cover a patch",
        Knob::Occlusion => "Cover mouth or eyes",
        Knob::Blur => "Blur",
        Knob::LowResolution => "Low resolution",
        Knob::Shadow => "Shadow",
    }
}

/// What a setting does.
pub const fn hint(knob: Knob) -> &'static str {
    match knob {
        Knob::LastStages => "The network has a few stages, from edges to shapes; so many of the last ones learn.",
        Knob::Epochs => "How often all images are seen. More takes longer, and too many end in learning by heart.",
        Knob::LearningRate => {
            "How large the steps are. Too large and it learns nothing or falls apart; too small and it takes for ever."
        }
        Knob::Batch => "Images looked at before each change. Larger ones are steadier and need more memory.",
        Knob::Rise => "The share of the run in which the learning rate rises: a gentle start.",
        Knob::Fall => "The share of the run in which the learning rate falls to nothing.",
        Knob::Momentum => "How much of the last change carries on into the next, as with a rolling ball.",
        Knob::Rest => "How many times as high the learning rate is for all but the convolutions.",
        Knob::BetaOne => "How long AdamW remembers which way to go.",
        Knob::BetaTwo => "How long AdamW remembers how much each number wobbles.",
        Knob::WeightDecay => "Pulls all numbers a little towards zero at each step, which keeps the network simple.",
        Knob::Dropout => {
            "Share of the features that are hidden at random in each step, so that none is relied on alone. Empty: as the network has it."
        }
        Knob::LabelSmoothing => "Tells the network that a label is never quite certain, which makes it less cocksure.",
        Knob::Mixup => {
            "Blends pairs of images and of their labels; the larger, the more evenly. Helps with many images. 0 is off."
        }
        Knob::Averaging => {
            "The network that is kept is an average over the last steps; closer to 1 is over more of them. 0 is off."
        }
        Knob::Patience => "Epochs without getting better that are put up with.",
        Knob::Variants => {
            "Where a part does not learn, so many variants of each image are worked out once and used in turn. 0 works them out anew at every step: slow."
        }
        Knob::TrainingImages => "Fewer are quicker. They are taken evenly from all classes. Empty: all.",
        Knob::ValidationImages => "Fewer are quicker, and tell less exactly. Empty: all.",
        Knob::Seed => "All chance comes from this number: the same seed gives the same run.",
        Knob::Flip => "How often an image is mirrored.",
        Knob::Rotation => "How far it is turned, at most.",
        Knob::Scale => "How much larger or smaller it gets, at most.",
        Knob::Shift => "How far it moves, at most.",
        Knob::Brightness => "How much lighter or darker.",
        Knob::Contrast => "How much flatter or harder.",
        Knob::Noise => "How grainy.",
        Knob::Erasing => "How often a part is covered, as by a hand or hair.",
        Knob::Occlusion => "How often mouth or eyes are covered, as by a mask or dark glasses.",
        Knob::Blur => "How often it is out of focus.",
        Knob::LowResolution => "How often it is as coarse as a face far from the camera.",
        Knob::Shadow => "How often one side is darker.",
    }
}

/// A strength of augmentation, for people.
pub fn strength(knob: Knob, value: f64) -> String {
    let percent = |value: f64| format!("{} %", fixed(value * 100.0, 0));
    match knob {
        _ if value == 0.0 => OFF.to_owned(),
        Knob::Rotation => format!("up to {}°", fixed(value, 0)),
        Knob::Shift => format!("up to {} pixels", fixed(value * 48.0, 1)),
        Knob::Scale => format!("up to {}", percent(value)),
        Knob::Flip | Knob::Erasing | Knob::Occlusion | Knob::Blur | Knob::LowResolution | Knob::Shadow => {
            format!("{} of images", percent(value))
        }
        _ => percent(value),
    }
}

/// Why a text is no value.
pub fn trouble(trouble: &Trouble) -> String {
    match trouble {
        Trouble::NoNumber => "A number belongs here.".to_owned(),
        Trouble::NotWhole => "A whole number belongs here, 0 or more.".to_owned(),
        Trouble::Range(reason) => format!("Out of range: {reason}."),
    }
}

/// A value as a field shows it.
pub fn value(value: Option<f64>) -> String {
    value.map(number).unwrap_or_default()
}
