//! Sorting of short lists.

use std::cmp::Ordering;

/// A stable sort for short lists (a few dozen items). The standard library's sort would add thirty times as much code
/// per element type.
pub fn sort_short<T>(items: &mut [T], order: impl Fn(&T, &T) -> Ordering) {
    for end in 1..items.len() {
        let mut place = end;
        while place > 0 && order(&items[place], &items[place - 1]).is_lt() {
            items.swap(place, place - 1);
            place -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::sort_short;

    #[test]
    fn lists_are_in_order_and_equals_as_they_were() {
        let mut items = [(2, 'a'), (1, 'b'), (2, 'c'), (0, 'd'), (1, 'e')];
        sort_short(&mut items, |a, b| a.0.cmp(&b.0));
        assert_eq!(items, [(0, 'd'), (1, 'b'), (1, 'e'), (2, 'a'), (2, 'c')]);
        sort_short(&mut [0; 0], |a, b| a.cmp(b));
    }

    #[test]
    fn every_order_of_a_list_ends_up_the_same() {
        let sorted = [1, 2, 3, 3];
        for a in 0..4 {
            for b in (0..4).filter(|b| *b != a) {
                for c in (0..4).filter(|c| ![a, b].contains(c)) {
                    let mut list = [sorted[a], sorted[b], sorted[c], sorted[6 - a - b - c]];
                    sort_short(&mut list, Ord::cmp);
                    assert_eq!(list, sorted);
                }
            }
        }
        let mut descending = [1, 3, 2];
        sort_short(&mut descending, |a, b| b.cmp(a));
        assert_eq!(descending, [3, 2, 1]);
    }
}
