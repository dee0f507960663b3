//! Writes values of any type as JSON, and refuses numbers that JSON cannot represent.
//!
//! `serde_json` writes `null` for NaN and infinity, and to this API `null` means that a field is
//! emptied. Everything that a user's type sends passes through here instead: the same serializer,
//! with a check of every float.

use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use serde_path_to_error::Track;

use super::{NOT_FINITE, Refusal};

/// The value as JSON, or the path of the part that cannot be sent.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String, Refusal> {
    let (mut json, mut track) = (Vec::new(), Track::new());
    let mut serializer = serde_json::Serializer::new(&mut json);
    let tracked = serde_path_to_error::Serializer::new(&mut serializer, &mut track);
    value.serialize(Finite(tracked)).map_err(|error| {
        let problem = match error.to_string() {
            problem if problem == NOT_FINITE => problem,
            problem => format!("cannot be written as JSON: {problem}"),
        };
        let path = track.path().to_string();
        Refusal {
            path: if path == "." { String::new() } else { path },
            problem,
        }
    })?;
    Ok(String::from_utf8(json).unwrap_or_default())
}

/// A value, a serializer, or a part of one, whose floats are checked.
struct Finite<T>(T);

impl<T: Serialize + ?Sized> Serialize for Finite<&T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(Finite(serializer))
    }
}

macro_rules! as_they_are {
    ($($method:ident($($argument:ident: $type:ty),*);)*) => {$(
        fn $method(self, $($argument: $type),*) -> Result<S::Ok, S::Error> {
            self.0.$method($($argument),*)
        }
    )*};
}

macro_rules! floats {
    ($($method:ident: $type:ty;)*) => {$(
        fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            if !value.is_finite() {
                return Err(S::Error::custom(NOT_FINITE));
            }
            self.0.$method(value)
        }
    )*};
}

macro_rules! compounds {
    ($($method:ident($($argument:ident: $type:ty),*) -> $part:ident;)*) => {$(
        fn $method(self, $($argument: $type),*) -> Result<Self::$part, S::Error> {
            self.0.$method($($argument),*).map(Finite)
        }
    )*};
}

impl<S: Serializer> Serializer for Finite<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Finite<S::SerializeSeq>;
    type SerializeTuple = Finite<S::SerializeTuple>;
    type SerializeTupleStruct = Finite<S::SerializeTupleStruct>;
    type SerializeTupleVariant = Finite<S::SerializeTupleVariant>;
    type SerializeMap = Finite<S::SerializeMap>;
    type SerializeStruct = Finite<S::SerializeStruct>;
    type SerializeStructVariant = Finite<S::SerializeStructVariant>;

    as_they_are! {
        serialize_bool(value: bool);
        serialize_i8(value: i8);
        serialize_i16(value: i16);
        serialize_i32(value: i32);
        serialize_i64(value: i64);
        serialize_i128(value: i128);
        serialize_u8(value: u8);
        serialize_u16(value: u16);
        serialize_u32(value: u32);
        serialize_u64(value: u64);
        serialize_u128(value: u128);
        serialize_char(value: char);
        serialize_str(value: &str);
        serialize_bytes(value: &[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(name: &'static str);
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str);
    }

    floats! {
        serialize_f32: f32;
        serialize_f64: f64;
    }

    compounds! {
        serialize_seq(length: Option<usize>) -> SerializeSeq;
        serialize_tuple(length: usize) -> SerializeTuple;
        serialize_tuple_struct(name: &'static str, length: usize) -> SerializeTupleStruct;
        serialize_tuple_variant(
            name: &'static str, index: u32, variant: &'static str, length: usize
        ) -> SerializeTupleVariant;
        serialize_map(length: Option<usize>) -> SerializeMap;
        serialize_struct(name: &'static str, length: usize) -> SerializeStruct;
        serialize_struct_variant(
            name: &'static str, index: u32, variant: &'static str, length: usize
        ) -> SerializeStructVariant;
    }

    // These three are written without a wrapper: it would end the path.
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.collect_map([(variant, value)])
    }
}

macro_rules! parts {
    ($($part:ident { $($method:ident($($key:ident: $type:ty)?);)+ })*) => {$(
        impl<P: $part> $part for Finite<P> {
            type Ok = P::Ok;
            type Error = P::Error;

            $(
                fn $method<T: Serialize + ?Sized>(
                    &mut self, $($key: $type,)? value: &T
                ) -> Result<(), P::Error> {
                    self.0.$method($($key,)? &Finite(value))
                }
            )+

            fn end(self) -> Result<P::Ok, P::Error> {
                self.0.end()
            }
        }
    )*};
}

parts! {
    SerializeSeq { serialize_element(); }
    SerializeTuple { serialize_element(); }
    SerializeTupleStruct { serialize_field(); }
    SerializeTupleVariant { serialize_field(); }
    SerializeMap { serialize_key(); serialize_value(); }
    SerializeStruct { serialize_field(key: &'static str); }
    SerializeStructVariant { serialize_field(key: &'static str); }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::{prelude::*, sample::Index};
    use serde::Serialize;
    use serde_json::{json, value::RawValue};

    use super::to_json;

    /// Every form of serde's data model, each with a float in it.
    #[derive(Clone, Debug, Serialize)]
    enum Tree {
        Unit,
        Text(String),
        Single(f32),
        Double(f64),
        Maybe(Option<Box<Tree>>),
        Many(Vec<Tree>),
        Pair(Box<Tree>, f64),
        Named { left: Box<Tree>, right: f32 },
        Map(BTreeMap<String, Tree>),
        Wrapped(Wrapper),
        Flat(Flat),
        Triple((u8, Box<Tree>, char)),
    }

    #[derive(Clone, Debug, Serialize)]
    struct Wrapper(Box<Tree>);

    #[derive(Clone, Debug, Serialize)]
    struct Flat {
        id: u64,
        #[serde(flatten)]
        rest: BTreeMap<String, Tree>,
    }

    fn tree() -> impl Strategy<Value = Tree> {
        let finite = prop_oneof![Just(0.1_f64), Just(-0.0), Just(1e300), -1e6..1e6_f64];
        let leaf = prop_oneof![
            Just(Tree::Unit),
            any::<String>().prop_map(Tree::Text),
            (-1e6_f32..1e6).prop_map(Tree::Single),
            finite.prop_map(Tree::Double),
            Just(Tree::Maybe(None)),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            let boxed = inner.clone().prop_map(Box::new);
            let map = || prop::collection::btree_map("[a-z]{1,3}", inner.clone(), 0..4);
            prop_oneof![
                boxed.clone().prop_map(|tree| Tree::Maybe(Some(tree))),
                prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::Many),
                (boxed.clone(), -1e3..1e3_f64).prop_map(|(tree, float)| Tree::Pair(tree, float)),
                (boxed.clone(), -1e3_f32..1e3)
                    .prop_map(|(left, right)| Tree::Named { left, right }),
                map().prop_map(Tree::Map),
                boxed.clone().prop_map(|tree| Tree::Wrapped(Wrapper(tree))),
                map().prop_map(|rest| Tree::Flat(Flat { id: 1, rest })),
                boxed.prop_map(|tree| Tree::Triple((1, tree, 'x'))),
            ]
        })
    }

    /// All floats of a tree, in order.
    fn floats<'a>(tree: &'a mut Tree, found: &mut Vec<Float<'a>>) {
        match tree {
            Tree::Unit | Tree::Text(_) | Tree::Maybe(None) => {}
            Tree::Single(float) => found.push(Float::Single(float)),
            Tree::Double(float) => found.push(Float::Double(float)),
            Tree::Maybe(Some(tree)) | Tree::Wrapped(Wrapper(tree)) | Tree::Triple((_, tree, _)) => {
                floats(tree, found);
            }
            Tree::Many(trees) => trees.iter_mut().for_each(|tree| floats(tree, found)),
            Tree::Pair(tree, float) => {
                floats(tree, found);
                found.push(Float::Double(float));
            }
            Tree::Named { left, right } => {
                floats(left, found);
                found.push(Float::Single(right));
            }
            Tree::Map(map) | Tree::Flat(Flat { rest: map, .. }) => {
                for tree in map.values_mut() {
                    floats(tree, found);
                }
            }
        }
    }

    /// The content of a variant with several fields: paths omit its name.
    fn inside(value: &serde_json::Value) -> &serde_json::Value {
        value.get("Pair").or(value.get("Named")).unwrap_or(value)
    }

    enum Float<'a> {
        Single(&'a mut f32),
        Double(&'a mut f64),
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn nan_and_infinity_are_refused_in_every_form(
            mut tree in tree(),
            place in any::<Index>(),
            which in 0..3_u8,
        ) {
            let sound = to_json(&tree);
            prop_assert_eq!(sound.unwrap(), serde_json::to_string(&tree).unwrap());
            let mut found = Vec::new();
            floats(&mut tree, &mut found);
            if found.is_empty() {
                return Ok(());
            }
            let float = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY][usize::from(which)];
            let index = place.index(found.len());
            match &mut found[index] {
                #[expect(clippy::cast_possible_truncation, reason = "it is no number anyway")]
                Float::Single(single) => **single = float as f32,
                Float::Double(double) => **double = float,
            }
            let refusal = to_json(&tree).unwrap_err();
            prop_assert_eq!(refusal.problem, super::NOT_FINITE);
            // The path leads to a value that `serde_json` would have sent as `null`.
            let sent = serde_json::to_value(&tree).unwrap();
            let path = refusal.path.replace('[', ".").replace(']', "");
            let steps = path.split('.').filter(|step| !step.is_empty());
            let place = steps.fold(inside(&sent), |value, step| {
                inside(value.get(step).or(value.get(step.parse().unwrap_or(usize::MAX))).unwrap())
            });
            prop_assert!(place.is_null(), "{}", path);
        }
    }

    #[test]
    fn everything_else_is_written_as_serde_json_writes_it() {
        #[derive(Serialize)]
        struct Odd<'a> {
            raw: &'a RawValue,
            bytes: &'a [u8],
            large: u128,
            keys: BTreeMap<i32, bool>,
            json: serde_json::Value,
            whole: f64,
        }
        let raw = RawValue::from_string("1.50".to_owned()).unwrap();
        let odd = Odd {
            raw: &raw,
            bytes: b"ab",
            large: u128::from(u64::MAX),
            keys: BTreeMap::from([(-1, true)]),
            json: json!({"a": [1, null]}),
            whole: 2.0,
        };
        let written = to_json(&odd).unwrap();
        assert_eq!(written, serde_json::to_string(&odd).unwrap());
        assert!(written.starts_with(r#"{"raw":1.50,"#), "{written}");
        let refusal = to_json(&BTreeMap::from([("a", BTreeMap::from([((1, 2), 3)]))])).unwrap_err();
        assert!(refusal.path.starts_with('a'), "{}", refusal.path);
        assert!(
            refusal
                .problem
                .starts_with("cannot be written as JSON: key must be"),
            "{}",
            refusal.problem
        );
    }
}
