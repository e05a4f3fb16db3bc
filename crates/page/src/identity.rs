//! Number and colour of a face, to distinguish several faces.

/// The colours. Bright, so that they stand out from pictures and dark text on them is readable; the style sheet has the
/// same.
const COLORS: [&str; 6] = ["#ffd166", "#5cc9f5", "#ff9eb8", "#7fe08a", "#ffa65c", "#c9b1ff"];

/// The CSS classes of the colours.
const CLASSES: [&str; 6] = ["who-1", "who-2", "who-3", "who-4", "who-5", "who-6"];

/// A face's colour, by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity(usize);

impl Identity {
    /// The colour for a face number, which counts from 1.
    pub const fn of(id: u32) -> Self {
        Self((id.saturating_sub(1) as usize) % COLORS.len())
    }

    /// The colour.
    pub const fn color(self) -> &'static str {
        COLORS[self.0]
    }

    /// The style sheet's class.
    pub const fn class(self) -> &'static str {
        CLASSES[self.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_faces_have_different_colours_that_repeat_after_six() {
        assert_eq!(Identity::of(1).class(), "who-1");
        for id in 1..20 {
            assert_ne!(Identity::of(id).color(), Identity::of(id + 1).color());
            assert_eq!(Identity::of(id), Identity::of(id + 6));
        }
        assert_eq!(Identity::of(0), Identity::of(1), "no face has this number");
        assert!(!Identity::of(u32::MAX).color().is_empty());
    }
}
