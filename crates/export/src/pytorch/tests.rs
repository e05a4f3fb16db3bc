//! Names and layouts of the state dict, and the text of the module. `tests/interop/` runs both in PyTorch.

use mien_weights::{WeightsError, WeightsFile};
use safetensors::SafeTensors;

use super::{is_module, module, module_file, state_dict};
use crate::{ExportError, Network};

fn network(kind: &str) -> Network {
    let path = format!("{}/../../tests/fixtures/parity-{kind}.safetensors", env!("CARGO_MANIFEST_DIR"));
    Network::new(WeightsFile::parse(&std::fs::read(path).unwrap()).unwrap()).unwrap()
}

#[test]
fn names_and_layouts_are_those_of_pytorch() {
    let network = network("resnet");
    let bytes = state_dict(&network).unwrap();
    assert_eq!(bytes, state_dict(&self::network("resnet")).unwrap());
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut names = file.names();
    names.sort_unstable();
    let mut expected = vec!["head.bias".to_owned(), "head.weight".to_owned()];
    for layer in ["0.layers.0", "1.blocks.0.first", "1.blocks.0.second", "1.layers.0"] {
        let parts = ["conv.weight", "norm.bias", "norm.running_mean", "norm.running_var", "norm.weight"];
        expected.extend(parts.map(|part| format!("stages.{layer}.{part}")));
    }
    assert_eq!(names, expected);
    let floats = |name: &str| -> Vec<f32> {
        let tensor = file.tensor(name).unwrap();
        tensor.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
    };
    assert_eq!(
        floats("stages.0.layers.0.norm.weight"),
        network.weights.tensor("ResNet.stages.0.layers.0.norm.gamma").unwrap().1
    );
    let ((shape, ours), theirs) = (network.weights.tensor("ResNet.head.weight").unwrap(), floats("head.weight"));
    assert_eq!((shape, file.tensor("head.weight").unwrap().shape()), (&[6, 7][..], &[7, 6][..]));
    for (input, output) in [(0, 0), (1, 0), (5, 6), (2, 4)] {
        assert_eq!(ours[input * 7 + output], theirs[output * 6 + input]);
    }
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let facts: serde_json::Value = serde_json::from_str(&header.metadata().as_ref().unwrap()["mien"]).unwrap();
    assert_eq!((&facts["classes"][3], &facts["temperature"]), (&"happy".into(), &1.0.into()));
}

#[test]
fn modules_have_the_classes_that_they_use() {
    for kind in ["cnn", "vgg", "resnet", "inception", "mobile"] {
        let text = module(&network(kind));
        for name in ["Layer", "Residual", "Inception", "Separable", "Stage", "Network"] {
            let defined = text.contains(&format!("class {name}("));
            let used = text.matches(&format!("{name}(")).count() > 1;
            assert_eq!(defined, used, "{kind}: {text}");
        }
        assert_eq!(text.contains("self.hidden"), kind == "cnn");
        assert!(!text.contains("\n\n\n\n") && text.ends_with("eval()\n"), "{text}");
    }
}

#[test]
fn modules_have_names_that_python_imports() {
    for (state, file) in [
        ("net.pt.safetensors", "net.py"),
        ("Grün_2.PT.Safetensors", "Grün_2.py"),
        ("1 net.pt.safetensors", "_1_net.py"),
        ("my-net.v2.pt.safetensors", "my_net_v2.py"),
        ("torch.pt.safetensors", "torch_.py"),
        ("class.pt.safetensors", "class_.py"),
        (".pt.safetensors", "_.py"),
        ("ü", "ü.py"),
    ] {
        assert_eq!(module_file(state), file, "{state}");
    }
}

#[test]
fn modules_are_known_by_their_first_line() {
    for kind in ["cnn", "mobile"] {
        assert!(is_module(module(&network(kind)).as_bytes()), "{kind}");
    }
    for other in ["", "import torch\n", "\"\"\"Trains a network.\"\"\"\n"] {
        assert!(!is_module(other.as_bytes()), "{other}");
    }
}

#[test]
fn a_file_of_another_network_is_refused() {
    let mut damaged = network("vgg");
    damaged.weights.insert("Vgg.head.bias".to_owned(), vec![6], vec![0.0; 6]).unwrap();
    let refused = state_dict(&damaged);
    assert!(matches!(refused, Err(ExportError::Weights(WeightsError::Shape { name, .. })) if name == "Vgg.head.bias"));
}
