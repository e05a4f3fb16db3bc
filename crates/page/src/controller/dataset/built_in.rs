//! Loading the datasets that come with the page.

use std::rc::Rc;

use web_sys::File;

use super::Dataset;
use super::sources::{DatasetSource, Origin};
use crate::built_in::BuiltInSet;
use crate::controller::link::RequestId;
use crate::notice::Notice;
use crate::sources::download::download;
use crate::state::{Action, DatasetAction, Loading};

impl Dataset {
    /// Loads a dataset that comes with the page, after its file was fetched; if it is loaded already, it is only selected.
    pub fn open_built_in(self: &Rc<Self>, set: BuiltInSet) {
        self.link.dispatch(Action::DismissAll);
        if let Some(loaded) = self.find(set.name()) {
            return self.dispatch(DatasetAction::Select(loaded));
        }
        let request = self.request_built_in(set);
        let dataset = Rc::clone(self);
        self.link.spawn(async move {
            let part = |read| dataset.on_built_in_part(request, set, read);
            let file = download(set.path(), set.name(), part).await;
            dataset.on_built_in(request, set, file.ok());
        });
    }

    /// Notes that a set is being fetched, in place of one that was before.
    pub(super) fn request_built_in(&self, set: BuiltInSet) -> RequestId {
        self.cancel_order();
        let request = self.link.next_request();
        self.fetching.set(Some(request));
        self.loading_since.set(self.link.now());
        self.on_built_in_part(request, set, 0);
        request
    }

    /// Called when another part of the file has arrived; returns whether it is still wanted.
    pub(super) fn on_built_in_part(&self, request: RequestId, set: BuiltInSet, read: u32) -> bool {
        let is_wanted = self.fetching.get() == Some(request);
        if is_wanted {
            self.dispatch(DatasetAction::Loading(Loading {
                name: set.name().into(),
                read: read.into(),
                length: set.bytes().into(),
                accepted: 0,
                rejected: 0,
                seconds: (self.link.now() - self.loading_since.get()) / 1000.0,
            }));
        }
        is_wanted
    }

    /// Called at the end: with the file, with none if it is not wanted any more, or without a result if it could not be fetched.
    pub(super) fn on_built_in(&self, request: RequestId, set: BuiltInSet, file: Option<Option<File>>) {
        if self.fetching.get() != Some(request) {
            return;
        }
        self.fetching.take();
        match file.flatten() {
            Some(file) => self.load(DatasetSource::new(set.name().to_owned(), Origin::File(file))),
            None => {
                self.dispatch(DatasetAction::Cancelled);
                self.link.notify(Notice::SetMissing { name: set.name().to_owned() });
            }
        }
    }
}
