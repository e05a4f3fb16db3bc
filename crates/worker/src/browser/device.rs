//! The devices in the browser: WebGPU where there is an adapter for it, else the CPU.

use std::cell::RefCell;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use burn::tensor::Device;
use burn::tensor::wgpu::wgpu::DeviceType;
use burn_wgpu::MemoryConfiguration;

use super::thrown::thrown;
use crate::engine::platform::{Devices, LocalFuture, Opened};
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_protocol::{Backend, BackendChoice, Fallback};

/// Number of kernels per submission. Burn's default suits discrete GPUs; smaller submissions keep the browser's GPU
/// queue, and so the page, responsive.
const TASKS: usize = 32;

/// Names of software adapters, which compute correctly but more slowly than the CPU backend.
const SOFTWARE: [&str; 4] = ["swiftshader", "llvmpipe", "basic render", "warp"];

/// The first GPU error since the last call of `take_error`. It is set by callbacks at any time.
static REPORTED: Mutex<Option<Failure>> = Mutex::new(None);

/// Wakes who waits for that error.
static WAITING: Mutex<Option<Waker>> = Mutex::new(None);

/// The devices of this browser.
pub(super) struct BrowserDevices;

impl Devices for BrowserDevices {
    fn open(&self, choice: BackendChoice) -> LocalFuture<'_, Opened> {
        Box::pin(open(choice))
    }

    fn take_error(&self) -> Option<Failure> {
        take_error()
    }

    fn failed(&self) -> LocalFuture<'static, ()> {
        Box::pin(poll_fn(|context| {
            if REPORTED.lock().is_ok_and(|reported| reported.is_some()) {
                return Poll::Ready(());
            }
            if let Ok(mut waiting) = WAITING.lock() {
                *waiting = Some(context.waker().clone());
            }
            Poll::Pending
        }))
    }
}

thread_local! {
    /// The GPU and its name, once opened: a worker can open it only once.
    static GPU: RefCell<Option<(Device, String)>> = const { RefCell::new(None) };
}

/// Opens a device for a backend choice.
async fn open(choice: BackendChoice) -> Opened {
    if choice == BackendChoice::Cpu {
        return Opened::cpu(None);
    }
    match open_gpu(choice).await {
        Ok(opened) => opened,
        Err(reason) => Opened::cpu(Some(Fallback::Missing { reason: reason.into() })),
    }
}

/// See [`Devices::take_error`].
fn take_error() -> Option<Failure> {
    // poisoned only by a panic, which ends the worker
    REPORTED.lock().ok()?.take()
}

async fn open_gpu(choice: BackendChoice) -> Result<Opened, Failure> {
    // checked first, since without an adapter the runtime may panic instead of returning an error
    let software = adapter_is_software().await?;
    if software && choice == BackendChoice::Auto {
        return Err(EngineError::SoftwareAdapter.into());
    }
    if let Some((device, adapter)) = GPU.with_borrow(Clone::clone) {
        return Ok(Opened { device, backend: Backend::WebGpu, adapter, fallback: None });
    }
    // pages of the exact size: a browser kills the tab that hoards memory
    let options = Device::wgpu_options().tasks_max(TASKS).memory_config(MemoryConfiguration::ExclusivePages);
    let (device, setup) = options.init_with_setup_async().await.map_err(|error| Failure::message(error.to_string()))?;
    setup.device.on_uncaptured_error(Arc::new(|error| report(Failure::message(error.to_string()))));
    setup.device.set_device_lost_callback(|reason, message| {
        report(EngineError::GpuLost { reason: format!("{reason:?}"), message }.into());
    });
    let info = setup.adapter.get_info();
    let adapter =
        if info.device_type == DeviceType::Cpu && info.name.is_empty() { "software".to_owned() } else { info.name };
    GPU.set(Some((device.clone(), adapter.clone())));
    Ok(Opened { device, backend: Backend::WebGpu, adapter, fallback: None })
}

fn report(message: Failure) {
    log::warn!("the GPU reports: {message}");
    if let Ok(mut reported) = REPORTED.lock() {
        reported.get_or_insert(message);
    }
    if let Some(waker) = WAITING.lock().ok().and_then(|mut waiting| waiting.take()) {
        waker.wake();
    }
}

/// Whether the browser's adapter is implemented in software.
///
/// # Errors
/// When there is no adapter; the browser's message or ours.
async fn adapter_is_software() -> Result<bool, Failure> {
    use js_sys::Reflect;
    use wasm_bindgen::{JsCast, JsValue};

    let get = |object: &JsValue, key: &str| Reflect::get(object, &key.into()).unwrap_or(JsValue::UNDEFINED);
    let gpu = get(&get(&js_sys::global(), "navigator"), "gpu");
    if !gpu.is_object() {
        return Err(EngineError::NoWebGpu.into());
    }
    let request: js_sys::Function =
        get(&gpu, "requestAdapter").dyn_into().map_err(|_| EngineError::IncompleteWebGpu)?;
    let promise: js_sys::Promise =
        request.call0(&gpu).map_err(thrown)?.dyn_into().map_err(|_| EngineError::IncompleteWebGpu)?;
    let adapter = wasm_bindgen_futures::JsFuture::from(promise).await.map_err(thrown)?;
    if !adapter.is_object() {
        return Err(EngineError::NoAdapter.into());
    }
    let info = get(&adapter, "info");
    let named = ["description", "device", "architecture"]
        .iter()
        .filter_map(|key| get(&info, key).as_string())
        .any(|name| SOFTWARE.iter().any(|program| name.to_lowercase().contains(program)));
    Ok(named || get(&info, "isFallbackAdapter").is_truthy() || get(&adapter, "isFallbackAdapter").is_truthy())
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;
    use std::ops::ControlFlow;

    use mien_compute::Recognizer;
    use mien_compute::check;
    use mien_compute::detection;
    use mien_compute::network::{self, Architecture, Predictor, Sizes};
    use mien_compute::training::{Session, Settings, StepOutcome, TrainingData};
    use mien_core::dataset::{Dataset, Split};
    use mien_core::expression::Expression;
    use mien_core::vision::{Crop, Frame, Point, Similarity};

    wasm_bindgen_test_configure!(run_in_dedicated_worker);

    const DETECTOR: &[u8] = include_bytes!("../../../../www/weights/blazeface.safetensors");
    const CLASSIFIER: &[u8] = include_bytes!("../../../../www/weights/default.safetensors");

    /// Maximum difference of a probability between GPU and CPU.
    const TOLERANCE: f32 = 1e-3;

    fn recognizer(device: &Device) -> Recognizer {
        let network = Predictor::new(&network::load(CLASSIFIER, device).unwrap().network);
        Recognizer::new(detection::load(DETECTOR, device).unwrap(), network, || 0.0)
    }

    fn astronaut() -> Frame {
        let picture =
            image::load_from_memory(include_bytes!("../../../../tests/fixtures/astronaut_256.png")).unwrap().to_rgba8();
        Frame::new(picture.width() as usize, picture.height() as usize, picture.into_raw()).unwrap()
    }

    /// Crops of a face with different scales, rotations and offsets.
    fn crops(frame: &Frame) -> Vec<Crop> {
        let face = Point::new(112.4, 60.0);
        (0..10)
            .map(|index| {
                let turn = |step: usize| (10 * index * step % 100) as f32 / 50.0 - 1.0;
                let side = 58.0 * (1.0 + 0.35 * turn(37));
                let centre = Point::new(face.x + 8.0 * turn(13), face.y + 8.0 * turn(71));
                frame.sample_grey(&Similarity::new(side / 48.0, 0.5 * turn(29), Point::new(24.0, 24.0), centre))
            })
            .collect()
    }

    /// A session of a small network on images of stripes, with a width and an angle for each class.
    fn session(device: &Device) -> Session {
        let mut dataset = Dataset::default();
        for row in 0..56 {
            let label = Expression::ALL[row % Expression::COUNT];
            let (width, slant) = (2 + label.index(), row / Expression::COUNT);
            let pixels = std::array::from_fn(|index| {
                let (x, y) = (index % 48, index / 48);
                if (x * 2 + y * slant) / width % 2 == 0 { 40 } else { 200 }
            });
            dataset.push(pixels, label, Split::Training, row);
        }
        let samples = (0..dataset.len()).collect();
        let data = TrainingData {
            dataset: Arc::new(dataset),
            training: samples,
            validation: vec![],
            validation_name: String::new(),
            votes: None,
        };
        let config = Sizes { stages: vec![(4, 1), (6, 1)], stage_dropout: vec![], dropout: 0.0 };
        let settings = Settings {
            architecture: Architecture::Vgg(config),
            batch: 8,
            epochs: 1000,
            learning_rate: 0.02,
            ..Settings::default()
        };
        // the weights are drawn on the CPU, since a GPU draws others from the same seed
        let start = Session::start(settings, data.clone(), None, &Device::flex()).unwrap();
        let checkpoint = pollster::block_on(start.checkpoint()).unwrap();
        Session::resume(&checkpoint, data, device).unwrap()
    }

    async fn losses(session: &mut Session, steps: usize) -> Vec<f32> {
        let mut losses = Vec::new();
        while losses.len() < steps {
            if let StepOutcome::Step(step) = session.step(async |_| ControlFlow::Continue(())).await.unwrap() {
                losses.push(step.loss);
            }
        }
        losses
    }

    #[wasm_bindgen_test]
    async fn gpu_and_cpu_learn_the_same() {
        let gpu = open(BackendChoice::WebGpu).await;
        assert_eq!(gpu.backend, Backend::WebGpu, "no WebGPU here: {:?}", gpu.fallback);
        let on_gpu = losses(&mut session(&gpu.device), 8).await;
        let on_cpu = losses(&mut session(&Device::flex()), 8).await;
        for (step, (a, b)) in on_gpu.iter().zip(&on_cpu).enumerate() {
            assert!((a - b).abs() < 1e-3 * b, "step {}: {a} on the GPU, {b} on the CPU", step + 1);
        }
        assert_eq!(take_error(), None);
    }

    #[wasm_bindgen_test]
    async fn memory_does_not_grow_during_training() {
        let mut session = session(&Device::flex());
        losses(&mut session, 50).await;
        let before = core::arch::wasm32::memory_size(0);
        losses(&mut session, 200).await;
        let after = core::arch::wasm32::memory_size(0);
        // of 64 KiB: less than a kilobyte a step
        assert!(after <= before + 2, "{before} pages after 50 steps, {after} after 250");
    }

    #[wasm_bindgen_test]
    async fn gpu_and_cpu_agree() {
        let gpu = open(BackendChoice::WebGpu).await;
        assert_eq!(gpu.backend, Backend::WebGpu, "no WebGPU here: {:?}", gpu.fallback);
        let (on_gpu, on_cpu) = (recognizer(&gpu.device), recognizer(&Device::flex()));
        let frame = astronaut();
        let crops = crops(&frame);
        let expected = on_cpu.classify(&crops).await.unwrap();
        for (batch, batches) in [(1, 2), (10, 1)] {
            for (crops, expected) in crops.chunks(batch).zip(expected.chunks(batch)).take(batches) {
                let got = on_gpu.classify(crops).await.unwrap();
                for (a, b) in got.iter().flat_map(|d| d.0).zip(expected.iter().flat_map(|d| d.0)) {
                    assert!((a - b).abs() < TOLERANCE, "batch {batch}: {a} and {b}");
                }
            }
        }

        let load = |device: &Device| network::load(CLASSIFIER, device).unwrap().network;
        check(&gpu.device, &load(&gpu.device), &load(&Device::flex())).await.unwrap();

        let detect = |device| detection::load(DETECTOR, device).unwrap();
        let found = detect(&gpu.device).detect_stream(&frame).await.unwrap();
        let expected = detect(&Device::flex()).detect_stream(&frame).await.unwrap();
        assert_eq!(found.len(), 1);
        assert!(found[0].bounds.centre().distance(expected[0].bounds.centre()) < 0.1);
        assert_eq!(take_error(), None);
    }
}
