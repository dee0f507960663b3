//! Filters of `--jq`.

use jaq_core::{
    Compiler, Ctx, Vars,
    data::JustLut,
    load::{self, Arena, File, Loader},
    unwrap_valr,
};

use crate::{data::Val, failure::Failure};

/// A filter in the language of jq.
pub(crate) struct Filter(jaq_core::compile::Filter<jaq_core::Native<JustLut<Val>>>);

impl Filter {
    pub(crate) fn new(code: &str) -> Result<Self, Failure> {
        let definitions = jaq_core::defs()
            .chain(jaq_std::defs())
            .chain(jaq_json::defs());
        let functions = jaq_core::funs()
            .chain(jaq_std::funs())
            .chain(jaq_json::funs());
        let arena = Arena::default();
        let refused = |problem: String| Failure::usage(format!("--jq: {problem}"));
        let modules = Loader::new(definitions)
            .load(&arena, File { code, path: () })
            .map_err(|errors| refused(errors.iter().map(|(_, error)| unread(error)).collect()))?;
        let filter = Compiler::default().with_funs(functions).compile(modules);
        let filter = filter.map_err(|errors| {
            let names = errors.iter().flat_map(|(_, errors)| errors);
            let names: Vec<&str> = names.map(|(name, _)| *name).collect();
            refused(format!("not defined: {}", names.join(", ")))
        })?;
        Ok(Self(filter))
    }

    /// The output of the filter for a value.
    pub(crate) fn run(&self, value: Val) -> Result<Vec<Val>, Failure> {
        let context = Ctx::<JustLut<Val>>::new(&self.0.lut, Vars::new([]));
        let values = self.0.id.run((context, value)).map(unwrap_valr);
        values
            .collect::<Result<_, _>>()
            .map_err(|error| Failure::other(format!("--jq: {error}")))
    }
}

/// The reason why a filter is not valid.
fn unread(error: &load::Error<&str>) -> String {
    let first = match error {
        load::Error::Io(errors) => {
            return errors.iter().map(|(_, problem)| problem.as_str()).collect();
        }
        load::Error::Lex(errors) => errors.first().map(|(it, found)| (it.as_str(), *found)),
        load::Error::Parse(errors) => errors.first().map(|(it, found)| (it.as_str(), *found)),
    };
    match first {
        None => String::new(),
        Some((expected, "")) => format!("expected {expected} at the end"),
        Some((expected, found)) => format!("expected {expected}, found {found}"),
    }
}
