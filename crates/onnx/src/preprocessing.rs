//! From a crop to the input of a model.

use std::str::FromStr;

use mien_core::network::OnnxScalingFault;
use mien_core::vision::Crop;

use crate::OnnxError;

/// How grey levels become the values that a model takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scaling {
    /// Each image with zero mean and unit standard deviation, at least 8 grey levels: that of mien's own networks
    /// ([`Crop::normalize`]).
    Crop,
    /// Levels from 0 to 1, normalized by the statistics of ImageNet, as in torchvision; grey models take those of the first channel.
    ImageNet,
    /// Levels from 0 to 1, minus the mean and divided by the deviation of each of three channels. They are the same for all channels of
    /// grey models.
    Fixed {
        /// The means, from 0 to 1.
        mean: [f32; 3],
        /// The deviations, from a millionth to 1.
        deviation: [f32; 3],
    },
}

impl Scaling {
    /// From 0 to 1.
    pub const UNIT: Self = Self::Fixed { mean: [0.0; 3], deviation: [1.0; 3] };
    /// From -1 to 1.
    pub const SIGNED: Self = Self::Fixed { mean: [0.5; 3], deviation: [0.5; 3] };
    /// From 0 to 255.
    pub const LEVELS: Self = Self::Fixed { mean: [0.0; 3], deviation: [1.0 / 255.0; 3] };

    /// The preprocessings with a name.
    pub const NAMED: [(&str, Self); 5] = [
        ("crop", Self::Crop),
        ("unit", Self::UNIT),
        ("signed", Self::SIGNED),
        ("imagenet", Self::ImageNet),
        ("levels", Self::LEVELS),
    ];

    /// What is wrong with its mean or deviation for images of so many channels.
    pub(crate) fn fault(&self, channels: usize) -> Option<OnnxScalingFault> {
        let Self::Fixed { mean, deviation } = self else { return None };
        let channels = u32::try_from(channels).ok();
        OnnxScalingFault::of_mean(mean, channels).or_else(|| OnnxScalingFault::of_deviation(deviation, channels))
    }

    /// Scales grey levels of an image, resized already, for a channel.
    fn apply(&self, levels: &[f32], crop: &Crop, channel: usize) -> Vec<f32> {
        let normalized = |mean: [f32; 3], deviation: [f32; 3]| {
            levels.iter().map(|level| (level / 255.0 - mean[channel]) / deviation[channel]).collect()
        };
        match *self {
            Self::Crop => {
                let (mean, deviation) = crop.mean_and_deviation();
                levels.iter().map(|level| (level - mean) / deviation).collect()
            }
            Self::LEVELS => levels.to_vec(),
            Self::ImageNet => normalized([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
            Self::Fixed { mean, deviation } => normalized(mean, deviation),
        }
    }
}

impl std::fmt::Display for Scaling {
    /// As it is read.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some((name, _)) = Self::NAMED.iter().find(|(_, scaling)| scaling == self) {
            return formatter.write_str(name);
        }
        let Self::Fixed { mean, deviation } = self else { return Ok(()) };
        let list = |values: &[f32; 3]| values.map(|value| value.to_string()).join(",");
        write!(formatter, "{}:{}", list(mean), list(deviation))
    }
}

impl FromStr for Scaling {
    type Err = OnnxError;

    /// Reads a name of [`Self::NAMED`], or `MEAN:DEVIATION` of levels from 0 to 1, which are from 0 to 1 as well, each one number or three
    /// with commas between.
    fn from_str(text: &str) -> Result<Self, OnnxError> {
        let refused = || OnnxError::Scaling(text.to_owned());
        if let Some((_, scaling)) = Self::NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim())) {
            return Ok(*scaling);
        }
        let channels = |text: &str, fault: fn(&[f32], Option<u32>) -> Option<OnnxScalingFault>| {
            let values: Option<Vec<f32>> = text.split(',').map(|value| value.trim().parse().ok()).collect();
            let values = values.unwrap_or_default();
            match (fault(&values, None), &values[..]) {
                (None, &[value]) => Ok([value; 3]),
                (None, &[red, green, blue]) => Ok([red, green, blue]),
                (Some(OnnxScalingFault::OutOfRange), _) => Err(OnnxError::OutOfRange(text.trim().to_owned())),
                (Some(OnnxScalingFault::TooSmall), _) => Err(OnnxError::Deviation(text.trim().to_owned())),
                _ => Err(refused()),
            }
        };
        let (mean, deviation) = text.split_once(':').ok_or_else(refused)?;
        let mean = channels(mean, OnnxScalingFault::of_mean)?;
        Ok(Self::Fixed { mean, deviation: channels(deviation, OnnxScalingFault::of_deviation)? })
    }
}

/// The order of the values of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `[batch, channels, side, side]`, as in PyTorch.
    ChannelsFirst,
    /// `[batch, side, side, channels]`, as in Keras; `[batch, side, side]` if there is no such axis.
    ChannelsLast,
}

impl Layout {
    /// The shape of so many images for an input of a rank.
    pub(crate) fn shape(self, images: usize, channels: usize, side: usize, rank: usize) -> Vec<usize> {
        match self {
            Self::ChannelsFirst => vec![images, channels, side, side],
            Self::ChannelsLast if rank == 3 => vec![images, side, side],
            Self::ChannelsLast => vec![images, side, side, channels],
        }
    }
}

/// From a grey crop of 48×48 pixels to what a model takes. Crops are resized bilinearly; models for colours get the grey levels in each
/// of three channels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preprocessing {
    /// Width and height of an image in pixels.
    pub side: usize,
    /// 1 or 3.
    pub channels: usize,
    /// The order of its values.
    pub layout: Layout,
    /// How they are scaled.
    pub scaling: Scaling,
}

impl Preprocessing {
    /// Where the value of a pixel's channel is in the values of an image; grey ones have one for all channels.
    pub(crate) fn place(&self, pixel: usize, channel: usize) -> usize {
        let channel = channel % self.channels;
        match self.layout {
            Layout::ChannelsFirst => channel * self.side * self.side + pixel,
            Layout::ChannelsLast => pixel * self.channels + channel,
        }
    }

    /// The values for a crop, in the order of the layout.
    pub fn image(&self, crop: &Crop) -> Vec<f32> {
        let levels = crop.resized(self.side);
        let planes: Vec<Vec<f32>> =
            (0..self.channels).map(|channel| self.scaling.apply(&levels, crop, channel)).collect();
        match self.layout {
            Layout::ChannelsFirst => planes.concat(),
            Layout::ChannelsLast => {
                (0..levels.len()).flat_map(|pixel| planes.iter().map(move |plane| plane[pixel])).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use mien_core::vision::CROP_PIXELS;

    use super::*;

    fn crop() -> Crop {
        Crop(Box::new(std::array::from_fn(|index| (index * 7 % 256) as u8)))
    }

    #[test]
    fn scalings_are_read() {
        assert_eq!("imagenet".parse(), Ok(Scaling::ImageNet));
        assert_eq!("0.5:0.5".parse(), Ok(Scaling::SIGNED));
        let each = Scaling::Fixed { mean: [0.1, 0.2, 0.3], deviation: [0.4; 3] };
        assert_eq!("0.1, 0.2,0.3:0.4".parse(), Ok(each));
        for scaling in [each, Scaling::Crop, Scaling::ImageNet, Scaling::LEVELS] {
            assert_eq!(scaling.to_string().parse(), Ok(scaling));
        }
        for wrong in ["", "0.5", "a:b", "1,2:1", "nan:1", "0:inf"] {
            assert_eq!(wrong.parse::<Scaling>(), Err(OnnxError::Scaling(wrong.to_owned())));
        }
        for wrong in ["0", "-1", "0.5,0,0.5"] {
            assert_eq!(format!("0.5:{wrong}").parse::<Scaling>(), Err(OnnxError::Deviation(wrong.to_owned())));
        }
        for (text, wrong) in
            [("127.5:0.5", "127.5"), ("0.5:58.4", "58.4"), ("-0.5: 0.5", "-0.5"), ("0.5:0.5,2,0.5", "0.5,2,0.5")]
        {
            assert_eq!(text.parse::<Scaling>(), Err(OnnxError::OutOfRange(wrong.to_owned())));
        }
        assert_eq!("5e-1:5e-1".parse(), Ok(Scaling::SIGNED));
    }

    #[test]
    fn values_for_each_channel_are_for_colours() {
        for text in ["0.485,0.456,0.406:0.229,0.224,0.225", "0.5,0.5,0.4:0.5", "0.5:0.4,0.5,0.5"] {
            assert_eq!(text.parse::<Scaling>().unwrap().fault(1), Some(OnnxScalingFault::OneChannel), "{text}");
            assert_eq!(text.parse::<Scaling>().unwrap().fault(3), None, "{text}");
        }
        for text in ["0.5:0.2", "0.5,0.5,0.5:0.2", "imagenet", "crop", "levels"] {
            assert_eq!(text.parse::<Scaling>().unwrap().fault(1), None, "{text}");
        }
    }

    #[test]
    fn own_networks_get_what_they_get_elsewhere() {
        let own = Preprocessing { side: 48, channels: 1, layout: Layout::ChannelsFirst, scaling: Scaling::Crop };
        assert_eq!(own.image(&crop()), crop().normalize());
    }

    #[test]
    fn colours_are_interleaved_or_not() {
        let first = Preprocessing { side: 48, channels: 3, layout: Layout::ChannelsFirst, scaling: Scaling::ImageNet };
        let last = Preprocessing { layout: Layout::ChannelsLast, ..first };
        let (first, last) = (first.image(&crop()), last.image(&crop()));
        let red = (crop().0[5] as f32 / 255.0 - 0.485) / 0.229;
        assert_eq!((first.len(), first[5], last[15]), (3 * CROP_PIXELS, red, red));
        assert_eq!(first[2 * CROP_PIXELS + 5], last[17]);
        let bytes = Preprocessing { side: 48, channels: 1, layout: Layout::ChannelsLast, scaling: Scaling::LEVELS };
        assert_eq!(bytes.image(&crop())[..3], [0.0, 7.0, 14.0]);
    }
}
