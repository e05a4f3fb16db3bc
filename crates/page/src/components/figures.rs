//! Frame rate and processing times.

use std::rc::Rc;

use yew::{Html, Properties, component, html};

use crate::state::{RecognitionResult, StreamStatistics};
use crate::text;
use mien_core::number::fixed;

#[derive(PartialEq, Properties)]
pub struct FiguresProps {
    /// The latest recognition result.
    pub result: Rc<RecognitionResult>,
    /// Averages, for a stream.
    pub statistics: Option<StreamStatistics>,
    /// Frames processed since the stream began.
    pub frames: u32,
}

/// Frames per second and milliseconds per processing stage: averages as text, the newest frame's values in attributes.
#[component]
pub fn Figures(props: &FiguresProps) -> Html {
    let timing = &props.result.timing;
    let shown = props.statistics.unwrap_or(StreamStatistics {
        rate: 0.0,
        detect: timing.detect,
        align: timing.align,
        classify: timing.classify,
        latency: props.result.latency,
    });
    let raw = |value: f32| fixed(f64::from(value), 2);
    let stages = [
        (text::STAGE_DETECT, shown.detect),
        (text::STAGE_ALIGN, shown.align),
        (text::STAGE_CLASSIFY, shown.classify),
        (text::STAGE_TOTAL, shown.latency),
    ];
    html! {
        <dl
            class="figures"
            aria-label={text::TIMING}
            data-testid="timing"
            data-total={raw(timing.total)}
            data-pixels={raw(timing.pixels)}
            data-detect={raw(timing.detect)}
            data-align={raw(timing.align)}
            data-classify={raw(timing.classify)}
            data-latency={raw(props.result.latency)}
            data-frames={props.frames.to_string()}
        >
            <div class="figure-main">
                <dt class="visually-hidden">{ text::FACES }</dt>
                <dd>{ text::face_count(props.result.found as usize) }</dd>
            </div>
            if props.statistics.is_some() {
                <div class="figure-main">
                    <dt class="visually-hidden">{ text::TIMING }</dt>
                    <dd data-testid="frame-rate">{ text::frame_rate(shown.rate) }</dd>
                </div>
            }
            for (name, value) in stages {
                <div>
                    <dt>{ name }</dt>
                    <dd>{ text::time(value) }</dd>
                </div>
            }
        </dl>
    }
}
