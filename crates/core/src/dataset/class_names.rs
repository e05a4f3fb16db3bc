//! Class names and splits in what people write: names of folders and files, cells of a table.

use super::Split;
use super::paths::folders;
use super::store::Dataset;
use crate::expression::Expression;

/// What a text says about a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// One of the seven classes by name.
    Class(Expression),
    /// A number; which class it means depends on the order.
    Number(u32),
    /// A class that FER2013 does not have, such as contempt.
    Other,
}

/// Words beside the class in the names of folders and in cells.
const DECORATIONS: [&str; 34] = [
    "image",
    "images",
    "img",
    "imgs",
    "picture",
    "pictures",
    "photo",
    "photos",
    "face",
    "faces",
    "bilder",
    "gesichter",
    "visages",
    "expression",
    "expressions",
    "emotion",
    "emotions",
    "class",
    "classe",
    "klasse",
    "label",
    "labels",
    "list",
    "data",
    "dataset",
    "set",
    "crop",
    "crops",
    "cropped",
    "aligned",
    "folder",
    "dir",
    "fer",
    "ferplus",
];

/// Words that stand beside the number of a class.
const NUMBER_WORDS: [&str; 6] = ["class", "classe", "klasse", "label", "emotion", "expression"];

/// Words of splits beside the class.
const SPLIT_WORDS: [&str; 12] = [
    "train",
    "training",
    "test",
    "testing",
    "validation",
    "valid",
    "val",
    "dev",
    "public",
    "private",
    "eval",
    "evaluation",
];

/// The class that a word means in English, German or French, in lower case and without accents.
fn word(word: &str) -> Option<Label> {
    Some(Label::Class(match word {
        "angry" | "anger" | "angery" | "wut" | "wutend" | "wuetend" | "arger" | "aerger" | "argerlich"
        | "aergerlich" | "zorn" | "zornig" | "colere" | "encolere" | "fache" | "fachee" => Expression::Angry,
        "disgust" | "disgusted" | "disguest" | "disgusting" | "ekel" | "angeekelt" | "angewidert" | "degout"
        | "degoute" | "degoutee" => Expression::Disgust,
        "fear" | "fearful" | "fearfull" | "afraid" | "scared" | "angst" | "angstlich" | "aengstlich" | "furcht"
        | "peur" | "effraye" | "effrayee" | "apeure" => Expression::Fear,
        "happy" | "happiness" | "happyness" | "hapiness" | "happines" | "joy" | "joyful" | "freude" | "frohlich"
        | "froehlich" | "glucklich" | "gluecklich" | "freudig" | "joie" | "joyeux" | "joyeuse" | "heureux"
        | "heureuse" => Expression::Happy,
        "sad" | "sadness" | "sadnes" | "trauer" | "traurig" | "traurigkeit" | "triste" | "tristesse" => Expression::Sad,
        "surprise" | "surprised" | "suprise" | "suprised" | "surpise" | "surprize" | "surprized" | "uberraschung"
        | "ueberraschung" | "uberrascht" | "ueberrascht" | "erstaunt" | "erstaunen" | "surpris" => Expression::Surprise,
        "neutral" | "neutrality" | "neutrale" | "netural" | "nuetral" | "calm" | "neutre" => Expression::Neutral,
        "contempt" | "contemptuous" | "verachtung" | "verachtlich" | "mepris" | "unknown" | "uncertain" | "none"
        | "non" | "nonface" | "noface" => return Some(Label::Other),
        _ => return None,
    }))
}

/// Words that negate the next one, in English, German or French.
const NEGATIONS: [&str; 14] =
    ["not", "non", "no", "never", "without", "nicht", "kein", "keine", "ohne", "un", "pas", "sans", "jamais", "anti"];

/// The class of a usual abbreviation; only a whole name counts, not a word in a name.
fn abbreviation(word: &str) -> Option<Expression> {
    Some(match word {
        "ang" => Expression::Angry,
        "dis" => Expression::Disgust,
        "fea" => Expression::Fear,
        "hap" => Expression::Happy,
        "sur" => Expression::Surprise,
        "neu" => Expression::Neutral,
        _ => return None,
    })
}

/// What a folder or a cell says about the class: its number or its name, which may have decorations (`0_angry`,
/// `happy_images`, `class 3`). `None` if it says nothing.
pub(super) fn label(text: &str) -> Option<Label> {
    let text = text.trim();
    if let Some(number) = whole_number(text) {
        return Some(Label::Number(number));
    }
    let words = words(text);
    if !words.is_empty() && words.iter().all(|word| NUMBER_WORDS.contains(&word.as_str())) {
        let mut numbers = text.split(|letter: char| !letter.is_ascii_digit()).filter(|digits| !digits.is_empty());
        let first = numbers.next().and_then(whole_number);
        return first.filter(|_| numbers.next().is_none()).map(Label::Number);
    }
    let is_beside = |word: &String| DECORATIONS.contains(&word.as_str()) || SPLIT_WORDS.contains(&word.as_str());
    let name: String = words.into_iter().filter(|word| !is_beside(word)).collect();
    word(&name).or_else(|| abbreviation(&name).map(Label::Class))
}

/// The class that the name of a file says: in JAFFE's form (`KA.AN1.39.tiff`), in KDEF's (`AF01ANS.JPG`), or by a word.
/// `None` if it says none, or several.
pub(super) fn class_of_file(name: &str) -> Option<Expression> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    if let Some(class) = jaffe(stem).or_else(|| kdef(stem)) {
        return Some(class);
    }
    let mut found = None;
    // a digit parts words: `no_7_happy` is the seventh
    for words in name.split(|letter: char| letter.is_ascii_digit()).map(words) {
        let mut is_negated = false;
        for each in &words {
            match (word(each), found) {
                (Some(Label::Class(class)), None) if !is_negated => found = Some(class),
                (Some(Label::Class(class)), Some(other)) if class == other && !is_negated => {}
                (None, _) => {}
                _ => return None,
            }
            is_negated = NEGATIONS.contains(&each.as_str());
        }
    }
    found
}

/// The person in the name of a file in JAFFE's form or KDEF's; `None` in any other.
pub(super) fn person_of_file(name: &str) -> Option<String> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    // without KDEF's session
    let person = if jaffe(stem).is_some() { stem.get(..2) } else { kdef(stem).and_then(|_| stem.get(1..4)) };
    person.map(str::to_ascii_uppercase)
}

/// A person's initials, the code of the expression with its number, and the image's number.
fn jaffe(stem: &str) -> Option<Expression> {
    let mut parts = stem.split('.');
    let (person, code, image) = (parts.next()?, parts.next()?, parts.next()?);
    let is_letter = |letter: u8| letter.is_ascii_alphabetic();
    let is_digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    if parts.next().is_some()
        || person.len() != 2
        || !person.bytes().all(is_letter)
        || image.is_empty()
        || !is_digits(image)
    {
        return None;
    }
    code.get(2..).filter(|number| is_digits(number))?;
    two_letters(code.get(..2)?)
}

/// Session, sex, the person's two digits, the code of the expression, and the angle.
fn kdef(stem: &str) -> Option<Expression> {
    let upper = stem.to_ascii_uppercase();
    let (head, rest) = (upper.get(..4)?, upper.get(4..)?);
    let &[session, sex, tens, ones] = head.as_bytes() else { return None };
    let is_person = tens.is_ascii_digit() && ones.is_ascii_digit();
    let angle = rest.get(2..)?;
    if !b"AB".contains(&session)
        || !b"FM".contains(&sex)
        || !is_person
        || !["FL", "HL", "S", "HR", "FR"].contains(&angle)
    {
        return None;
    }
    two_letters(rest.get(..2)?)
}

/// The codes of JAFFE and KDEF.
fn two_letters(code: &str) -> Option<Expression> {
    Some(match code.to_ascii_uppercase().as_str() {
        "AN" => Expression::Angry,
        "DI" => Expression::Disgust,
        "FE" | "AF" => Expression::Fear,
        "HA" => Expression::Happy,
        "SA" => Expression::Sad,
        "SU" => Expression::Surprise,
        "NE" => Expression::Neutral,
        _ => return None,
    })
}

/// A whole number, also as pandas writes it in a column with gaps: `3.0`.
pub(super) fn whole_number(text: &str) -> Option<u32> {
    let (whole, zeros) = text.split_once('.').unwrap_or((text, "0"));
    let is_whole = (1..=4).contains(&whole.len()) && whole.bytes().all(|digit| digit.is_ascii_digit());
    (is_whole && zeros.bytes().all(|digit| digit == b'0')).then(|| whole.parse().ok())?
}

/// The words of a name, in lower case and without accents: `HappyFaces_01` has `happy` and `faces`.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut was_lower = false;
    for letter in text.chars() {
        // combining accents, as macOS writes names
        if ('\u{300}'..='\u{36f}').contains(&letter) {
            continue;
        }
        if (!letter.is_alphabetic() || was_lower && letter.is_uppercase()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        was_lower = letter.is_lowercase();
        if letter.is_alphabetic() {
            letter.to_lowercase().for_each(|letter| word.push_str(plain(letter, &mut [0; 4])));
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// A letter without its accent.
fn plain(letter: char, buffer: &mut [u8; 4]) -> &str {
    match letter {
        'ä' | 'à' | 'â' => "a",
        'é' | 'è' | 'ê' | 'ë' => "e",
        'î' | 'ï' => "i",
        'ö' | 'ô' => "o",
        'ü' | 'û' | 'ù' => "u",
        'ç' => "c",
        'ß' => "ss",
        _ => letter.encode_utf8(buffer),
    }
}

/// What a word says about the split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// One of FER2013's splits.
    Split(Split),
    Validation,
    /// PublicTest, or PrivateTest beside a validation split.
    Test,
}

/// The split that the nearest folder of a path names.
pub(super) fn role_of(path: &str) -> Option<Role> {
    folders(path).find_map(role)
}

/// The split that a folder, a table or a cell names (`train`, `Test set`, `private_test`, `train_happy`).
pub(super) fn role(text: &str) -> Option<Role> {
    let words = words(text).into_iter();
    let name: String = words.filter(|each| !DECORATIONS.contains(&each.as_str()) && word(each).is_none()).collect();
    Some(match name.as_str() {
        "train" | "training" => Role::Split(Split::Training),
        "publictest" => Role::Split(Split::PublicTest),
        "privatetest" => Role::Split(Split::PrivateTest),
        "validation" | "valid" | "val" | "dev" | "eval" | "evaluation" => Role::Validation,
        "test" | "testing" => Role::Test,
        _ => return None,
    })
}

/// The samples whose split depends on others: `test` is PublicTest, or PrivateTest if there is a validation split too.
#[derive(Debug, Default)]
pub(super) struct Roles {
    tests: Vec<usize>,
    has_validation: bool,
}

impl Roles {
    /// The split of a sample for now.
    pub fn split(&mut self, role: Role, sample: usize) -> Split {
        match role {
            Role::Split(split) => split,
            Role::Validation => {
                self.has_validation = true;
                Split::PublicTest
            }
            Role::Test => {
                self.tests.push(sample);
                Split::PublicTest
            }
        }
    }

    /// Sets the final splits.
    pub fn settle(&self, dataset: &mut Dataset) {
        if self.has_validation {
            for &sample in &self.tests {
                dataset.splits[sample] = Split::PrivateTest;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_classes_are_read_in_three_languages() {
        for (names, class) in [
            (
                &["angry", "Anger", "0_angry", "WUT", "Ärger", "A\u{308}rger", "colère", "en colère", "ang"][..],
                Expression::Angry,
            ),
            (&["disgust", "Disgusted", "1. Disgust", "Ekel", "dégoût", "Disguest"], Expression::Disgust),
            (&["fear", "Fearful", "afraid", "Angst", "peur", "Fear_faces"], Expression::Fear),
            (
                &["happy", "happy_images", "HappyFaces", "train-happy", "joy", "Freude", "glücklich", "joie"],
                Expression::Happy,
            ),
            (&["sad", "sadness", "04 - sad", "traurig", "tristesse"], Expression::Sad),
            (
                &["surprise", "Suprise", "surprised", "Überraschung", "surpris", "emotion_surprise"],
                Expression::Surprise,
            ),
            (&["neutral", "calm", "neutre", "6neutral"], Expression::Neutral),
        ] {
            for name in names {
                assert_eq!(label(name), Some(Label::Class(class)), "{name}");
            }
        }
        for name in
            ["", "images", "not_happy", "happy_or_sad", "bored", "danger", "sad dogs", "train", "subject 4", "4a", "-1"]
        {
            assert_eq!(label(name), None, "{name}");
        }
        for name in ["contempt", "Verachtung", "7_contempt", "Non-face", "Unknown"] {
            assert_eq!(label(name), Some(Label::Other), "{name}");
        }
        for (name, number) in
            [("0", 0), ("07", 7), ("3.0", 3), (" 5 ", 5), ("class_3", 3), ("label 12", 12), ("1024", 1024)]
        {
            assert_eq!(label(name), Some(Label::Number(number)), "{name}");
        }
        for name in ["3.5", "99999", "class_1_2", "+3", "label"] {
            assert_eq!(label(name), None, "{name}");
        }
    }

    #[test]
    fn file_names_may_give_the_class() {
        for (name, class) in [
            ("KA.AN1.39.tiff", Expression::Angry),
            ("ym.su3.62.png", Expression::Surprise),
            ("AF01ANS.JPG", Expression::Angry),
            ("BM35AFHR.JPG", Expression::Fear),
            ("AM08NEFL.JPG", Expression::Neutral),
            ("Anger.jpg", Expression::Angry),
            ("S012_004_happy_0001.png", Expression::Happy),
            ("subject01.surprised", Expression::Surprise),
            ("PrivateTest_123_sad.png", Expression::Sad),
            ("no_12_happy.png", Expression::Happy),
            ("happy_not_blurred.png", Expression::Happy),
        ] {
            assert_eq!(class_of_file(name), Some(class), "{name}");
        }
        for name in [
            "1.jpg",
            "happy_sad.jpg",
            "happy_contempt.jpg",
            "not_happy_0.png",
            "NotHappy1.png",
            "non-happy_0.png",
            "no_happy.png",
            "un-happy.png",
            "nicht_glücklich_3.jpg",
            "pas-triste.png",
            "S01_happy_not_sad.png",
            "KA.XX1.39.png",
            "AF01ANX.JPG",
            "é.jpg",
            "ab",
            "portrait.jpg",
        ] {
            assert_eq!(class_of_file(name), None, "{name}");
        }
    }

    #[test]
    fn file_names_may_give_the_person() {
        for (name, person) in [
            ("KA.AN1.39.tiff", Some("KA")),
            ("ym.su3.62.png", Some("YM")),
            ("AF01ANS.JPG", Some("F01")),
            ("bm35afhr.jpg", Some("M35")),
            ("S012_004_happy_0001.png", None),
            ("Anger.jpg", None),
            ("KA.XX1.39.png", None),
        ] {
            assert_eq!(person_of_file(name).as_deref(), person, "{name}");
        }
    }

    #[test]
    fn splits_are_read_from_words() {
        for (name, expected) in [
            ("train", Role::Split(Split::Training)),
            ("TRAINING", Role::Split(Split::Training)),
            ("train_images", Role::Split(Split::Training)),
            ("train_happy", Role::Split(Split::Training)),
            ("PublicTest", Role::Split(Split::PublicTest)),
            ("private_test", Role::Split(Split::PrivateTest)),
            ("Val", Role::Validation),
            ("eval", Role::Validation),
            ("Evaluation", Role::Validation),
            ("FER2013Train", Role::Split(Split::Training)),
            ("FER2013Valid", Role::Validation),
            ("FER2013Test", Role::Test),
            ("FERPlus_test", Role::Test),
            ("test set", Role::Test),
        ] {
            assert_eq!(role(name), Some(expected), "{name}");
        }
        assert_eq!((role("latest"), role("happy"), role("")), (None, None, None));
        assert_eq!((role("fer2013"), role("evaluated"), label("fer2013")), (None, None, None));
    }
}
