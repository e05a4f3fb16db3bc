//! A queue of pictures that are decoded and recognized one at a time.

use std::collections::VecDeque;

/// Pending jobs and the current one. Each is decoded, then submitted once the engine is idle; the next picture is not
/// decoded before the previous one is answered.
#[derive(Debug)]
pub struct PictureQueue<J, P> {
    waiting: VecDeque<J>,
    current: Option<(J, JobState<P>)>,
}

#[derive(Debug)]
enum JobState<P> {
    Decoding,
    Decoded(P),
    Submitted,
}

/// The next step for a queue.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<J, P> {
    /// Decode this job.
    Decode(J),
    /// Submit this decoded picture.
    Submit(P),
    /// Wait.
    Wait,
}

impl<J, P> Default for PictureQueue<J, P> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), current: None }
    }
}

impl<J: Clone, P> PictureQueue<J, P> {
    /// Appends jobs.
    pub fn extend(&mut self, jobs: impl IntoIterator<Item = J>) {
        self.waiting.extend(jobs);
    }

    /// Prepends a job.
    pub fn push_front(&mut self, job: J) {
        self.waiting.push_front(job);
    }

    /// Number of unanswered jobs, including the current one.
    pub fn len(&self) -> usize {
        self.waiting.len() + usize::from(self.current.is_some())
    }

    /// The current job.
    pub fn current(&self) -> Option<&J> {
        self.current.as_ref().map(|(job, _)| job)
    }

    /// The current job, if the engine has its picture.
    pub fn submitted(&self) -> Option<&J> {
        self.current.as_ref().filter(|(_, state)| matches!(state, JobState::Submitted)).map(|(job, _)| job)
    }

    /// Starts the next job if there is no current one; else submits the current picture if it is decoded and the engine
    /// is idle.
    pub fn advance(&mut self, idle: bool) -> Step<J, P> {
        match &mut self.current {
            None => match self.waiting.pop_front() {
                Some(job) => {
                    self.current = Some((job.clone(), JobState::Decoding));
                    Step::Decode(job)
                }
                None => Step::Wait,
            },
            Some((_, state)) if idle && matches!(state, JobState::Decoded(_)) => {
                match std::mem::replace(state, JobState::Submitted) {
                    JobState::Decoded(picture) => Step::Submit(picture),
                    JobState::Decoding | JobState::Submitted => Step::Wait,
                }
            }
            Some(_) => Step::Wait,
        }
    }

    /// Called when the current job was decoded.
    pub fn decoded(&mut self, picture: P) {
        if let Some((_, state)) = &mut self.current {
            *state = JobState::Decoded(picture);
        }
    }

    /// Changes the current job.
    pub fn update(&mut self, change: impl FnOnce(&mut J)) {
        if let Some((job, _)) = &mut self.current {
            change(job);
        }
    }

    /// Removes and returns the current job, answered or failed.
    pub fn finish(&mut self) -> Option<J> {
        self.current.take().map(|(job, _)| job)
    }

    /// Removes and returns the current job if its picture was submitted, and so lost with the engine.
    pub fn take_lost(&mut self) -> Option<J> {
        self.current.take_if(|(_, state)| matches!(state, JobState::Submitted)).map(|(job, _)| job)
    }

    /// Removes all jobs; returns the decoded picture that was not submitted, if any.
    pub fn clear(&mut self) -> Option<P> {
        self.waiting.clear();
        match self.current.take() {
            Some((_, JobState::Decoded(picture))) => Some(picture),
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
