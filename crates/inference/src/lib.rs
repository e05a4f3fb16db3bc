//! Fast inference of the networks on the CPU, without Burn and without allocation per batch or image.
//!
//! A [`CompiledNetwork`] is built once from an architecture and its tensors: batch norm is folded into the convolutions, and
//! each step writes its result with bias, skip connection, ReLU and, where possible, max-pooling already applied. A
//! [`CompiledDetector`] is the face detector, for images of several sizes. Values are four to a SIMD register of WebAssembly;
//! where the module is compiled with `relaxed-simd`, products are added in one instruction. Natively the compiler vectorizes the
//! same code.
//!
//! - `lanes` (0): four values at once.
//! - `maps` (1): feature maps in memory. `matrix` (1): products of matrices.
//! - `convolution`, `pooling`, `winograd` (2): the operations of the steps.
//! - `step` (3): the steps of a forward pass. `separable` (3): the blocks of the detector.
//! - `build` (4): from an architecture to steps.
//! - [`CompiledNetwork`], [`CompiledDetector`] (5).

mod build;
mod convolution;
mod detector;
mod lanes;
mod maps;
mod matrix;
mod network;
mod pooling;
mod separable;
mod step;
#[cfg(test)]
mod tests;
mod winograd;

pub use build::BuildError;
pub use detector::CompiledDetector;
pub use network::CompiledNetwork;
