//! How such a network works and fails, in six steps.

use std::rc::Rc;

use gloo::utils::window;
use web_sys::HtmlElement;
use yew::{Callback, Html, Properties, component, html, use_context, use_effect_with, use_mut_ref, use_node_ref};

use crate::components::icons::{Picture, icon};
use crate::components::lesson::{ConfidenceStep, FailuresStep, input, layers_step, limits};
use crate::components::{FileButton, Message, curves, engine_failure, file_button, message};
use crate::controller::Controller;
use crate::hooks::use_shortcuts;
use crate::settings::Page;
use crate::state::{Action, EngineState, Lesson, PhotoName, State, Subject};
use crate::text::{explain as explain_text, lesson as text};

#[derive(PartialEq, Properties)]
pub struct LessonPageProps {
    /// The page's state.
    pub state: State,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// The Lesson page.
#[component]
pub fn LessonPage(props: &LessonPageProps) -> Html {
    let State { lesson, engine, .. } = &props.state;
    let controller = use_context::<Controller>();
    use_face(&props.state, controller.as_ref());
    let step = lesson.step;
    let head = use_step_head(step);
    use_shortcuts(Callback::from(move |key: String| {
        let to = match key.as_str() {
            "arrowright" if step + 1 < Lesson::STEPS => step + 1,
            "arrowleft" if step > 0 => step - 1,
            _ => return false,
        };
        window().location().set_hash(&Page::step_fragment(to)).ok();
        true
    }));
    let Some(controller) = controller else { return Html::default() };
    let texts = &text::STEP[step];
    html! {
        <main class="lesson" id={Page::CONTENT} tabindex="-1" data-testid="lesson" data-step={(step + 1).to_string()}>
            <header class="lesson-head">
                <h1>{ text::TITLE }</h1>
                { tools(lesson, &controller) }
                <nav aria-label={text::STEPS}>
                    <ol>
                        for (index, texts) in text::STEP.iter().enumerate() {
                            <li>
                                <a href={Page::step_fragment(index)} aria-current={(index == step).then_some("step")}>
                                    <span class="lesson-number">{ index + 1 }</span><span>{ texts.title }</span>
                                </a>
                            </li>
                        }
                    </ol>
                </nav>
            </header>
            if let EngineState::Failed(problem) = engine {
                { engine_failure(problem, &controller) }
            }
            if let Some(failure) = &lesson.failure {
                {{
                    let (what, remedy) = text::failure(failure);
                    message(Message::error("lesson-photo", what, remedy))
                }}
            }
            <section class="lesson-step" aria-labelledby="lesson-step">
                <h2 id="lesson-step" ref={head} tabindex="-1">{ texts.title }</h2>
                <p class="lead">{ texts.about }</p>
                { content(props, &controller) }
                <aside class="lesson-questions" aria-label={text::DISCUSS}>
                    <h3>{ text::DISCUSS }</h3>
                    <ul>
                        for question in texts.questions {
                            <li>{ question }</li>
                        }
                    </ul>
                </aside>
            </section>
            { footer(step) }
        </main>
    }
}

/// The content of the current step.
fn content(props: &LessonPageProps, controller: &Controller) -> Html {
    let State { lesson, explain, .. } = &props.state;
    let dispatch = props.dispatch.reform(Action::Lesson);
    let face = lesson.face.as_ref().and_then(|subject| Some((subject, subject.face()?)));
    match (lesson.step, face, &lesson.layers) {
        (4, ..) => curves(&props.state),
        (5, ..) => limits(controller),
        (_, None, _) => {
            html! { <p class="hint" role="status"><span class="spinner" aria-hidden="true" />{ " " }{ text::WAIT }</p> }
        }
        (0, Some((subject, _)), _) => input(lesson, subject),
        (3, Some((_, face)), _) => html! {
            <FailuresStep face={face.clone()} patch={lesson.patch} explain={explain.clone()} dispatch={props.dispatch.clone()} />
        },
        (_, _, None) => html! {
            <p class="hint" role="status" data-testid="lesson-layers-open">
                { explain_text::wait_or_failure(text::WAIT, explain.failure.as_ref()) }
            </p>
        },
        (1, Some((_, face)), Some(layers)) => layers_step(layers, &face.crop, lesson.filter, &dispatch),
        (_, Some((_, face)), Some(layers)) => html! {
            <ConfidenceStep face={face.clone()} layers={Rc::clone(layers)} odd={explain.of(Subject::NonFaces).cloned()} />
        },
    }
}

/// The photo's name, and buttons to use another one.
fn tools(lesson: &Lesson, controller: &Controller) -> Html {
    let on_files = {
        let controller = controller.clone();
        Callback::from(move |files| controller.lesson.open_file(files))
    };
    let sample = {
        let controller = controller.clone();
        Callback::from(move |_| controller.open_lesson_sample())
    };
    let own = lesson.face.as_ref().is_some_and(|face| face.name != PhotoName::SAMPLE);
    html! {
        <div class="tools">
            if let Some(face) = &lesson.face {
                <span class="hint" data-testid="lesson-name">{ &*face.name }</span>
            }
            if own || lesson.failure.is_some() {
                <button type="button" class="button" data-testid="lesson-sample" onclick={sample}>{ text::USE_SAMPLE }</button>
            }
            {
                file_button(FileButton {
                    hint: Some(text::OWN_PHOTO_HINT),
                    accept: Some("image/*"),
                    ..FileButton::new("lesson-input", text::OWN_PHOTO, Picture::Photo, on_files)
                })
            }
        </div>
    }
}

/// The buttons back and next, and the progress.
fn footer(step: usize) -> Html {
    let link = |there: bool, to: usize, testid: &'static str, content: Html| {
        html! {
            if there {
                <a class="button primary" href={Page::step_fragment(to)} data-testid={testid}>{ content }</a>
            } else {
                <span />
            }
        }
    };
    html! {
        <footer class="lesson-foot">
            {
                link(step > 0, step.saturating_sub(1), "lesson-back", html! {
                    <>{ icon(Picture::Back) }{ text::BACK }</>
                })
            }
            <label class="lesson-place" title={text::KEYS}>
                <progress max={Lesson::STEPS.to_string()} value={(step + 1).to_string()} />
                <span data-testid="lesson-place">{ text::place(step + 1, Lesson::STEPS) }</span>
            </label>
            {
                link(step + 1 < Lesson::STEPS, step + 1, "lesson-next", html! {
                    <>{ text::NEXT }{ icon(Picture::Next) }</>
                })
            }
        </footer>
    }
}

/// Recognizes the sample, and requests the activations whenever the face or the network changes.
#[yew::hook]
fn use_face(state: &State, controller: Option<&Controller>) {
    let ready = matches!(state.engine, EngineState::Ready { .. });
    {
        let (controller, needed) = (controller.cloned(), state.lesson.face.is_none());
        use_effect_with((), move |()| {
            if let Some(controller) = controller.filter(|_| needed) {
                controller.open_lesson_sample();
            }
        });
    }
    let crop = state.lesson.face.as_ref().and_then(|face| Some(face.face()?.crop.clone())).filter(|_| ready);
    let controller = controller.cloned();
    use_effect_with((crop, state.network.clone()), move |(crop, _)| {
        if let (Some(controller), Some(crop)) = (controller, crop) {
            controller.explanation.request_layers(crop.clone());
        }
    });
}

/// The heading of the step; changing the step scrolls to it.
#[yew::hook]
fn use_step_head(step: usize) -> yew::NodeRef {
    let head = use_node_ref();
    let before = use_mut_ref(|| None);
    {
        let head = head.clone();
        use_effect_with(step, move |step| {
            if before.replace(Some(*step)).is_some()
                && let Some(head) = head.cast::<HtmlElement>()
            {
                window().scroll_to_with_x_and_y(0.0, 0.0);
                head.focus().ok();
            }
        });
    }
    head
}
