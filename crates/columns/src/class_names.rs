//! The names that a file gives to its numbered classes.

/// Names of classes, and the number of the first one.
#[derive(Debug, PartialEq, Eq)]
pub struct ClassNames {
    names: Vec<String>,
    first: i64,
}

impl ClassNames {
    /// The names for the numbers that occur: they count from 0, unless there is no 0 and a number equal to the count of names;
    /// then from 1. `None` if the numbers fit neither, as their names are not known then.
    pub fn new(names: Vec<String>, numbers: impl IntoIterator<Item = i64>) -> Option<Self> {
        let count = names.len() as i64;
        let (mut has_zero, mut highest) = (false, 0);
        for number in numbers {
            has_zero |= number == 0;
            highest = highest.max(number);
        }
        let first = i64::from(!has_zero && highest == count && count > 0);
        // with a 0, the numbers beyond the names are of no class
        (has_zero || highest <= count).then_some(Self { names, first })
    }

    /// The name of the class with this number.
    pub fn of_number(&self, number: i64) -> Option<&String> {
        self.at(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    /// The name at this position.
    pub fn at(&self, index: usize) -> Option<&String> {
        self.names.get(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_count_from_0_or_1() {
        let names = || ["a", "b", "c"].map(str::to_owned).to_vec();
        let of = |numbers: &[i64]| {
            let names = ClassNames::new(names(), numbers.iter().copied())?;
            Some([0, 1, 2, 3, 4].map(|number| names.of_number(number).map_or("-", |name| name)).concat())
        };
        for numbers in [&[0, 1, 2][..], &[0], &[1, 2], &[], &[-1, 0, 2], &[0, 1, 2, 3], &[0, 9]] {
            assert_eq!(of(numbers).unwrap(), "abc--", "{numbers:?}");
        }
        for numbers in [&[1, 2, 3][..], &[3], &[-1, 3, 2]] {
            assert_eq!(of(numbers).unwrap(), "-abc-", "{numbers:?}");
        }
        for numbers in [&[1, 2, 3, 4][..], &[4], &[i64::MAX]] {
            assert_eq!(of(numbers), None, "{numbers:?}");
        }
        assert_eq!(ClassNames::new(names(), [0]).unwrap().of_number(i64::MIN), None);
        assert_eq!(ClassNames::new(names(), [3]).unwrap().at(0).unwrap(), "a");
    }
}
