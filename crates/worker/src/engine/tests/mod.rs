//! Tests of the engine with doubles of its surroundings.

mod batches;
mod benchmark;
mod datasets;
pub mod doubles;
mod evaluation;
mod explanation;
mod fit;
mod networks;
mod onnx;
mod photographs;
mod recognition;
mod robustness;
mod scheduling;
mod storage;
mod training;
