//! The colour space of a picture, as `VideoDecoderConfig.colorSpace` has it.

use matroska_demuxer::{Colour, MatrixCoefficients, Primaries, Range, TransferCharacteristics};
use mp4_atom::Colr;

/// The colours of a video as far as its file says, each as WebCodecs names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColorSpace {
    /// The primaries.
    pub primaries: Option<&'static str>,
    /// The transfer function.
    pub transfer: Option<&'static str>,
    /// The matrix.
    pub matrix: Option<&'static str>,
    /// Whether all values from 0 to 255 are used.
    pub full_range: Option<bool>,
}

impl ColorSpace {
    /// From the numbers of ITU-T H.273 in MP4.
    pub fn of_mp4(colr: &Colr) -> Option<Self> {
        let (primaries, transfer, matrix, full_range) = match *colr {
            Colr::Nclx { colour_primaries, transfer_characteristics, matrix_coefficients, full_range_flag } => {
                (colour_primaries, transfer_characteristics, matrix_coefficients, Some(full_range_flag))
            }
            Colr::Nclc { colour_primaries, transfer_characteristics, matrix_coefficients } => {
                (colour_primaries, transfer_characteristics, matrix_coefficients, None)
            }
            _ => return None,
        };
        let primaries = match primaries {
            1 => Some("bt709"),
            5 => Some("bt470bg"),
            6 => Some("smpte170m"),
            9 => Some("bt2020"),
            12 => Some("smpte432"),
            _ => None,
        };
        let transfer = match transfer {
            1 => Some("bt709"),
            6 => Some("smpte170m"),
            8 => Some("linear"),
            13 => Some("iec61966-2-1"),
            16 => Some("pq"),
            18 => Some("hlg"),
            _ => None,
        };
        let matrix = match matrix {
            0 => Some("rgb"),
            1 => Some("bt709"),
            5 => Some("bt470bg"),
            6 => Some("smpte170m"),
            9 => Some("bt2020-ncl"),
            _ => None,
        };
        Some(Self { primaries, transfer, matrix, full_range })
    }

    /// From the element of WebM.
    pub fn of_webm(colour: &Colour) -> Self {
        let primaries = colour.primaries().and_then(|primaries| match primaries {
            Primaries::Bt709 => Some("bt709"),
            Primaries::Bt601 => Some("bt470bg"),
            Primaries::Smpte170 => Some("smpte170m"),
            Primaries::Bt2020 => Some("bt2020"),
            _ => None,
        });
        let transfer = colour.transfer_characteristics().and_then(|transfer| match transfer {
            TransferCharacteristics::Bt709 => Some("bt709"),
            TransferCharacteristics::Smpte170 => Some("smpte170m"),
            TransferCharacteristics::Linear => Some("linear"),
            TransferCharacteristics::Iec61966_2_1 => Some("iec61966-2-1"),
            TransferCharacteristics::Bt2100 => Some("pq"),
            TransferCharacteristics::Hlg => Some("hlg"),
            _ => None,
        });
        let matrix = colour.matrix_coefficients().and_then(|matrix| match matrix {
            MatrixCoefficients::Identity => Some("rgb"),
            MatrixCoefficients::Bt709 => Some("bt709"),
            MatrixCoefficients::Bt470bg => Some("bt470bg"),
            MatrixCoefficients::Smpte170 => Some("smpte170m"),
            MatrixCoefficients::Bt2020Ncl => Some("bt2020-ncl"),
            _ => None,
        });
        let full_range = colour.range().and_then(|range| match range {
            Range::Broadcast => Some(false),
            Range::Full => Some(true),
            _ => None,
        });
        Self { primaries, transfer, matrix, full_range }
    }
}
