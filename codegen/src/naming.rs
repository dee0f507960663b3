//! Unique names. The emitted code takes all names of the document from [`Names`].

use std::collections::BTreeMap;

pub(crate) use heffl_source::names::{
    ascii, field, ident, is_keyword, pascal, singular, snake, upper_snake, words,
};

/// A scope, in which no two names may be equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The types of one version.
    Type,
    /// The variants of one enumeration.
    Variant,
    /// The fields and setters of one model.
    Field,
    /// The parameters of one operation: arguments, and setters of its builder.
    Parameter,
    /// The methods of one handle.
    Method,
    /// The modules of one version, and the methods that give their handles.
    Module,
    /// The operations of one version: constants, and builders.
    Operation,
    /// The conditions on the records of a list, or the operators of a kind of field.
    Filter,
}

impl Scope {
    /// The names that generated code itself uses in the scope, and the name for text without
    /// letters and digits.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Type => (
                "AsRef AsMut Box Clone Copy Debug Default DoubleEndedIterator Drop Eq Err ExactSizeIterator Extend Fn FnMut \
                 FnOnce From FromIterator Future Hash Into IntoFuture IntoIterator Iterator None Ok Option Ord PartialEq \
                 PartialOrd Result Self Send Sized Some String Sync ToOwned ToString TryFrom TryInto Unpin Vec",
                "Type",
            ),
            Self::Variant => ("Err Error Self Unknown", "Value"),
            Self::Field => ("default diff extra from_json new received_keys", "field"),
            Self::Parameter => (
                "body call filter into_call into_future pages send send_blocking stream",
                "parameter",
            ),
            Self::Method => ("", "method"),
            Self::Module => ("document shared", "resource"),
            Self::Operation => ("", "Operation"),
            Self::Filter => ("custom field many one operator", "condition"),
        }
    }

    fn is_pascal(self) -> bool {
        matches!(self, Self::Type | Self::Variant | Self::Operation)
    }

    /// The suffix of a name that would be reserved.
    fn suffix(self) -> &'static str {
        match self {
            Self::Type => "Model",
            Self::Variant => "Value",
            _ => "_",
        }
    }
}

/// The longest name of a module, which is the name of a file too.
const LONGEST_MODULE: usize = 60;

/// The names of one scope.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    scope: Scope,
    /// The number of uses of each name.
    taken: BTreeMap<String, usize>,
}

impl Names {
    pub(crate) fn new(scope: Scope) -> Self {
        Self {
            scope,
            taken: BTreeMap::new(),
        }
    }

    /// Reserves a name, so that no item gets it.
    pub(crate) fn reserve(&mut self, name: &str) {
        self.taken.entry(name.to_owned()).or_insert(1);
    }

    /// Whether `wire` would get its name without a number.
    pub(crate) fn is_free(&self, wire: &str) -> bool {
        !self.taken.contains_key(&alone(self.scope, wire))
    }

    /// The name of `wire`, unique in the scope: the second item with a name gets a number.
    pub(crate) fn take(&mut self, wire: &str) -> String {
        let name = alone(self.scope, wire);
        let Some(count) = self.taken.get_mut(&name) else {
            self.taken.insert(name.clone(), 1);
            return name;
        };
        let mut number = *count;
        loop {
            number += 1;
            let is_digit = name.ends_with(|last: char| last.is_ascii_digit());
            let is_joined = !is_digit && self.scope.is_pascal();
            let separator = if is_joined { "" } else { "_" };
            let numbered = format!("{}{separator}{number}", name.trim_end_matches('_'));
            if !self.taken.contains_key(&numbered) {
                self.taken.insert(name, number);
                self.taken.insert(numbered.clone(), 1);
                return numbered;
            }
        }
    }
}

/// The name of `wire` without a number.
fn alone(scope: Scope, wire: &str) -> String {
    let spelled = ascii(wire);
    let spell = if scope.is_pascal() { pascal } else { snake };
    let mut name = spell(&spelled);
    let (reserved, fallback) = scope.names();
    if name.is_empty() {
        let is_blank = scope == Scope::Variant && wire.trim().is_empty();
        name.push_str(if is_blank { "Empty" } else { fallback });
    }
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert(0, if scope.is_pascal() { 'N' } else { '_' });
    }
    if scope == Scope::Module && name.len() > LONGEST_MODULE {
        name.truncate(LONGEST_MODULE);
        name.truncate(name.trim_end_matches('_').len());
    }
    if is_keyword(&name) || reserved.split(' ').any(|reserved| reserved == name) {
        name.push_str(scope.suffix());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_a_scope_differ_and_are_nothing_that_generated_code_has() {
        for (scope, wires, names) in [
            (
                Scope::Type,
                "pet Pet Into größe 2nd vec +1 _",
                "Pet Pet2 IntoModel Grosse N2nd VecModel Plus1 Type",
            ),
            (
                Scope::Variant,
                "ERROR unknown Self 1.1 11 -name name",
                "ErrorValue UnknownValue SelfValue N1_1 N11 MinusName Name",
            ),
            (
                Scope::Field,
                "new default type gen firstName first_name 名前 $",
                "new_ default_ type_ gen_ first_name first_name_2 ming_qian field",
            ),
            (Scope::Parameter, "send self a-b", "send_ self_ a_b"),
            (Scope::Module, "shared Дом std", "shared_ dom std"),
            (
                Scope::Operation,
                "getPet get_pet get-pet2",
                "GetPet GetPet2 GetPet2_2",
            ),
        ] {
            let mut taken = Names::new(scope);
            let found: Vec<String> = wires.split(' ').map(|wire| taken.take(wire)).collect();
            assert_eq!(found.join(" "), names, "{scope:?}");
        }
        assert_eq!(Names::new(Scope::Variant).take(" "), "Empty");
    }
}
