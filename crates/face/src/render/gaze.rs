//! Where the eyes look.

/// Direction of the eyes from the head's, in degrees.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gaze {
    /// To the person's left, which is the viewer's right.
    pub left: f32,
    /// Up.
    pub up: f32,
}
