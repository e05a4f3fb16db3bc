//! Tracks of the same face. A person who leaves and returns gets a new number: only somebody who watches the video can say
//! that it is the same person. Nothing else is stored about the person.

use super::analysis::Analysis;
use super::record::Source;

/// Why two faces cannot be joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinError {
    /// There is no such face, or it is the same.
    Unknown,
    /// Both were seen in the same frame, at this time in milliseconds.
    Together(u32),
}

impl Source {
    /// Begins an analysis: it replaces what was recorded. The markers stay.
    pub fn begin_analysis(&mut self, analysis: Analysis) {
        self.forget();
        self.analysis = Some(analysis);
    }

    /// How the video was analysed, if it was.
    pub const fn analysis(&self) -> Option<&Analysis> {
        self.analysis.as_ref()
    }

    /// Counts an analysed frame.
    pub fn count_frame(&mut self) {
        if let Some(analysis) = &mut self.analysis {
            analysis.frames += 1;
        }
    }

    /// Notes that the video was analysed to its end.
    pub fn complete_analysis(&mut self) {
        if let Some(analysis) = &mut self.analysis {
            analysis.complete = true;
        }
    }

    /// The joined tracks, in the order in which they were joined: a face, and the one that it belongs to.
    pub fn joins(&self) -> &[(u32, u32)] {
        &self.joins
    }

    /// Says that one face is another: its rows get the number of the other.
    ///
    /// # Errors
    /// When there is no such face, or both were seen in the same frame; then nothing changes.
    pub fn join(&mut self, from: u32, into: u32) -> Result<(), JoinError> {
        let there = |face| self.rows.iter().any(|row| row.face == face);
        if from == into || !there(from) || !there(into) {
            return Err(JoinError::Unknown);
        }
        // The rows of a frame are next to each other.
        let mut seen = [None; 2];
        for row in &self.rows {
            for (seen, face) in seen.iter_mut().zip([from, into]) {
                if row.face == face {
                    *seen = Some(row.time);
                }
            }
            if seen == [Some(row.time); 2] {
                return Err(JoinError::Together(row.time));
            }
        }
        self.joins.push((from, into));
        self.renumber();
        Ok(())
    }

    /// Takes back the last join. Returns whether there was one.
    pub fn undo_join(&mut self) -> bool {
        let undone = self.joins.pop().is_some();
        if undone {
            self.renumber();
        }
        undone
    }
}
