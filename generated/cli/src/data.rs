//! JSON in memory: keys in their order, numbers with all their digits.

pub(crate) use jaq_json::Val;

use std::{
    borrow::Cow,
    fs,
    io::{self, Read as _},
};

use jaq_json::{Map, read};

use crate::failure::Failure;

/// Reads JSON from a server.
pub(crate) fn received(json: &str) -> Result<Val, Failure> {
    let read = read::parse_single(json.as_bytes());
    read.map_err(|error| Failure::other(format!("the response is not JSON: {error}")))
}

/// Reads JSON from the user.
pub(crate) fn given(json: &str) -> Result<Val, String> {
    // jaq's own parser accepts more than JSON.
    serde_json::from_str::<serde::de::IgnoredAny>(json).map_err(|error| error.to_string())?;
    read::parse_single(json.as_bytes()).map_err(|error| error.to_string())
}

/// The text of a file; `-` is standard input.
pub(crate) fn text_of(file: &str) -> io::Result<String> {
    if file != "-" {
        return fs::read_to_string(file);
    }
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    Ok(text)
}

pub(crate) fn text_value(text: &str) -> Val {
    Val::from(text.to_owned())
}

/// The text of a value that is text.
pub(crate) fn text(value: &Val) -> Option<Cow<'_, str>> {
    match value {
        Val::TStr(bytes) => Some(String::from_utf8_lossy(bytes)),
        _ => None,
    }
}

/// The text of a value, or its JSON if it is not text.
pub(crate) fn plain(value: &Val) -> Cow<'_, str> {
    text(value).unwrap_or_else(|| value.to_string().into())
}

/// The members of an object.
pub(crate) fn members(value: &Val) -> impl Iterator<Item = (Cow<'_, str>, &Val)> {
    let members = match value {
        Val::Obj(members) => Some(members.iter()),
        _ => None,
    };
    let members = members.into_iter().flatten();
    members.filter_map(|(key, value)| Some((text(key)?, value)))
}

/// The items of a list.
pub(crate) fn items(value: &Val) -> &[Val] {
    match value {
        Val::Arr(items) => items,
        _ => &[],
    }
}

/// A member, or a member of a member: `billingAddress.city`.
pub(crate) fn member<'a>(value: &'a Val, path: &str) -> Option<&'a Val> {
    let Val::Obj(members) = value else {
        return None;
    };
    if let Some(value) = members.get(&text_value(path)) {
        return Some(value);
    }
    let (first, rest) = path.split_once('.')?;
    member(members.get(&text_value(first))?, rest)
}

/// The value at a JSON pointer of member names.
pub(crate) fn pointer<'a>(value: &'a Val, pointer: &str) -> Option<&'a Val> {
    pointer.split('/').skip(1).try_fold(value, member)
}

/// An object.
pub(crate) fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Val)>) -> Val {
    let members = members.into_iter();
    let members = members.map(|(key, value)| (Val::from(key.into()), value));
    Val::obj(members.collect::<Map>())
}

/// An object with the named members of a value. Members that it does not have are left out.
pub(crate) fn select(value: &Val, names: &[String]) -> Val {
    let members = names.iter();
    object(members.filter_map(|name| Some((name, member(value, name)?.clone()))))
}
