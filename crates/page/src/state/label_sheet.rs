//! The question which class each number of a dataset means, and the answer.

use std::rc::Rc;

use mien_core::dataset::{LabelOrder, LabelQuestion};
use mien_core::expression::Expression;

/// A dataset with integer labels, and the selection of their order so far.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelSheet {
    /// The name of the dataset.
    pub name: Rc<str>,
    /// The numbers, and what each order makes of them.
    pub question: Rc<LabelQuestion>,
    /// The selected order.
    pub choice: Option<OrderChoice>,
    /// What each number means in a custom order.
    pub own: Vec<OwnClass>,
}

/// An order to select.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderChoice {
    /// An order with a name, by the index of its reading.
    Named(usize),
    /// A custom order.
    Own,
}

/// What a number means in a custom order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OwnClass {
    /// Not selected yet.
    #[default]
    Open,
    /// A class.
    Class(Expression),
    /// None: its images are left out.
    LeftOut,
}

impl OwnClass {
    /// All values, in the order of the options.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Open].into_iter().chain(Expression::ALL.map(Self::Class)).chain([Self::LeftOut])
    }
}

/// What is missing or wrong before the dataset can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// No order is selected.
    Order,
    /// Nothing is selected for a number.
    Number(u32),
    /// A class is selected for two numbers.
    Twice(Expression),
}

impl LabelSheet {
    /// A question without an answer.
    pub fn new(name: Rc<str>, question: Rc<LabelQuestion>) -> Self {
        let own = vec![OwnClass::Open; question.numbers.len()];
        Self { name, question, choice: None, own }
    }

    /// Selects what the number at an index means, and with it the custom order.
    pub fn set_own(&mut self, index: usize, class: OwnClass) {
        if let Some(own) = self.own.get_mut(index) {
            *own = class;
            self.choice = Some(OrderChoice::Own);
        }
    }

    /// The order as it is selected.
    ///
    /// # Errors
    /// What is missing or wrong.
    pub fn answer(&self) -> Result<LabelOrder, Unanswered> {
        match self.choice {
            None => Err(Unanswered::Order),
            Some(OrderChoice::Named(index)) => {
                let reading = self.question.readings.get(index).filter(|reading| reading.fits);
                reading.map(|reading| reading.order.clone()).ok_or(Unanswered::Order)
            }
            Some(OrderChoice::Own) => {
                let mut taken = [false; Expression::COUNT];
                let classes = self.question.numbers.iter().zip(&self.own).map(|(samples, own)| match *own {
                    OwnClass::Open => Err(Unanswered::Number(samples.number)),
                    OwnClass::Class(class) if std::mem::replace(&mut taken[class.index()], true) => {
                        Err(Unanswered::Twice(class))
                    }
                    OwnClass::Class(class) => Ok((samples.number, Some(class))),
                    OwnClass::LeftOut => Ok((samples.number, None)),
                });
                let classes = classes.collect::<Result<Vec<_>, _>>()?;
                Ok(LabelOrder::Own(classes.into_iter().collect::<mien_core::dataset::ClassOf>().into()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::label_question;
    use mien_core::dataset::ClassOf;

    fn sheet() -> LabelSheet {
        LabelSheet::new("faces.zip".into(), Rc::new(label_question(&[1, 2, 8])))
    }

    #[test]
    fn an_order_with_a_name_is_the_answer_if_it_fits() {
        let answer = |choice| LabelSheet { choice, ..sheet() }.answer();
        assert_eq!(answer(None), Err(Unanswered::Order));
        assert_eq!(answer(Some(OrderChoice::Named(1))), Ok(LabelOrder::RafDb));
        assert_eq!(answer(Some(OrderChoice::Named(0))), Err(Unanswered::Order), "it does not fit");
        assert_eq!(answer(Some(OrderChoice::Named(9))), Err(Unanswered::Order));
    }

    #[test]
    fn a_custom_order_needs_one_class_for_each_number() {
        let mut sheet = LabelSheet { choice: Some(OrderChoice::Own), ..sheet() };
        assert_eq!(sheet.answer(), Err(Unanswered::Number(1)));
        sheet.set_own(0, OwnClass::Class(Expression::Happy));
        assert_eq!(sheet.answer(), Err(Unanswered::Number(2)));
        sheet.set_own(1, OwnClass::Class(Expression::Happy));
        assert_eq!(sheet.answer(), Err(Unanswered::Twice(Expression::Happy)));
        sheet.set_own(1, OwnClass::LeftOut);
        sheet.set_own(2, OwnClass::LeftOut);
        let classes = ClassOf::from([(1, Some(Expression::Happy)), (2, None), (8, None)]);
        assert_eq!(sheet.answer(), Ok(LabelOrder::Own(classes.into())), "several can be left out");
    }

    #[test]
    fn selecting_a_class_selects_the_custom_order() {
        let mut sheet = LabelSheet { choice: Some(OrderChoice::Named(1)), ..sheet() };
        sheet.set_own(7, OwnClass::LeftOut);
        assert_eq!(sheet.choice, Some(OrderChoice::Named(1)), "there is no such number");
        sheet.set_own(1, OwnClass::LeftOut);
        assert_eq!((sheet.choice, sheet.own[1]), (Some(OrderChoice::Own), OwnClass::LeftOut));
        assert_eq!(OwnClass::all().count(), Expression::COUNT + 2);
    }
}
