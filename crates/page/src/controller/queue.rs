//! Picture files in the order in which they are decoded and recognized, one at a time.

use std::collections::VecDeque;

/// Jobs that wait, and the current one. Each is decoded first, then submitted to the engine once that is idle; so the next
/// picture is not decoded before the last one is answered.
#[derive(Debug)]
pub struct PictureQueue<J, P> {
    waiting: VecDeque<J>,
    current: Option<(J, Stage<P>)>,
}

#[derive(Debug)]
enum Stage<P> {
    Decoding,
    Decoded(P),
    Submitted,
}

/// What is to be done next for a queue.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<J, P> {
    /// This job is to be decoded.
    Decode(J),
    /// This decoded picture is to be submitted.
    Submit(P),
    /// Nothing, for now.
    Wait,
}

impl<J, P> Default for PictureQueue<J, P> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), current: None }
    }
}

impl<J: Clone, P> PictureQueue<J, P> {
    /// Adds jobs behind those that wait.
    pub fn extend(&mut self, jobs: impl IntoIterator<Item = J>) {
        self.waiting.extend(jobs);
    }

    /// Adds a job before those that wait.
    pub fn push_front(&mut self, job: J) {
        self.waiting.push_front(job);
    }

    /// Jobs that are not answered yet, the current one included.
    pub fn len(&self) -> usize {
        self.waiting.len() + usize::from(self.current.is_some())
    }

    /// The current job.
    pub fn current(&self) -> Option<&J> {
        self.current.as_ref().map(|(job, _)| job)
    }

    /// The current job, if the engine has its picture.
    pub fn submitted(&self) -> Option<&J> {
        self.current.as_ref().filter(|(_, stage)| matches!(stage, Stage::Submitted)).map(|(job, _)| job)
    }

    /// Goes on: starts the next job where none is current, else submits the current one if it is decoded and the engine
    /// idle.
    pub fn advance(&mut self, idle: bool) -> Step<J, P> {
        match &mut self.current {
            None => match self.waiting.pop_front() {
                Some(job) => {
                    self.current = Some((job.clone(), Stage::Decoding));
                    Step::Decode(job)
                }
                None => Step::Wait,
            },
            Some((_, stage)) if idle && matches!(stage, Stage::Decoded(_)) => {
                match std::mem::replace(stage, Stage::Submitted) {
                    Stage::Decoded(picture) => Step::Submit(picture),
                    Stage::Decoding | Stage::Submitted => Step::Wait,
                }
            }
            Some(_) => Step::Wait,
        }
    }

    /// The current job is decoded.
    pub fn decoded(&mut self, picture: P) {
        if let Some((_, stage)) = &mut self.current {
            *stage = Stage::Decoded(picture);
        }
    }

    /// Changes the current job.
    pub fn update(&mut self, change: impl FnOnce(&mut J)) {
        if let Some((job, _)) = &mut self.current {
            change(job);
        }
    }

    /// Ends the current job, answered or failed.
    pub fn finish(&mut self) -> Option<J> {
        self.current.take().map(|(job, _)| job)
    }

    /// Takes the current job off if the engine had its picture, which is lost with the engine.
    pub fn take_lost(&mut self) -> Option<J> {
        self.current.take_if(|(_, stage)| matches!(stage, Stage::Submitted)).map(|(job, _)| job)
    }

    /// Drops all jobs; returns the picture that was decoded and not submitted.
    pub fn clear(&mut self) -> Option<P> {
        self.waiting.clear();
        match self.current.take() {
            Some((_, Stage::Decoded(picture))) => Some(picture),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PictureQueue, Step};

    fn queue(jobs: &[u32]) -> PictureQueue<u32, char> {
        let mut queue = PictureQueue::default();
        queue.extend(jobs.iter().copied());
        queue
    }

    #[test]
    fn jobs_are_decoded_and_submitted_one_after_the_other() {
        let mut queue = queue(&[1, 2]);
        assert_eq!(queue.len(), 2);
        // Decoding does not need the engine.
        assert_eq!(queue.advance(false), Step::Decode(1));
        assert_eq!(queue.advance(true), Step::Wait);
        queue.decoded('a');
        assert_eq!(queue.advance(false), Step::Wait);
        assert_eq!(queue.submitted(), None);
        assert_eq!(queue.advance(true), Step::Submit('a'));
        assert_eq!(queue.submitted(), Some(&1));
        assert_eq!(queue.advance(true), Step::Wait);
        assert_eq!(queue.finish(), Some(1));
        assert_eq!(queue.advance(true), Step::Decode(2));
        assert_eq!(queue.len(), 1);
    }

    #[test]
    fn a_submitted_job_is_lost_with_the_engine() {
        let mut queue = queue(&[1, 2]);
        queue.advance(true);
        assert_eq!(queue.take_lost(), None);
        queue.decoded('a');
        assert_eq!(queue.take_lost(), None);
        queue.advance(true);
        assert_eq!(queue.take_lost(), Some(1));
        queue.push_front(1);
        assert_eq!(queue.advance(false), Step::Decode(1));
    }

    #[test]
    fn a_job_that_cannot_be_decoded_makes_room_for_the_next() {
        let mut queue = queue(&[1, 2]);
        queue.advance(false);
        assert_eq!(queue.finish(), Some(1));
        assert_eq!(queue.advance(false), Step::Decode(2));
    }

    #[test]
    fn a_cleared_queue_gives_back_what_was_not_submitted() {
        let mut queue = queue(&[1, 2]);
        assert_eq!(queue.clear(), None);
        assert_eq!(queue.len(), 0);
        queue.extend([3]);
        queue.advance(false);
        queue.decoded('a');
        assert_eq!(queue.clear(), Some('a'));
        // A decoding that ends afterwards finds nothing.
        queue.decoded('b');
        assert_eq!(queue.current(), None);
        assert_eq!(queue.finish(), None);
        assert_eq!(queue.advance(true), Step::Wait);
    }
}
