//! Frame rate and processing times.

use yew::{Html, html};

use crate::state::{RecognitionResult, StreamStatistics};
use crate::text;
use mien_core::number::fixed;

/// Frames per second and milliseconds per processing stage: averages as text, which there are for a stream, the newest
/// frame's values in attributes. `frames` is the number of frames processed since the stream began.
pub fn figures(result: &RecognitionResult, statistics: Option<StreamStatistics>, frames: u32) -> Html {
    let timing = &result.timing;
    let shown = statistics.unwrap_or(StreamStatistics {
        rate: 0.0,
        detect: timing.detect,
        align: timing.align,
        classify: timing.classify,
        latency: result.latency,
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
            data-latency={raw(result.latency)}
            data-frames={frames.to_string()}
        >
            <div class="figure-main">
                <dt class="visually-hidden">{ text::FACES }</dt>
                <dd>{ text::face_count(result.found as usize) }</dd>
            </div>
            if statistics.is_some() {
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
