//! Icons, drawn as lines on a 24×24 grid. They accompany text, so they are hidden from screen readers.

use yew::{Html, html};

/// An icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Picture {
    Back,
    Bolt,
    Camera,
    Close,
    Copy,
    Down,
    Download,
    Film,
    Flip,
    Folder,
    Full,
    Plus,
    Save,
    Map,
    Mien,
    Moon,
    Next,
    Pause,
    Pencil,
    Photo,
    Play,
    Printer,
    Record,
    Shutter,
    Stop,
    Sun,
    System,
    Table,
    Trash,
    Undo,
    Unsure,
    Up,
    Warning,
    Word,
}

impl Picture {
    const fn path(self) -> &'static str {
        match self {
            Self::Back => "M15 5l-7 7 7 7",
            Self::Bolt => "M13 3L5 14h6l-1 7 8-11h-6z",
            Self::Camera => {
                "M3 7.5A1.5 1.5 0 0 1 4.5 6h9A1.5 1.5 0 0 1 15 7.5v9a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 3 16.5zM15 11l6-3.5v9L15 13"
            }
            Self::Close => "M6 6l12 12M18 6L6 18",
            Self::Copy => "M9 9h10v11H9zM9 15H5V4h10v5",
            Self::Down => "M6 9l6 6 6-6",
            Self::Download => "M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14",
            Self::Film => "M4 5h16v14H4zM8 5v14M16 5v14M4 9.5h4M4 14.5h4M16 9.5h4M16 14.5h4",
            Self::Flip => "M12 4v2M12 9v2M12 13v2M12 18v2M9 7L4 17h5zM15 7l5 10h-5z",
            Self::Folder => "M3.5 6h6l2 2.5h9V19h-17z",
            Self::Full => "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
            Self::Plus => "M12 5v14M5 12h14",
            Self::Save => "M5 4h12l3 3v13H5zM8 4v5h8V4M8 20v-6h8v6",
            Self::Map => "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 11.9v.2",
            Self::Mien => {
                "M12 3c5 0 8 3.5 8 8.5S17 21 12 21s-8-4.5-8-9.5S7 3 12 3zM9 9.5v1.2M15 9.5v1.2M8.5 15c2 2 5 2 7 .2"
            }
            Self::Moon => "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
            Self::Next => "M9 5l7 7-7 7",
            Self::Pause => "M8 5v14M16 5v14",
            Self::Pencil => "M5 19l1-4.5L16.5 4 20 7.5 9.5 18zM14 6.5l3.5 3.5",
            Self::Photo => "M4 5h16v14H4zM4 16l4.5-4.5 4 4L15 13l5 4.5M15.5 8.8v.4",
            Self::Play => "M7 5l12 7-12 7z",
            Self::Printer => "M7 8V4h10v4M7 17H4V8h16v9h-3M7 13h10v7H7z",
            Self::Record => "M12 6a6 6 0 1 0 0 12 6 6 0 0 0 0-12z",
            Self::Shutter => "M4 8h3.5L9 5.5h6L16.5 8H20v11H4zM12 10a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4z",
            Self::Stop => "M6.5 6.5h11v11h-11z",
            Self::Sun => {
                "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4"
            }
            Self::System => "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 4v16M12 8h6.5M12 12h8M12 16h6.5",
            Self::Table => "M4 5h16v14H4zM4 10h16M4 14.5h16M9.5 5v14",
            Self::Undo => "M8.5 5L4.5 9l4 4M5 9h9a5 5 0 0 1 0 10H8",
            Self::Trash => "M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7",
            Self::Unsure => {
                "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.5 9.5a2.5 2.5 0 1 1 3.6 2.3c-.8.4-1.1.9-1.1 1.7M12 16.6v.2"
            }
            Self::Up => "M6 15l6-6 6 6",
            Self::Warning => "M12 4l9 16H3zM12 10v4.5M12 17v.2",
            Self::Word => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5.5M12 7.5v.2",
        }
    }
}

/// An icon in the text colour.
pub fn icon(picture: Picture) -> Html {
    html! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d={picture.path()} />
        </svg>
    }
}
