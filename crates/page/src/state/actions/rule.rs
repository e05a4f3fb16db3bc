//! A rule: which look, how long and how sure, and what happens.

use std::rc::Rc;

use gloo::file::ObjectUrl;
use mien_core::expression::Expression;

/// The shortest and the longest hold in seconds.
pub const SECONDS: (f32, f32) = (0.0, 10.0);
/// The lowest and the highest probability in percent.
pub const PERCENT: (u32, u32) = (20, 95);
/// Maximum number of characters of a word.
pub const WORD: usize = 60;

/// What happens when a rule fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A word is shown.
    Word,
    /// A picture is shown.
    Picture,
    /// A sound is played.
    Sound,
    /// It is counted, and the count shown.
    Count,
    /// The page that embeds this one gets a message.
    Message,
}

impl Deed {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Word, Self::Picture, Self::Sound, Self::Count, Self::Message];

    /// Its name in storage and attributes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Word => "word",
            Self::Picture => "picture",
            Self::Sound => "sound",
            Self::Count => "count",
            Self::Message => "message",
        }
    }
}

/// A sound: tones one after the other, or at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    /// One high tone.
    High,
    /// One low tone.
    Low,
    /// Three rising tones.
    Rising,
    /// Three falling tones.
    Falling,
    /// Three tones at once.
    Chord,
}

impl Sound {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::High, Self::Low, Self::Rising, Self::Falling, Self::Chord];

    /// Its name in storage.
    pub const fn name(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Low => "low",
            Self::Rising => "rising",
            Self::Falling => "falling",
            Self::Chord => "chord",
        }
    }

    /// Its tones: when each begins in seconds, and its frequency in hertz.
    pub const fn tones(self) -> &'static [(f64, f32)] {
        match self {
            Self::High => &[(0.0, 880.0)],
            Self::Low => &[(0.0, 220.0)],
            Self::Rising => &[(0.0, 523.25), (0.15, 659.25), (0.3, 783.99)],
            Self::Falling => &[(0.0, 783.99), (0.15, 659.25), (0.3, 523.25)],
            Self::Chord => &[(0.0, 523.25), (0.0, 659.25), (0.0, 783.99)],
        }
    }
}

/// A picture that the visitor chose. It is in memory only.
#[derive(Clone)]
pub struct ChosenPicture {
    /// The name of the file.
    pub name: Rc<str>,
    /// Its address in this page.
    pub url: ObjectUrl,
}

impl PartialEq for ChosenPicture {
    fn eq(&self, other: &Self) -> bool {
        *self.url == *other.url
    }
}

/// A rule.
#[derive(Clone, PartialEq)]
pub struct Rule {
    /// Its number.
    pub id: u32,
    /// The look.
    pub class: Expression,
    /// Seconds for which it must be held.
    pub seconds: f32,
    /// The probability that it must have, in percent.
    pub percent: u32,
    /// What happens.
    pub deed: Deed,
    /// The word to show.
    pub word: Rc<str>,
    /// The sound to play.
    pub sound: Sound,
    /// The picture to show.
    pub picture: Option<ChosenPicture>,
}

impl Rule {
    /// Whether it shows something over the picture: a count, a word that is not empty, a picture that is chosen.
    pub fn shows(&self) -> bool {
        match self.deed {
            Deed::Word => !self.word.trim().is_empty(),
            Deed::Picture => self.picture.is_some(),
            Deed::Count => true,
            Deed::Sound | Deed::Message => false,
        }
    }

    /// A rule to begin with.
    pub fn new(id: u32, word: &str) -> Self {
        Self {
            id,
            class: Expression::Happy,
            seconds: 1.0,
            percent: 60,
            deed: Deed::Word,
            word: word.into(),
            sound: Sound::Rising,
            picture: None,
        }
    }

    /// The probability that the look must have, 0 to 1.
    pub fn share(&self) -> f32 {
        self.percent as f32 / 100.0
    }

    /// The rule with all values in their ranges, and a word of one line.
    #[must_use]
    pub fn within_limits(mut self) -> Self {
        self.seconds = if self.seconds.is_nan() { 1.0 } else { self.seconds.clamp(SECONDS.0, SECONDS.1) };
        self.percent = self.percent.clamp(PERCENT.0, PERCENT.1);
        if self.word.chars().count() > WORD || self.word.contains(char::is_control) {
            self.word = self.word.chars().filter(|letter| !letter.is_control()).take(WORD).collect::<String>().into();
        }
        self
    }
}

/// Rules as text, a line each, with the seconds in tenths: integers are read with much less code. Pictures are left out.
pub fn to_text(rules: &[Rule]) -> String {
    let mut text = String::new();
    for rule in rules {
        let tenths = (rule.seconds * 10.0).round() as u32;
        let (class, deed, sound) = (rule.class.name(), rule.deed.name(), rule.sound.name());
        text += &format!("{class}\t{tenths}\t{}\t{deed}\t{sound}\t{}\n", rule.percent, rule.word);
    }
    text
}

/// The rules of a text. What is no rule is left out.
pub fn from_text(text: &str) -> Vec<Rule> {
    text.lines().filter_map(from_line).enumerate().map(|(index, rule)| Rule { id: index as u32 + 1, ..rule }).collect()
}

fn from_line(line: &str) -> Option<Rule> {
    let mut parts = line.splitn(6, '\t');
    let class = parts.next()?;
    let class = Expression::ALL.into_iter().find(|known| known.name() == class)?;
    let (tenths, percent): (u32, u32) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let (deed, sound) = (parts.next()?, parts.next()?);
    let deed = Deed::ALL.into_iter().find(|known| known.name() == deed)?;
    let sound = Sound::ALL.into_iter().find(|known| known.name() == sound)?;
    let seconds = tenths as f32 / 10.0;
    let rule = Rule { class, seconds, percent, deed, sound, ..Rule::new(0, parts.next()?) };
    Some(rule.within_limits())
}
