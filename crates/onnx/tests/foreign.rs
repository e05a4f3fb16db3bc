//! Networks that `tests/fixtures/onnx/make.py` exports from PyTorch and Keras, against ONNX Runtime.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use mien_core::expression::{Distribution, Expression};
use mien_core::vision::{CROP_SIDE, Crop};
use mien_message::ToMessage as _;
use mien_onnx::{Classes, Description, Layout, Limits, Network, OnnxError, Output, Scaling, Stated};

const EXPECTED: &str = include_str!("../../../tests/fixtures/onnx/expected.json");
const RESIDUAL: &[u8] = include_bytes!("../../../tests/fixtures/onnx/torch-residual.onnx");
const MOBILE: &[u8] = include_bytes!("../../../tests/fixtures/onnx/torch-mobile.onnx");
const TRANSFORMER: &[u8] = include_bytes!("../../../tests/fixtures/onnx/torch-transformer.onnx");
const KERAS: &[u8] = include_bytes!("../../../tests/fixtures/onnx/keras.onnx");
const OLD: &[u8] = include_bytes!("../../../tests/fixtures/onnx/old.onnx");
/// It computes no numbers for images that are dark.
const DARK: &[u8] = include_bytes!("../../../tests/fixtures/onnx/dark.onnx");
/// The same, for images of any size.
const OPEN: &[u8] = include_bytes!("../../../tests/fixtures/onnx/open.onnx");

/// How much a probability may differ.
const TOLERANCE: f64 = 1e-5;

/// The crops of `make.py`.
fn crops() -> Vec<Crop> {
    let value = |index: usize, x: usize, y: usize| match index {
        0 => (x * 5 + y * 3) % 256,
        1 => x * y % 256,
        _ => 255 - x * 2 - y * 2,
    };
    let crop =
        |index| Crop(Box::new(std::array::from_fn(|place| value(index, place % CROP_SIDE, place / CROP_SIDE) as u8)));
    (0..3).map(crop).collect()
}

fn stated(scaling: Scaling, classes: &str) -> Stated {
    Stated { scaling: Some(scaling), classes: Some(classes.parse().unwrap()), ..Stated::default() }
}

fn read(bytes: &[u8], stated: &Stated) -> Result<Network, OnnxError> {
    Network::read(bytes.to_vec(), stated, &Limits::default())
}

/// Compares the probabilities of a network with those of ONNX Runtime, without the classes that FER2013 does not have.
fn assert_expected(name: &str, network: &Network) {
    let expected: BTreeMap<String, Vec<Vec<f64>>> = serde_json::from_str(EXPECTED).unwrap();
    let computed = network.logits(&crops()).unwrap();
    assert_eq!(computed.len(), 3);
    for (logits, expected) in computed.into_iter().zip(&expected[name]) {
        let known =
            network.classes().iter().zip(expected).filter_map(|(class, value)| class.map(|class| (class, *value)));
        let known: Vec<(Expression, f64)> = known.collect();
        let sum: f64 = known.iter().map(|(_, value)| value).sum();
        let computed = Distribution::from_logits(logits);
        for (class, value) in known {
            let got = f64::from(computed.probability(class));
            assert!(
                (got - value / sum).abs() < TOLERANCE,
                "{name}: {class} {got} where ONNX Runtime has {}",
                value / sum
            );
        }
    }
}

#[test]
fn a_network_of_pytorch_for_colours_has_eight_classes() {
    let network = read(RESIDUAL, &stated(Scaling::ImageNet, "affectnet")).unwrap();
    assert_expected("torch-residual", &network);
    let preprocessing = network.preprocessing();
    assert_eq!((preprocessing.side, preprocessing.channels, preprocessing.layout), (64, 3, Layout::ChannelsFirst));
    assert_eq!((network.classes().len(), network.classes()[7], network.output()), (8, None, Output::Logits));
}

#[test]
fn a_network_that_computes_no_numbers_classifies_nothing() {
    let network = read(DARK, &stated(Scaling::LEVELS, "fer2013")).unwrap();
    assert_expected("dark", &network);
    let dark = Crop(Box::new([10; CROP_SIDE * CROP_SIDE]));
    // nor are the other images of the batch
    let [first, second, third]: [Crop; 3] = crops().try_into().unwrap();
    assert_eq!(network.logits(&[first, second, dark, third]).unwrap_err(), OnnxError::NotFinite);
    // scaled as it was not meant to, no image is bright enough
    let wrong = read(DARK, &stated(Scaling::UNIT, "fer2013")).unwrap();
    assert_eq!(wrong.logits(&crops()).unwrap_err(), OnnxError::NotFinite);
}

#[test]
fn what_an_input_leaves_open_is_stated() {
    let description = Description::read(OPEN, &Limits::default()).unwrap();
    assert_eq!((description.side, description.outputs), (None, Some(7)));
    let levels = stated(Scaling::LEVELS, "fer2013");
    assert_eq!(read(OPEN, &levels).unwrap_err(), OnnxError::Open);
    let levels = Stated { side: Some(48), channels: Some(1), ..levels };
    assert_expected("open", &read(OPEN, &levels).unwrap());
    let larger = read(OPEN, &Stated { side: Some(64), channels: Some(3), ..levels }).unwrap();
    assert_eq!((larger.preprocessing().side, larger.preprocessing().channels), (64, 3));
    assert!(larger.logits(&crops()).is_ok());
}

#[test]
fn a_network_of_pytorch_may_take_one_image_of_224_pixels() {
    let network = read(MOBILE, &stated(Scaling::SIGNED, "raf-db")).unwrap();
    assert_expected("torch-mobile", &network);
    assert_eq!((network.preprocessing().side, network.classes()[0]), (224, Some(Expression::Surprise)));
}

#[test]
fn a_transformer_computes_logarithms_of_probabilities() {
    let network = read(TRANSFORMER, &stated(Scaling::UNIT, "fer2013")).unwrap();
    assert_expected("torch-transformer", &network);
    assert_eq!(network.output(), Output::Logits);
}

#[test]
fn a_network_of_keras_has_its_channels_last_and_computes_probabilities() {
    let network = read(KERAS, &stated(Scaling::LEVELS, "alphabetical")).unwrap();
    assert_expected("keras", &network);
    assert_eq!((network.preprocessing().layout, network.output()), (Layout::ChannelsLast, Output::Probabilities));
}

#[test]
fn a_network_of_2018_has_its_weights_as_inputs() {
    let order = "neutral,happy,surprise,sad,angry,disgust,fear,contempt";
    let network = read(OLD, &stated(Scaling::LEVELS, order)).unwrap();
    assert_expected("old", &network);
}

#[test]
fn what_a_file_does_not_say_must_be_stated() {
    let description = Description::read(RESIDUAL, &Limits::default()).unwrap();
    assert_eq!(
        (description.side, description.channels, description.scaling, &description.classes),
        (Some(64), Some(3), None, &None)
    );
    assert_eq!(read(RESIDUAL, &Stated::default()).unwrap_err(), OnnxError::NoScaling);
    let scaled = Stated { scaling: Some(Scaling::UNIT), ..Stated::default() };
    assert_eq!(read(RESIDUAL, &scaled).unwrap_err(), OnnxError::NoClasses);
    let seven = stated(Scaling::UNIT, "angry,disgust,fear,happy,sad,surprise,neutral");
    assert_eq!(read(RESIDUAL, &seven).unwrap_err(), OnnxError::EighthClass);
    for eighth in ["contempt", "none"] {
        let order = format!("angry,disgust,fear,happy,{eighth},sad,surprise,neutral");
        assert_eq!(read(RESIDUAL, &stated(Scaling::UNIT, &order)).unwrap().classes()[4], None);
    }
    let nine = stated(Scaling::UNIT, "angry,disgust,fear,happy,sad,surprise,neutral,contempt,none");
    assert_eq!(read(RESIDUAL, &nine).unwrap_err(), OnnxError::Classes { outputs: 8, named: 9 });
    let few = read(RESIDUAL, &stated(Scaling::UNIT, "neutral,happy,sad,contempt,fear;disgust,angry,")).unwrap_err();
    let missing = Classes::Last(Expression::Surprise);
    assert_eq!(few, OnnxError::MissingClasses { outputs: 8, named: 7, missing });
    let fewer = read(RESIDUAL, &stated(Scaling::UNIT, "neutral happy sad fear")).unwrap_err();
    assert_eq!(fewer.to_string(), "number of classes of the model: 8; named: 4; missing: angry, disgust, surprise");
    // each has its own translation
    let message = fewer.message();
    for class in ["expression/angry", "expression/disgust", "expression/surprise"] {
        assert!(message.find(&|message| message.id() == class).is_some(), "{message:?}");
    }
    let other = Stated { side: Some(48), ..stated(Scaling::UNIT, "affectnet") };
    assert_eq!(read(RESIDUAL, &other).unwrap_err(), OnnxError::Size(64, 48));
}

#[test]
fn a_grey_network_has_one_mean() {
    let scaled = |scaling: &str| read(DARK, &stated(scaling.parse().unwrap(), "fer2013")).map(|_| ());
    assert_eq!(scaled("0.485,0.456,0.406:0.229,0.224,0.225"), Err(OnnxError::OneChannel));
    assert_eq!(scaled("0.5:0.229,0.224,0.225"), Err(OnnxError::OneChannel));
    // three that are equal are one
    let right = ["0.485:0.229", "0.485,0.485,0.485:0.229", "imagenet"];
    assert_eq!(right.map(scaled), [Ok(()), Ok(()), Ok(())]);
}

#[test]
fn logits_are_not_taken_for_probabilities() {
    let stated = Stated { output: Some(Output::Probabilities), ..stated(Scaling::UNIT, "affectnet") };
    let refused = read(RESIDUAL, &stated).unwrap().logits(&crops()).unwrap_err();
    assert!(matches!(refused, OnnxError::NotProbabilities(_)), "{refused:?}");
}
